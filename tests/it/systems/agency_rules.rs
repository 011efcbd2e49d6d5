//! The rules that every shipped schema keeps, read from the catalog: each query lists what breaks one.

use crate::systems::{Session, WITH_VECTOR, agency, agency_to_read};

/// The schemas of the systems, those without clients included.
const SCHEMAS: &str = "array(select oid from pg_namespace where nspname in
    ('auth', 'procure', 'finance_ppm', 'te', 'gear', 'neighbours_private', 'agency', 'agency_private'))";

/// Nothing may be listed, and there must have been something to look at.
fn nothing_breaks(rule: &str, looked_at: &str, broken_by: &str) {
    for major in WITH_VECTOR {
        let session = Session::new(agency_to_read(major));
        let with_schemas = |sql: &str| sql.replace("SCHEMAS", SCHEMAS);

        let count: u32 = session
            .value(&with_schemas(&format!("select count(*) {looked_at}")))
            .parse()
            .unwrap();
        assert!(count > 5, "{rule}: looked at {count}");
        let broken = session.rows(&with_schemas(&format!("select {broken_by}")));
        assert_eq!(broken, [""; 0], "{rule}");
    }
}

const TABLES: &str =
    "from pg_class as t where t.relkind in ('r', 'p') and t.relnamespace = any (SCHEMAS)";

#[test]
fn every_table_says_when_a_row_was_made_and_changed_and_a_trigger_keeps_it() {
    let lacks = |column: &str| {
        format!(
            "t.oid::regclass, '{column}' {TABLES} and not exists (
               select from pg_attribute where attrelid = t.oid and attname = '{column}'
                 and atttypid = 'timestamptz'::regtype and attnotnull and atthasdef)"
        )
    };
    nothing_breaks("created_at", TABLES, &lacks("created_at"));
    nothing_breaks("updated_at", TABLES, &lacks("updated_at"));
    nothing_breaks(
        "a trigger",
        TABLES,
        &format!(
            "t.oid::regclass {TABLES} and not exists (
               select from pg_trigger join pg_proc on pg_proc.oid = tgfoid
               where tgrelid = t.oid and proname = 'update_updated_at_column' and tgtype & 19 = 19)"
        ),
    );
    nothing_breaks(
        "who acted",
        TABLES,
        "t.oid::regclass, actor.name
         from pg_class as t cross join (values ('created_by'), ('updated_by')) as actor (name)
         where t.relkind = 'r' and t.relnamespace = 'agency'::regnamespace
           and not exists (select from pg_attribute where attrelid = t.oid and attname = actor.name)",
    );
}

#[test]
fn every_schema_table_view_and_function_is_described() {
    nothing_breaks(
        "tables and views",
        TABLES,
        "c.oid::regclass from pg_class as c where c.relkind in ('r', 'p', 'v', 'm') and c.relnamespace = any (SCHEMAS)
           and coalesce(obj_description(c.oid, 'pg_class'), '') = ''",
    );
    nothing_breaks(
        "functions",
        "from pg_proc where pronamespace = any (SCHEMAS)",
        "p.oid::regprocedure from pg_proc as p where p.pronamespace = any (SCHEMAS)
           and coalesce(obj_description(p.oid, 'pg_proc'), '') = ''",
    );
}

const REFERENCES: &str =
    "from pg_constraint as c where c.contype = 'f' and c.connamespace = any (SCHEMAS)";

#[test]
fn every_reference_starts_with_the_tenant_and_is_indexed() {
    // An account belongs to no tenant: the employee beside it does.
    nothing_breaks(
        "tenant",
        REFERENCES,
        &format!(
            "c.conname {REFERENCES} and c.confrelid <> 'auth.users'::regclass and (
               cardinality(c.conkey) < 2
               or (select attname from pg_attribute where attrelid = c.conrelid and attnum = c.conkey[1]) <> 'tenant_id'
               or (select attname from pg_attribute where attrelid = c.confrelid and attnum = c.confkey[1]) <> 'tenant_id')"
        ),
    );
    nothing_breaks(
        "index",
        REFERENCES,
        &format!(
            "c.conname {REFERENCES} and not exists (
               select from pg_index as i where i.indrelid = c.conrelid and i.indisvalid and i.indpred is null
                 and (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey)"
        ),
    );
    nothing_breaks(
        "action",
        REFERENCES,
        &format!(
            "c.conname {REFERENCES} and (c.confdeltype in ('n', 'd') or c.confupdtype <> 'a')"
        ),
    );
}

