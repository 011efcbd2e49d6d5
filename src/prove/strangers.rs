//! Database roles that no policy file names, and who of them has something to do with a system.

use super::persona::Stranger;
use crate::catalog::Catalog;
use crate::database::Session;
use crate::error::Result;
use crate::policy::Policies;
use crate::sql::{identifier, literal, text_array};

/// Database roles outside the file that hold something in the system, or are members of who does, or bypass.
pub(super) async fn strangers(
    session: &Session,
    policies: &Policies,
    catalog: &Catalog,
    nobody: &str,
) -> Result<Vec<(Stranger, Vec<usize>)>> {
    let nobody = literal(nobody);
    let known = text_array(policies.roles.iter().map(|role| &role.database_role));
    let schemas = text_array(&policies.schemas);
    let memberships: Vec<String> = policies
        .roles
        .iter()
        .map(|role| {
            format!(
                "pg_catalog.pg_has_role(one.oid, {}::regrole, 'usage')",
                literal(&identifier(&role.database_role))
            )
        })
        .collect();
    let sql = format!(
        "select one.rolname, one.rolbypassrls, array[{}]::boolean[], \
         exists (select from pg_catalog.pg_namespace as own where own.nspname = 'workroom' and own.nspowner = one.oid) \
         and exists (select from pg_catalog.pg_class as relation \
           join pg_catalog.pg_namespace as schema on schema.oid = relation.relnamespace \
           where schema.nspname = any ({schemas}) and relation.relkind in ('r', 'p') \
           and pg_catalog.pg_has_role(one.oid, relation.relowner, 'usage')) \
         from pg_catalog.pg_roles as one \
         where not one.rolsuper and one.rolname not like 'pg\\_%' and one.rolname <> all ({known}) and (one.rolname = {nobody} or one.rolname not like 'workroom\\_prover\\_nobody%') \
         and one.rolname <> current_user \
         order by one.rolname = {nobody} desc, exists (select from pg_catalog.pg_namespace as schema where schema.nspname = any ({schemas}) \
         and pg_catalog.has_schema_privilege(one.oid, schema.oid, 'usage')) desc, one.rolbypassrls desc, one.rolname limit 12;",
        memberships.join(",")
    );
    let rows = session.run("reading the roles", &sql).await?;
    let mut strangers = Vec::new();
    for row in rows.into_iter().flatten() {
        let [Some(name), bypasses, held, acts_as_owner] = row.as_slice() else {
            continue;
        };
        let holds: Vec<usize> = held
            .as_deref()
            .unwrap_or_default()
            .trim_matches(['{', '}'])
            .split(',')
            .enumerate()
            .filter(|(_, flag)| *flag == "t")
            .map(|(at, _)| at)
            .collect();
        // Who deployed became a member of the owner role, and does what owners do.
        let acts_as_owner = acts_as_owner.as_deref() == Some("t");
        let owns = acts_as_owner
            || policies.tables.iter().any(|table| {
                let found = catalog
                    .relations
                    .iter()
                    .find(|one| one.name.schema == table.schema && one.name.name == table.name);
                found.is_some_and(|relation| relation.owner == *name)
            });
        let stranger = Stranger {
            name: name.clone(),
            bypasses: bypasses.as_deref() == Some("t"),
            owns,
        };
        strangers.push((stranger, holds));
    }
    Ok(strangers)
}
