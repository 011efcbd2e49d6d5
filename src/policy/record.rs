//! What was applied last, so that an up-to-date database is recognised without reading all of its catalog.
//!
//! `workroom.policies` keeps for each system the fingerprint of the files that its policies come from, and a
//! stamp over the catalog rows that they touch. Postgres writes a new row version whenever such a row changes,
//! so a change by hand changes the stamp; what it was is then found by comparing facts.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::dialect::Dialect;
use super::drift::{HOME, TEXTS, home_key};
use super::model::Policies;
use super::statements::RenderedPolicies;
use super::templates::template_files;
use crate::database::{Rows, making_own_tables};
use crate::error::Result;
use crate::files::fingerprint;
use crate::project::{Makes, Project, System};
use crate::sql::{literal, qualified, text_array};

/// What is known of a system's last application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Fingerprint of the files.
    pub inputs: String,
    /// Whether the catalog rows are those that the application left.
    pub is_intact: bool,
}

/// A number over the versions of the catalog rows that belong to a row `p` of `workroom.policies`.
const CATALOG_VERSION: &str = "(select pg_catalog.sum(pg_catalog.hashint8(item.id << 32 | item.version::text::pg_catalog.int8)) from (\
     select oid::pg_catalog.int8, xmin from pg_catalog.pg_namespace where oid = any (p.schemas) \
     union all select oid::pg_catalog.int8, xmin from pg_catalog.pg_class where oid = any (p.relations) \
     union all select attrelid::pg_catalog.int8 * 3 + attnum, xmin from pg_catalog.pg_attribute \
       where attrelid = any (p.relations) and attnum > 0 and attacl is not null \
     union all select oid::pg_catalog.int8, xmin from pg_catalog.pg_policy where polrelid = any (p.relations) \
     union all select oid::pg_catalog.int8, xmin from pg_catalog.pg_proc where oid = any (p.routines) \
     union all select objoid::pg_catalog.int8 * 5, xmin from pg_catalog.pg_description \
       where classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass and objoid = any (p.routines) \
     union all select objoid::pg_catalog.int8 * 7, xmin from pg_catalog.pg_description \
       where classoid = 'pg_catalog.pg_policy'::pg_catalog.regclass \
         and objoid = any (array(select oid from pg_catalog.pg_policy where polrelid = any (p.relations))) \
     union all select roleid::pg_catalog.int8, xmin from pg_catalog.pg_auth_members where member = any (p.roles) \
     union all select oid::pg_catalog.int8, xmin from pg_catalog.pg_default_acl where defaclnamespace = any (p.schemas) \
     union all select oid::pg_catalog.int8 * 8 + rolsuper::pg_catalog.int4 + 2 * rolbypassrls::pg_catalog.int4 \
       + 4 * rolcanlogin::pg_catalog.int4, '3'::pg_catalog.xid from pg_catalog.pg_roles where oid = any (p.roles) \
     union all select setrole::pg_catalog.int8 * 5, xmin from pg_catalog.pg_db_role_setting \
       where setrole = any (p.roles) and setdatabase = 0 \
     union all select pg_catalog.count(*), '3'::pg_catalog.xid from pg_catalog.pg_depend \
       where refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass and refobjid = any (p.schemas)\
     ) as item (id, version))";

/// SQL that is true when [`state_query`] has something to read.
#[must_use]
pub fn exists() -> &'static str {
    "pg_catalog.to_regclass('workroom.policies') is not null"
}

/// SQL that reads what was recorded for systems, where `workroom.policies` exists; one result set for
/// [`read_state`].
#[must_use]
pub fn state_query<'a>(systems: impl IntoIterator<Item = &'a str>) -> String {
    let systems: Vec<_> = systems.into_iter().map(literal).collect();
    format!(
        "select p.system, p.inputs, p.stamp is not distinct from {CATALOG_VERSION} \
         from workroom.policies as p where p.system in ({});",
        systems.join(", ")
    )
}

/// Reads the result set of [`state_query`]: system → what is known.
#[must_use]
pub fn read_state(rows: &Rows) -> BTreeMap<String, Recorded> {
    let systems = rows.iter().filter_map(|row| match row.as_slice() {
        [Some(system), Some(inputs), Some(is_intact)] => Some((
            system.clone(),
            Recorded {
                inputs: inputs.clone(),
                is_intact: is_intact == "t",
            },
        )),
        _ => None,
    });
    systems.collect()
}

/// What the policies of every system of a project come from, besides a system's own files: read once for all of them.
pub struct Inputs {
    templates: String,
    policies: String,
}

