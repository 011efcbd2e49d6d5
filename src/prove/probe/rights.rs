//! What the server says of a role's rights, whatever a schema or another right happens to hide: the privileges on
//! each table and column, whether row security binds, and everything beyond the tables.

use std::collections::BTreeSet;

use super::{Expected, Kind, Probe, ProbeContext};
use crate::catalog::{Function, Grantee, Target, is_of_no_extension};
use crate::policy::{AcceptEntry, Class, Command, Granted, RoleKind};
use crate::prove::persona::Persona;
use crate::sql::{literal, text_array};

/// Said of a role that policies do not bind.
pub(in crate::prove) const UNBOUND: &str = "row security does not bind";

/// Types are written as the catalog was read: with their schema, unless they are the server's own.
const SHORT: &str =
    "short as materialized (select pg_catalog.set_config('search_path', 'pg_catalog', true))";

/// The rights of a role on one table.
pub(super) fn add(
    context: &ProbeContext<'_>,
    persona: &Persona,
    at: usize,
    probes: &mut Vec<Probe>,
) {
    if !persona.leads {
        return;
    }
    let (table, declared) = (
        &context.world.tables[at],
        &context.intent.policies.tables[at],
    );
    let mut expected: BTreeSet<String> = BTreeSet::new();
    if persona.bypasses || declared.class == Class::Exempt {
        expected.insert(UNBOUND.to_owned());
    }
    if !persona.owns {
        if context.intent.is_granted(persona, at, Command::Delete) {
            expected.insert("delete".to_owned());
        }
        for command in [Command::Select, Command::Insert, Command::Update] {
            for (position, column) in table.columns.iter().enumerate() {
                let is_meant = command == Command::Select || column.generated.is_none();
                if is_meant
                    && context.intent.is_granted(persona, at, command)
                    && context.may_use(persona, at, command, position)
                {
                    expected.insert(format!("{} ({})", command.word(), column.name));
                }
            }
        }
    }
    let privileges = if persona.owns {
        String::new()
    } else {
        // By its number: whoever may not look into the schema cannot name the table.
        "union all select privilege from relation, unnest(array['delete', 'truncate', 'trigger']) as privilege \
         where pg_catalog.has_table_privilege(relation.oid, privilege) \
         union all select 'references' from relation where pg_catalog.has_any_column_privilege(relation.oid, 'references') \
         union all select 'maintain' from relation where case when current_setting('server_version_num')::integer >= 170000 \
         then pg_catalog.has_table_privilege(relation.oid, 'maintain') else false end \
         union all select privilege || ' (' || field.attname || ')' from relation \
         join pg_catalog.pg_attribute as field on field.attrelid = relation.oid and field.attnum > 0 and not field.attisdropped, \
         unnest(array['select', 'insert', 'update']) as privilege \
         where (privilege = 'select' or field.attgenerated = '') \
         and pg_catalog.has_column_privilege(relation.oid, field.attnum, privilege)"
            .to_owned()
    };
    let sql = format!(
        "with relation as (select relation.oid from pg_catalog.pg_class as relation \
         join pg_catalog.pg_namespace as schema on schema.oid = relation.relnamespace \
         where schema.nspname = {} and relation.relname = {}) \
         select string_agg(held, chr(30)) from (select {} as held from relation \
         where not pg_catalog.row_security_active(relation.oid) {privileges}) as rights",
        literal(&table.name.schema),
        literal(&table.name.name),
        literal(UNBOUND),
    );
    let mut probe = context.probe(
        Kind::SideChannel,
        persona,
        at,
        Command::Select,
        sql,
        Expected::Rows(expected),
    );
    probe.after = "?".to_owned();
    probe.span.clone_from(&declared.span);
    probes.push(probe);
}