const CONSTRAINTS: &str =
    "from pg_constraint as c where c.conrelid <> 0 and c.connamespace = any (SCHEMAS)";

#[test]
fn no_constraint_is_deferrable_or_unvalidated_and_each_is_named_by_the_pattern() {
    nothing_breaks(
        "deferrable",
        CONSTRAINTS,
        &format!("c.conname {CONSTRAINTS} and (c.condeferrable or not c.convalidated)"),
    );
    nothing_breaks(
        "name",
        CONSTRAINTS,
        &format!(
            "c.conname {CONSTRAINTS} and c.conname !~ (
               '^' || (select relname from pg_class where oid = c.conrelid) || case c.contype
                 when 'p' then '_pkey$' when 'u' then '_.+_key$' when 'f' then '_.+_fkey$' when 'c' then '_.+_check$'
                 when 'n' then '_.+_not_null$' when 'x' then '_.+_excl$' end)"
        ),
    );
    nothing_breaks(
        "index name",
        "from pg_index join pg_class on pg_class.oid = indexrelid and relnamespace = any (SCHEMAS)",
        "x.relname from pg_index as i join pg_class as x on x.oid = i.indexrelid join pg_class as t on t.oid = i.indrelid
         where t.relnamespace = any (SCHEMAS) and not i.indisprimary and not i.indisunique
           and x.relname !~ ('^' || t.relname || '_.+_idx$')",
    );
}

#[test]
fn every_key_starts_with_the_tenant_and_is_a_uuid() {
    nothing_breaks(
        "primary key",
        TABLES,
        &format!(
            "t.oid::regclass {TABLES} and t.oid <> 'auth.users'::regclass and not exists (
               select from pg_index as i where i.indrelid = t.oid and i.indisprimary and i.indnkeyatts = 2
                 and array(select attname::text || ' ' || atttypid::regtype from pg_attribute
                           where attrelid = t.oid and attnum = any (i.indkey) order by attname) = array['id uuid', 'tenant_id uuid'])"
        ),
    );
    nothing_breaks(
        "unique keys",
        "from pg_index join pg_class on pg_class.oid = indexrelid and relnamespace = any (SCHEMAS) where indisunique",
        "i.indexrelid::regclass from pg_index as i join pg_class as t on t.oid = i.indrelid
         where t.relnamespace = any (SCHEMAS) and t.oid <> 'auth.users'::regclass and i.indisunique
           and (select attname from pg_attribute where attrelid = t.oid and attnum = i.indkey[0]) <> 'tenant_id'",
    );
    nothing_breaks(
        "sequences",
        TABLES,
        "oid::regclass from pg_class where relkind = 'S' and relnamespace = any (SCHEMAS)",
    );
    nothing_breaks(
        "times",
        TABLES,
        "attrelid::regclass || '.' || attname from pg_attribute join pg_class on pg_class.oid = attrelid
         where relnamespace = any (SCHEMAS) and relkind = 'r' and attnum > 0
           and atttypid in ('timestamp'::regtype, 'time'::regtype, 'timetz'::regtype, 'money'::regtype, 'real'::regtype, 'json'::regtype)",
    );
    nothing_breaks(
        "money",
        TABLES,
        "attrelid::regclass || '.' || attname from pg_attribute join pg_class on pg_class.oid = attrelid
         where relnamespace = any (SCHEMAS) and relkind = 'r' and attname ~ '(amount|rate|revenue)$'
           and format_type(atttypid, atttypmod) <> 'numeric(12,2)'",
    );
}