impl Inputs {
    /// Reads the templates. The texts of policy files are the project's.
    ///
    /// # Errors
    /// When a template cannot be read.
    pub fn read(project: &Project, dialect: Dialect) -> Result<Self> {
        let mut templates = String::new();
        for (name, file) in template_files(&project.tree, dialect)? {
            add(&mut templates, &name, &file.fingerprint());
        }
        let mut policies = String::new();
        // Other systems may be granted something here.
        for file in project
            .systems
            .values()
            .filter_map(|system| system.policy.as_ref())
        {
            add(&mut policies, &file.path, &file.fingerprint());
        }
        Ok(Self {
            templates,
            policies,
        })
    }

    /// Fingerprint of everything that a system's rendering is made of, its migrations given as path and SHA-256;
    /// `None` without a policy file.
    #[must_use]
    pub fn of<'a>(
        &self,
        system: &System,
        migrations: impl Iterator<Item = (&'a str, String)>,
    ) -> Option<String> {
        system.policy.as_ref()?;
        let mut list = format!("{}\n{}", env!("CARGO_PKG_VERSION"), self.templates);
        for (path, sha256) in migrations {
            add(&mut list, path, &sha256);
        }
        for object in &system.objects {
            add(&mut list, &object.file.path, &object.file.fingerprint());
        }
        list.push_str(&self.policies);
        let schemas: Vec<_> = system.all_schemas().cloned().collect();
        add(&mut list, "schemas", &fingerprint(&schemas.join("\n")));
        Some(fingerprint(&list))
    }
}

fn add(list: &mut String, path: &str, sha256: &str) {
    let _ = writeln!(list, "{path} {sha256}");
}

/// SQL that goes before what is applied: notes which systems are in order, since granting something in the
/// schema of another system touches that system's rows, too.
pub(super) fn before() -> String {
    format!(
        "{}select pg_catalog.set_config('workroom.intact', coalesce((select pg_catalog.string_agg(p.system, ',') \
         from workroom.policies as p where p.stamp is not distinct from {CATALOG_VERSION}), ''), true);",
        making_own_tables(include_str!("record.sql"))
    )
}

/// SQL that records what was applied, to be run in the same transaction.
pub(super) fn record(rendered: &RenderedPolicies, inputs: &str) -> String {
    let policies = &rendered.policies;
    let schemas = text_array(&policies.schemas);
    let roles = text_array(policies.roles.iter().map(|role| &role.database_role));
    let external = policies.external.iter();
    let external = text_array(external.map(|one| format!("{}.{}", one.schema, one.name)));
    let elsewhere = policies.elsewhere.iter();
    let elsewhere = text_array(elsewhere.map(|table| qualified(&table.schema, &table.name)));
    let system = literal(&policies.system);
    let set = "do update set inputs = excluded.inputs, schemas = excluded.schemas, relations = excluded.relations, \
         routines = excluded.routines, roles = excluded.roles, applied_at = excluded.applied_at, \
         applied_by = excluded.applied_by";
    format!(
        "insert into workroom.policies (system, inputs, schemas, relations, routines, roles) \
         with own as (select oid from pg_catalog.pg_namespace where nspname = any ({schemas})) \
         select {system}, {}, array(select oid from own), \
           array(select oid from pg_catalog.pg_class where relnamespace in (select oid from own) \
             and relkind in ('r', 'p', 'f', 'v', 'm', 'S') \
             or oid = any (array(select pg_catalog.to_regclass(name)::pg_catalog.oid from pg_catalog.unnest({elsewhere}) as name))), \
           array(select oid from pg_catalog.pg_proc where pronamespace in (select oid from own) \
             or oid = any (array(select pg_catalog.to_regprocedure(name)::pg_catalog.oid from pg_catalog.unnest({external}) as name))), \
           array(select oid from pg_catalog.pg_roles where rolname = any ({roles})) \
         on conflict (system) {set}; {}",
        literal(inputs),
        note_attributes(
            &system,
            &super::drift::attributes(rendered),
            &fit_a_pattern(policies)
        ),
    )
}

/// Attributes as a relation of `key` and `value`.
fn keyed(attributes: &str) -> String {
    format!(
        "(select pg_catalog.concat_ws(pg_catalog.chr(31), a.kind, a.object, a.property) as key, a.value from ({attributes}) as a)"
    )
}

