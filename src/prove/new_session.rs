//! What a session has before it sets anything: defaults of its role and its database that answer for a context.

use super::persona::Persona;
use crate::database::Session;
use crate::error::Result;
use crate::policy::{Policies, TenantType};

/// What sessions of each role begin with: role, setting, value.
pub(super) struct Defaults(Vec<(String, String, String)>);

/// What is nearer holds: that of a role in this database, of a role, of this database, of all. Defaults of a role come
/// with its login.
const READ: &str = "\
    select role.rolname, found.name, found.value from pg_catalog.pg_roles as role cross join lateral ( \
      select distinct on (pg_catalog.lower(entry.name)) entry.name, entry.value \
      from pg_catalog.pg_db_role_setting as setting \
      cross join lateral pg_catalog.unnest(setting.setconfig) as config (entry) \
      cross join lateral (select pg_catalog.split_part(config.entry, '=', 1) as name, \
        pg_catalog.substr(config.entry, pg_catalog.strpos(config.entry, '=') + 1) as value) as entry \
      where (setting.setrole = 0 or setting.setrole = role.oid and role.rolcanlogin) \
      and (setting.setdatabase = 0 or setting.setdatabase = ( \
        select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())) \
      and entry.name like '%.%' and entry.name not ilike 'workroom.%' \
      order by pg_catalog.lower(entry.name), setting.setrole = 0, setting.setdatabase = 0 \
    ) as found where not role.rolsuper order by 1, 2;";

impl Defaults {
    /// Reads those of every role that is no superuser.
    ///
    /// # Errors
    /// When the server refuses.
    pub(super) async fn read(session: &Session) -> Result<Self> {
        let rows = session.run("reading defaults of sessions", READ).await?;
        let rows = rows.into_iter().flatten();
        let all = rows.filter_map(|row| match <[_; 3]>::try_from(row).ok()? {
            [Some(role), Some(name), Some(value)] => Some((role, name, value)),
            _ => None,
        });
        Ok(Self(all.collect()))
    }

    /// A tenant that somebody has without setting any, so that rows can be made for it.
    pub(super) fn tenant(&self, policies: &Policies) -> Option<&str> {
        let tenant = policies.context.tenant.as_ref()?;
        let mut own = self
            .0
            .iter()
            .filter(|(_, name, _)| name.eq_ignore_ascii_case(&tenant.setting));
        own.find(|(_, _, value)| is_key(tenant.kind, value))
            .map(|(_, _, value)| value.as_str())
    }

    /// Everybody whose session has defaults, in a session that sets nothing: it has no tenant and no user of its own.
    pub(super) fn personas(&self, everybody: &[Persona]) -> Vec<Persona> {
        let leading = everybody.iter().filter(|one| one.leads);
        let begun = leading.filter_map(|leading| {
            let own = self
                .0
                .iter()
                .filter(|(role, _, _)| *role == leading.database_role);
            let settings: Vec<(String, String)> = own
                .map(|(_, name, value)| (name.clone(), value.clone()))
                .collect();
            (!settings.is_empty()).then(|| Persona {
                name: format!("{} in a session that sets nothing", leading.database_role),
                settings,
                context: [None, None, leading.context[2].clone()],
                claims: Vec::new(),
                // A default that is no key of anybody may end in an error, which opens nothing.
                is_garbled: true,
                is_ordinary: false,
                tries_all: true,
                leads: false,
                ..leading.clone()
            })
        });
        begun.collect()
    }
}

/// Whether a text can be the key of a tenant.
fn is_key(kind: TenantType, text: &str) -> bool {
    match kind {
        TenantType::Uuid => {
            let digits = text.bytes().filter(u8::is_ascii_hexdigit).count();
            digits == 32 && text.len() == 36 && text.bytes().filter(|one| *one == b'-').count() == 4
        }
        TenantType::Text => !text.is_empty(),
        TenantType::Bigint => text.parse::<i64>().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::is_key;
    use crate::policy::TenantType::{Bigint, Text, Uuid};

    #[test]
    fn a_default_is_a_tenant_when_a_row_can_have_it() {
        assert!(is_key(Uuid, "0a0a0a0a-0000-4000-8000-000000000001"));
        assert!(!is_key(Uuid, "none"));
        assert!(is_key(Text, "none") && !is_key(Text, ""));
        assert!(is_key(Bigint, "-7") && !is_key(Bigint, "seven"));
    }
}