/// The rights of a role beyond the tables of the file: views, functions, sequences, schemas, other roles.
pub(in crate::prove) fn rights_outside_tables(
    context: &ProbeContext<'_>,
    persona: &Persona,
) -> (String, BTreeSet<String>) {
    let policies = context.intent.policies;
    let mut expected = BTreeSet::new();
    for view in &policies.views {
        if holds(persona, view) {
            expected.insert(format!("select {}.{}", view.schema, view.name));
        }
    }
    for function in &context.catalog.functions {
        if may_call(context, persona, function) {
            expected.insert(format!("execute {}", plain(function)));
        }
    }
    let described = policies.tables.iter().chain(&policies.unmanaged);
    let tables = text_array(described.map(|table| table.title()));
    let schemas = text_array(&policies.schemas);
    let (in_part, named) = named_in_part(context);
    let becomes = if policies
        .roles
        .iter()
        .any(|role| role.database_role == persona.database_role && !role.bypass_rls)
    {
        "union all select 'become ' || other.rolname from pg_catalog.pg_roles as other \
         where (other.rolsuper or other.rolbypassrls or other.rolname like 'pg\\_%') and other.rolname <> current_user \
         and pg_catalog.pg_has_role(other.oid, case when current_setting('server_version_num')::integer >= 160000 then 'set' else 'member' end) \
         union all select distinct 'act as owner ' || other.rolname from schema \
         join pg_catalog.pg_class as relation on relation.relnamespace = schema.oid and relation.relkind in ('r', 'p') \
         join pg_catalog.pg_roles as other on other.oid = relation.relowner and other.rolname <> current_user \
         where pg_catalog.pg_has_role(other.oid, 'usage')"
    } else {
        ""
    };
    let is_own_relation = is_of_no_extension("pg_class", "relation.oid");
    let is_own_routine = is_of_no_extension("pg_proc", "routine.oid");
    let sql = format!(
        "with schema as (select schema.oid, schema.nspname from pg_catalog.pg_namespace as schema \
         where schema.nspname = any ({schemas})), {SHORT} \
         select string_agg(held, chr(30)) from (\
         select privilege || ' ' || schema.nspname || '.' || relation.relname as held from schema \
         join pg_catalog.pg_class as relation on relation.relnamespace = schema.oid and relation.relkind in ('r', 'p', 'v', 'm', 'f'), \
         unnest(array['select', 'insert', 'update', 'delete', 'truncate']) as privilege \
         where schema.nspname || '.' || relation.relname <> all ({tables}) and {is_own_relation} \
         and (schema.nspname <> all ({in_part}) or schema.nspname || '.' || relation.relname = any ({named})) \
         and not pg_catalog.pg_has_role(relation.relowner, 'usage') \
         and case when privilege in ('delete', 'truncate') then pg_catalog.has_table_privilege(relation.oid, privilege) \
         else pg_catalog.has_any_column_privilege(relation.oid, privilege) end \
         union all select 'read sequence ' || schema.nspname || '.' || relation.relname from schema \
         join pg_catalog.pg_class as relation on relation.relnamespace = schema.oid and relation.relkind = 'S' \
         where {is_own_relation} and schema.nspname <> all ({in_part}) \
         and not pg_catalog.pg_has_role(relation.relowner, 'usage') and case when relation.relkind = 'S' \
         then pg_catalog.has_sequence_privilege(relation.oid, 'select, update') else false end \
         union all select 'execute ' || schema.nspname || '.' || routine.proname || '(' || pg_catalog.oidvectortypes(routine.proargtypes) || ')' \
         from short, schema join pg_catalog.pg_proc as routine on routine.pronamespace = schema.oid \
         where not pg_catalog.pg_has_role(routine.proowner, 'usage') and pg_catalog.has_function_privilege(routine.oid, 'execute') \
         and (schema.nspname <> all ({in_part}) or schema.nspname || '.' || routine.proname = any ({named})) \
         and {is_own_routine} and not exists (select from pg_catalog.pg_depend as part \
         where part.classid = 'pg_catalog.pg_proc'::regclass and part.objid = routine.oid and part.deptype = 'i') \
         union all select 'create in schema ' || schema.nspname from schema \
         where schema.nspname <> all ({in_part}) and pg_catalog.has_schema_privilege(schema.oid, 'create') \
         {becomes}) as rights"
    );
    (sql, expected)
}