/// SQL that records attributes as they are now, but for what was changed by hand before and was not touched since:
/// that stays as it was left, so that it goes on to be drift. What is new and `expected`, a condition on its key, is not.
fn note_attributes(system: &str, attributes: &str, expected: &str) -> String {
    format!(
        "update workroom.policies as p set attributes = (\
           select coalesce(pg_catalog.jsonb_object_agg(entry.key, entry.value) filter (where entry.value is not null), '{{}}') \
           from (\
             select key, case when hand.found is not null and now.value is not distinct from hand.found ->> 1 \
               and not (hand.found ->> 0 is null and {expected}) then hand.found ->> 0 else now.value end as value \
             from {} as now full join pg_catalog.jsonb_each(p.by_hand) as hand (key, found) using (key)\
           ) as entry) \
         where p.system = {system};",
        keyed(attributes)
    )
}

/// A condition on the key of an attribute: it is one of a table that a pattern of the file fits, which anybody may make.
fn fit_a_pattern(policies: &Policies) -> String {
    let like = policies.patterns.iter().map(|(schema, pattern)| {
        let escaped = format!("{schema}.{pattern}").replace('\\', "\\\\");
        let escaped = escaped.replace('_', "\\_").replace('%', "\\%");
        format!(
            "key like {}",
            literal(&format!("%{}%", escaped.replace('*', "%")))
        )
    });
    let any: Vec<String> = like.collect();
    if any.is_empty() {
        "false".to_owned()
    } else {
        format!("({})", any.join(" or "))
    }
}

/// The attributes of a system whose schemas and roles are those that were recorded.
fn attributes_as_recorded(system: &str, project: &Makes) -> String {
    let names = |catalog: &str, name: &str, recorded: &str| {
        format!(
            "array(select o.{name}::pg_catalog.text from pg_catalog.{catalog} as o join workroom.policies as w \
             on o.oid = any (w.{recorded}) where w.system = {system})"
        )
    };
    super::drift::attributes_of(
        &names("pg_namespace", "nspname", "schemas"),
        &names("pg_roles", "rolname", "roles"),
        project,
    )
}

/// SQL that notes, before a deployment changes anything, what is not as the last one left it; one number for each
/// system is returned by the statement before the last. A deployment that was cut off has noted it already.
#[must_use]
pub fn look_for_changes<'a>(
    head: &str,
    systems: impl IntoIterator<Item = &'a str>,
    project: &Makes,
) -> String {
    let mut sql =
        format!("begin;{head}set local search_path = pg_catalog, pg_temp;set local jit = off;");
    let systems: Vec<String> = systems.into_iter().map(literal).collect();
    let home_key = literal(&home_key());
    let is_copy = format!("coalesce(p.attributes ->> {home_key} <> {HOME}, false)");
    let is_text = format!(
        "was.value is not null and now.value is not null \
         and pg_catalog.split_part(key, pg_catalog.chr(31), 3) = any ({})",
        text_array(TEXTS)
    );
    for system in &systems {
        let now = keyed(&attributes_as_recorded(system, project));
        sql.push_str(&format!(
            "update workroom.policies as p set looked_at = clock_timestamp(), by_hand = (\
               select coalesce(pg_catalog.jsonb_object_agg(key, pg_catalog.jsonb_build_array(was.value, now.value)), '{{}}') \
               from pg_catalog.jsonb_each_text(p.attributes) as was (key, value) full join {now} as now using (key) \
               where was.value is distinct from now.value and key <> {home_key} and not ({is_copy} and {is_text})) \
             where p.system = {system} and p.attributes is not null \
               and (p.looked_at is null or p.looked_at <= p.applied_at);"
        ));
    }
    sql.push_str(&format!(
        "select p.system, (select pg_catalog.count(*) from pg_catalog.jsonb_object_keys(p.by_hand)) \
         from workroom.policies as p where p.system in ({}) order by 1;commit;",
        systems.join(",")
    ));
    sql
}

/// SQL that takes a system's attributes as they are, whoever changed them.
#[must_use]
pub fn accept(head: &str, system: &str, project: &Makes) -> String {
    let system = literal(system);
    let now = attributes_as_recorded(&system, project);
    format!(
        "begin;{head}set local search_path = pg_catalog, pg_temp;\
         update workroom.policies as p set by_hand = null where p.system = {system};{}commit;",
        note_attributes(&system, &now, "false")
    )
}

/// SQL that stamps the row of a system, if one is given, and those of the systems that were in order, to be run in the
/// same transaction.
pub(super) fn stamp(system: Option<&str>) -> String {
    let own = system.map_or_else(String::new, |system| {
        format!("p.system = {} or ", literal(system))
    });
    format!(
        "update workroom.policies as p set stamp = {CATALOG_VERSION} where {own}\
           p.system = any (pg_catalog.string_to_array(pg_catalog.current_setting('workroom.intact'), ','));"
    )
}