#[test]
fn functions_state_their_volatility_and_pin_their_path_and_definers_are_nobody() {
    let functions = "from pg_proc as p where p.pronamespace = any (SCHEMAS)";
    nothing_breaks(
        "volatility",
        functions,
        &format!(
            "p.oid::regprocedure {functions} and p.provolatile = 'v' and p.prorettype <> 'trigger'::regtype"
        ),
    );
    nothing_breaks(
        "path of functions",
        functions,
        &format!(
            "p.oid::regprocedure {functions} and p.prosqlbody is null and p.prolang <> 14
               and not 'search_path=pg_catalog, pg_temp' = any (coalesce(p.proconfig, '{{}}'))
               and p.oid not in (select oid from pg_proc where proname = 'search_knowledge'
                 and 'search_path=pg_catalog, public, pg_temp' = any (proconfig))"
        ),
    );
    // Only a superuser may attach a parameter of a library that is not loaded, so a restore would lose the function.
    nothing_breaks(
        "settings of functions",
        functions,
        &format!(
            "p.oid::regprocedure {functions} and exists (select from unnest(p.proconfig) as setting where setting ~ '^[a-z_]+[.]')"
        ),
    );
    nothing_breaks(
        "owner of definers",
        functions,
        &format!(
            "p.oid::regprocedure {functions} and p.prosecdef and not exists (
               select from pg_roles as r where r.oid = p.proowner and not r.rolsuper and not r.rolbypassrls and not r.rolcanlogin
                 and not exists (select from pg_auth_members where roleid = r.oid and member <> 10))"
        ),
    );
    nothing_breaks(
        "triggers",
        "from pg_trigger where not tgisinternal",
        "tgname from pg_trigger join pg_class on pg_class.oid = tgrelid
         where relnamespace = any (SCHEMAS) and not tgisinternal and (tgtype & 1 = 0 or tgname !~ ('^' || relname || '_'))",
    );
}

#[test]
fn nothing_is_granted_to_everybody() {
    let grants = "from (
        select nspname::text as name, coalesce(nspacl, acldefault('n', nspowner)) as acl from pg_namespace where oid = any (SCHEMAS)
        union all select oid::regclass::text, relacl from pg_class where relnamespace = any (SCHEMAS)
        union all select attrelid::regclass || '.' || attname, attacl from pg_attribute join pg_class on pg_class.oid = attrelid where relnamespace = any (SCHEMAS)
        union all select oid::regprocedure::text, coalesce(proacl, acldefault('f', proowner)) from pg_proc where pronamespace = any (SCHEMAS)
      ) as object cross join aclexplode(object.acl) as granted";
    nothing_breaks(
        "PUBLIC",
        grants,
        &format!("object.name, granted.privilege_type {grants} where granted.grantee = 0"),
    );
    nothing_breaks(
        "rights beyond row-level security",
        grants,
        &format!(
            "object.name, granted.grantee::regrole, granted.privilege_type {grants}
             where granted.privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'CREATE', 'MAINTAIN')
               and granted.grantee <> granted.grantor -- an owner, who cannot log in, has all rights to its own
               and granted.grantee in (select oid from pg_roles where rolname ~ '^(agency_|neighbours_|anon|authenticated)')"
        ),
    );
    nothing_breaks(
        "the right to pass a right on",
        grants,
        &format!(
            "object.name {grants} where granted.is_grantable and granted.grantee not in (select oid from pg_roles where rolsuper)"
        ),
    );
}

#[test]
fn what_is_created_later_is_closed_until_the_policies_speak_of_it() {
    for major in WITH_VECTOR {
        let database = agency(major);
        database.execute(
            "create table agency.later (id uuid);
             create view agency.later_view with (security_invoker = true) as select id from agency.later;
             create sequence agency.later_sequence",
        );
        for role in [
            "finance",
            "leadership",
            "pm",
            "admin",
            "account",
            "creative",
            "session",
            "definer",
        ] {
            let open = format!(
                "select has_table_privilege('agency_{role}', 'agency.later', 'select, insert, update, delete, truncate'),
                   has_table_privilege('agency_{role}', 'agency.later_view', 'select'),
                   has_sequence_privilege('agency_{role}', 'agency.later_sequence', 'usage, select, update')"
            );
            assert_eq!(database.query(&open), ["f|f|f"], "{role}");
        }
    }
}