/// Whether the file takes it as meant that a function runs with the rights of somebody whom it does not name.
pub(in crate::prove) fn is_accepted(context: &ProbeContext<'_>, function: &Function) -> bool {
    let (id, print) = AcceptEntry::of_definer(function);
    let mut accepted = context.intent.policies.accept.iter();
    function.security_definer
        && accepted.any(|one| *one.id.get_ref() == id && one.fingerprint == print)
}

/// As SQL arrays, the schemas with tables that are left as they are, and what else is judged there: the views and
/// functions that the file speaks of.
fn named_in_part(context: &ProbeContext<'_>) -> (String, String) {
    let policies = context.intent.policies;
    let granted = policies.views.iter().chain(&policies.functions);
    let granted = granted.map(|one| {
        let (name, _) = one.name.split_once('(').unwrap_or((&one.name, ""));
        format!("{}.{name}", one.schema)
    });
    let functions = context.catalog.functions.iter();
    let own = functions
        .filter(|function| is_generated(context, function) || lender(context, function).is_some())
        .map(|function| format!("{}.{}", function.name.schema, function.name.name));
    (
        text_array(policies.partly_managed()),
        text_array(granted.chain(own)),
    )
}

/// Functions and views that run with other rights than their caller's, and whose: a question to ask once.
pub(in crate::prove) fn definer_functions(
    context: &ProbeContext<'_>,
) -> (String, BTreeSet<String>) {
    let policies = context.intent.policies;
    let mut expected = BTreeSet::new();
    for function in &context.catalog.functions {
        if let Some(owner) = lender(context, function) {
            expected.insert(format!("{} as {owner}", plain(function)));
        }
    }
    let functions = context.catalog.functions.iter();
    let accepted = functions.filter(|function| is_accepted(context, function));
    let accepted = text_array(accepted.map(plain));
    for view in &context.catalog.relations {
        let id = format!("view-not-invoker:{}", view.name);
        if policies.accept.iter().any(|one| *one.id.get_ref() == id) {
            expected.insert(format!(
                "{}.{} as its owner",
                view.name.schema, view.name.name
            ));
        }
    }
    let schemas = text_array(&policies.schemas);
    let (in_part, named) = named_in_part(context);
    let is_own_view = is_of_no_extension("pg_class", "view.oid");
    let sql = format!(
        "with schema as (select schema.oid, schema.nspname from pg_catalog.pg_namespace as schema \
         where schema.nspname = any ({schemas})), {SHORT} \
         select string_agg(held, chr(30)) from (\
         select schema.nspname || '.' || routine.proname || '(' || pg_catalog.oidvectortypes(routine.proargtypes) || ') as ' \
         || pg_catalog.pg_get_userbyid(routine.proowner) \
         || case when routine.prosqlbody is null and not exists (select from unnest(routine.proconfig) as setting \
         where pg_catalog.starts_with(setting, 'search_path=')) then ', on a search path of its caller''s choice' else '' end as held \
         from short, schema join pg_catalog.pg_proc as routine on routine.pronamespace = schema.oid and routine.prosecdef \
         where (schema.nspname <> all ({in_part}) or schema.nspname || '.' || routine.proname = any ({named})) \
         and schema.nspname || '.' || routine.proname || '(' || pg_catalog.oidvectortypes(routine.proargtypes) || ')' <> all ({accepted}) \
         and not exists (select from pg_catalog.pg_depend as extension where extension.classid = 'pg_catalog.pg_proc'::regclass \
         and extension.objid = routine.oid and extension.deptype in ('e', 'i')) \
         union all select schema.nspname || '.' || view.relname || ' as its owner' from schema \
         join pg_catalog.pg_class as view on view.relnamespace = schema.oid and view.relkind = 'v' \
         where {is_own_view} and (schema.nspname <> all ({in_part}) or schema.nspname || '.' || view.relname = any ({named})) \
         and not exists (select from pg_catalog.pg_options_to_table(view.reloptions) as option \
         where option.option_name = 'security_invoker' and option.option_value::boolean)) as rights"
    );
    (sql, expected)
}

/// The role with whose rights the file has a function run, if not with its caller's.
pub(in crate::prove) fn lender<'a>(
    context: &ProbeContext<'a>,
    function: &Function,
) -> Option<&'a str> {
    let policies = context.intent.policies;
    if is_lookup(context, function) {
        let definer = policies.definer()?;
        return Some(&policies.roles[definer].database_role);
    }
    let owner = policies.roles.iter().find(|role| {
        role.owns
            .iter()
            .any(|((schema, name), _)| is_named(function, schema, name))
    });
    owner.map(|role| role.database_role.as_str())
}

fn is_lookup(context: &ProbeContext<'_>, function: &Function) -> bool {
    let name = &function.name;
    (context.intent.policies).is_look_up(&name.schema, &name.name)
}

/// Whether the file has a persona call a function.
pub(in crate::prove) fn may_call(
    context: &ProbeContext<'_>,
    persona: &Persona,
    function: &Function,
) -> bool {
    let policies = context.intent.policies;
    if function.owner == persona.database_role {
        return false;
    }
    let is_granted = policies
        .functions
        .iter()
        .any(|one| is_named(function, &one.schema, &one.name) && holds(persona, one));
    is_granted
        || is_tolerated(context, persona, function)
        || (is_generated(context, function) && !persona.holds.is_empty())
}

/// Whether another system's file has a persona call a function, and that system is deployed here.
fn is_tolerated(context: &ProbeContext<'_>, persona: &Persona, function: &Function) -> bool {
    let members = persona
        .holds
        .iter()
        .map(|role| &context.intent.policies.roles[*role].database_role);
    let names: Vec<&String> = members.chain([&persona.database_role]).collect();
    context.tolerated.iter().any(|key| {
        names.contains(&&key.detail)
            && is_named(function, &key.schema, &key.name)
            && is_granted(context, function, &key.detail)
    })
}

fn is_granted(context: &ProbeContext<'_>, function: &Function, role: &str) -> bool {
    let wanted = Target::Function {
        name: function.name.clone(),
        signature: function.signature.clone(),
    };
    let mut grants = context.catalog.grants.iter();
    grants.any(|one| one.target == wanted && one.grantee == Grantee::Role(role.to_owned()))
}

/// Whether workroom wrote it: policies call it in the name of whoever runs the statement.
fn is_generated(context: &ProbeContext<'_>, function: &Function) -> bool {
    let comment = function.comment.as_deref().unwrap_or_default();
    let schemas = &context.intent.policies.schemas;
    schemas.contains(&function.name.schema)
        && (is_lookup(context, function) || comment.starts_with("workroom:"))
}

/// Whether a name of the file, perhaps with argument types, is a function's.
pub(in crate::prove) fn is_named(function: &Function, schema: &str, name: &str) -> bool {
    let full = format!("{}({})", function.name.name, function.signature);
    function.name.schema == schema
        && (function.name.name == name || name.replace(", ", ",") == full.replace(", ", ","))
}

fn holds(persona: &Persona, granted: &Granted) -> bool {
    persona
        .holds
        .iter()
        .any(|role| granted.roles.contains(role))
}

fn plain(function: &Function) -> String {
    format!(
        "{}.{}({})",
        function.name.schema, function.name.name, function.signature
    )
}

/// The persona as which a function runs: the lender's cells, the caller's session.
pub(in crate::prove) fn lent(
    context: &ProbeContext<'_>,
    persona: &Persona,
    owner: &str,
) -> Option<Persona> {
    let roles = &context.intent.policies.roles;
    let at = roles.iter().position(|role| role.database_role == owner)?;
    let mut lent = persona.clone();
    lent.acts_as = vec![at];
    lent.holds = vec![at];
    lent.is_shared = roles[at].kind == RoleKind::Shared;
    lent.bypasses = roles[at].bypass_rls;
    lent.owns = false;
    lent.context[2] = None;
    owner.clone_into(&mut lent.database_role);
    Some(lent)
}