#[test]
fn row_level_security_is_forced_on_every_table_and_every_view_obeys_it() {
    nothing_breaks(
        "enabled and forced",
        TABLES,
        &format!("t.oid::regclass {TABLES} and not (t.relrowsecurity and t.relforcerowsecurity)"),
    );
    nothing_breaks(
        "views",
        "from pg_class where relkind = 'v' and relnamespace = any (SCHEMAS)",
        "oid::regclass from pg_class where relkind in ('v', 'm') and relnamespace = any (SCHEMAS)
           and not 'security_invoker=true' = any (coalesce(reloptions, '{}'))",
    );
}

const POLICIES: &str = "from pg_policy as p join pg_class as t on t.oid = p.polrelid where t.relnamespace = any (SCHEMAS)";

#[test]
fn the_tenant_floor_lies_under_every_table_and_every_other_policy_names_its_roles() {
    nothing_breaks(
        "floor",
        TABLES,
        &format!(
            r"t.oid::regclass {TABLES} and t.oid <> 'auth.users'::regclass and (
               select count(*) from pg_policy as p
               where p.polrelid = t.oid and not p.polpermissive and p.polcmd = '*' and p.polroles = '{{0}}'
                 and pg_get_expr(p.polqual, t.oid) ~ '^\(tenant_id = \( SELECT [a-z_]+\.current_tenant_id\(\) AS current_tenant_id\)\)$'
                 and pg_get_expr(p.polwithcheck, t.oid) = pg_get_expr(p.polqual, t.oid)) <> 1"
        ),
    );
    nothing_breaks(
        "roles",
        POLICIES,
        &format!(
            "t.oid::regclass, p.polname {POLICIES} and p.polpermissive and 0 = any (p.polroles)"
        ),
    );
    nothing_breaks(
        "names",
        POLICIES,
        &format!(
            "t.oid::regclass, p.polname {POLICIES} and p.polname !~ ('^' || t.relname || '_')"
        ),
    );
    nothing_breaks(
        "expressions are there",
        POLICIES,
        &format!(
            "t.oid::regclass, p.polname {POLICIES} and (
               (p.polcmd <> 'a' and p.polqual is null) or (p.polcmd in ('a', 'w', '*') and p.polwithcheck is null))"
        ),
    );
    // A function that is called for each row is wrapped in a select of its own; planned_as is answered while planning.
    nothing_breaks(
        "once a statement",
        POLICIES,
        &format!(
            r"t.oid::regclass, p.polname {POLICIES} and
               regexp_replace(concat(pg_get_expr(p.polqual, t.oid), pg_get_expr(p.polwithcheck, t.oid)),
                 'SELECT\s+(CASE\s+WHEN\s+)?[a-z_]+\.[a-z_]+\(|[a-z_]+\.planned_as\(', '', 'g') ~ '(agency|agency_private|auth|neighbours_private)\.[a-z_]+\('"
        ),
    );
}

#[test]
fn there_is_as_much_as_was_promised() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        assert_eq!(
            database.query(
                "select count(*) filter (where relkind = 'r'), count(*) filter (where relkind = 'v'),
                   (select count(*) from pg_proc where pronamespace = 'agency'::regnamespace)
                 from pg_class where relnamespace = 'agency'::regnamespace"
            ),
            ["15|6|14"]
        );
        let policies = |with: &str| -> usize {
            database.query(&format!(
                "select count(*) from pg_policies where schemaname = 'agency' and {with}"
            ))[0]
                .parse()
                .unwrap()
        };
        assert_eq!(policies("permissive = 'RESTRICTIVE' and cmd = 'ALL'"), 15);
        assert!(policies("true") >= 38);
        // Those who own, and those on a team, by the look-ups and columns that say so.
        assert!(
            policies(
                "concat(qual, with_check) ~ 'my_employee_id|my_artifact_ids|my_conversation_ids|owner_id|author_id|user_id'"
            ) >= 8
        );
        assert!(
            policies(
                "concat(qual, with_check) ~ 'my_campaign_ids|team_artifact_ids|project_manager_id'"
            ) >= 5
        );
    }
}
