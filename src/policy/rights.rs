//! What a policy file asks for and the connected role may not do, found before a deployment changes anything: each
//! with the statement that an administrator runs once.
//!
//! What is needed follows Postgres' rules for who is no superuser: `create role` asks for CREATEROLE, and for
//! BYPASSRLS where the new role has it (a superuser before Postgres 16); since Postgres 16 `alter role` and `grant
//! role` ask for the admin option on the role; a function is given away by a member of its new owner; and grants on
//! a schema are its owner's to give.

use std::collections::BTreeMap;

use super::facts::{Key, Kind};
use super::live::{Live, Verdict, facts_query, read_facts};
use super::plan::{bypassing, due};
use super::statement::{RenderedStatement, Section};
use super::statements::RenderedPolicies;
use super::unchanged::recognise;
use crate::database::{Rows, Session};
use crate::error::{Error, Result};
use crate::sql::{identifier, text_array};

/// What a role of the server is to the connected one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Standing {
    /// Whether its attributes and members are the connected role's to change.
    is_administered: bool,
    /// Whether the connected role acts for it, and may give it functions.
    is_member: bool,
}

/// What the connected role may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Rights {
    /// The database.
    database: String,
    /// Whether it cannot do without the database's owner to take TEMPORARY from PUBLIC, who still has it.
    lacks_database: bool,
    /// Whether it may create schemas in the database.
    creates_schemas: bool,
    /// Whether it may create roles.
    creates_roles: bool,
    /// Whether roles that it creates or changes may bypass row security.
    may_bypass: bool,
    /// Roles that exist.
    roles: BTreeMap<String, Standing>,
    /// Schemas of the system that exist: name → the owner, where that is somebody for whom it does not act.
    schemas: BTreeMap<String, Option<String>>,
}

/// Finds what the connected role may not do of what is pending; nothing for a superuser. One round trip, but in a copy.
///
/// # Errors
/// When the server does not answer.
pub async fn missing_rights(session: &Session, rendered: &RenderedPolicies) -> Result<Vec<Error>> {
    let sql = format!("{}{}", rights_query(rendered), facts_query(rendered));
    let results = session.run("asking what the role may do", &sql).await?;
    let rights = results.first().map(read_rights).unwrap_or_default();
    let Some(mut live) = results.last().and_then(read_facts) else {
        return Ok(Vec::new());
    };
    Box::pin(recognise(session, rendered, &mut live)).await;
    // What a file is for may only come with the migrations, to schemas that an administrator made for this role or to
    // none. The facts are not known then, but all roles that are there.
    let is_new = live.verdict == Verdict::LeftAlone && rights.schemas.values().all(Option::is_none);
    if is_new {
        let known = |key: &Key| {
            matches!(key.kind, Kind::Role | Kind::Member) && rights.roles.contains_key(&key.name)
        };
        live.facts = rendered
            .facts()
            .into_iter()
            .filter(|(key, _)| known(key))
            .collect();
    }
    if live.is_superuser || (live.verdict != Verdict::Differs && !is_new) {
        return Ok(Vec::new());
    }
    Ok(judge(rendered, &live, &rights))
}

/// One result set: kind, name, and two answers.
fn rights_query(rendered: &RenderedPolicies) -> String {
    let policies = &rendered.policies;
    let members = policies.roles.iter().flat_map(|role| &role.member_of);
    let roles = policies.roles.iter().map(|role| &role.database_role);
    let roles = text_array(roles.chain(members.map(|(of, _)| of)));
    // The words for the second argument are read when they are needed: Postgres 15 does not know SET.
    format!(
        "with me as materialized (select role.oid, role.rolcreaterole, role.rolbypassrls, role.rolsuper, \
           pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 160000 as is_16 \
           from pg_catalog.pg_roles as role where role.rolname = current_user) \
         select 'me', '', (me.rolcreaterole)::pg_catalog.text, (me.rolbypassrls and me.is_16)::pg_catalog.text from me \
         union all select 'database', own.datname, pg_catalog.has_database_privilege(own.oid, 'create')::pg_catalog.text, \
           (not pg_catalog.pg_has_role(own.datdba, 'usage') and exists (\
             select from pg_catalog.aclexplode(coalesce(own.datacl, pg_catalog.acldefault('d', own.datdba))) as given \
             where given.grantee = 0 and given.privilege_type = 'TEMPORARY'))::pg_catalog.text \
         from pg_catalog.pg_database as own where own.datname = pg_catalog.current_database() \
         union all select 'role', role.rolname, \
           case when me.is_16 then me.rolcreaterole and pg_catalog.pg_has_role(role.oid, 'usage with admin option') \
             else me.rolcreaterole and not role.rolsuper end::pg_catalog.text, \
           case when me.is_16 then pg_catalog.pg_has_role(role.oid, 'usage') and pg_catalog.pg_has_role(role.oid, 'set') \
             else pg_catalog.pg_has_role(role.oid, 'usage') end::pg_catalog.text \
         from me join pg_catalog.pg_roles as role on role.rolname = any ({roles}) \
         union all select 'schema', schema.nspname, pg_catalog.pg_get_userbyid(schema.nspowner), \
           pg_catalog.pg_has_role(schema.nspowner, 'usage')::pg_catalog.text \
         from pg_catalog.pg_namespace as schema where schema.nspname = any ({});",
        text_array(&policies.schemas)
    )
}

fn read_rights(rows: &Rows) -> Rights {
    let mut rights = Rights::default();
    for row in rows {
        let [Some(kind), Some(name), Some(first), Some(second)] = row.as_slice() else {
            continue;
        };
        let (first_holds, second_holds) = (first == "true", second == "true");
        match kind.as_str() {
            "me" => (rights.creates_roles, rights.may_bypass) = (first_holds, second_holds),
            "database" => {
                rights.database.clone_from(name);
                (rights.creates_schemas, rights.lacks_database) = (first_holds, second_holds);
            }
            "role" => {
                let standing = Standing {
                    is_administered: first_holds,
                    is_member: second_holds,
                };
                rights.roles.insert(name.clone(), standing);
            }
            _ => {
                let owner = (!second_holds).then(|| first.clone());
                rights.schemas.insert(name.clone(), owner);
            }
        }
    }
    rights
}

fn judge(rendered: &RenderedPolicies, live: &Live, rights: &Rights) -> Vec<Error> {
    let policies = &rendered.policies;
    let me = identifier(&live.user);
    let mut missing = Vec::new();
    let due = |statement: &&RenderedStatement| !due(statement, &live.facts).is_empty();
    for statement in rendered.statements.iter().filter(due) {
        let error = match statement.section {
            Section::Schemas if !rights.creates_schemas => schema(statement, rights, &me),
            Section::Roles => role(statement, live, rights, &me),
            _ => None,
        };
        missing.extend(error.map(|error| error.at(rendered.place(statement))));
    }
    let is_due = |wanted: &[Section]| {
        let mut statements = rendered.statements.iter().filter(due);
        statements.any(|statement| wanted.contains(&statement.section))
    };
    let hands_over = is_due(&[Section::Belongings]);
    let definer = policies
        .definer()
        .filter(|_| is_due(&[Section::Lookups, Section::Ownership]));
    let owner = policies.owner.filter(|_| hands_over);
    for role in [definer, owner].into_iter().flatten() {
        let role = &policies.roles[role];
        let standing = rights.roles.get(&role.database_role);
        if standing.is_some_and(|standing| !standing.is_member && !standing.is_administered) {
            let name = identifier(&role.database_role);
            missing.push(
                Error::refused(format!("role {me} may not give anything to role {name}"))
                    .at(policies.file.place(role.span.clone()))
                    .because(format!(
                        "somebody else made {name}, and {me} is not a member of it"
                    ))
                    .hint(format!("as an administrator, once: grant {name} to {me};")),
            );
        }
    }
    let database = identifier(&rights.database);
    if hands_over && !rights.creates_schemas {
        missing.push(
            Error::refused(format!("role {me} may not give schemas to another owner"))
                .at(policies.file.place(0..0))
                .because("that takes the right to create schemas in the database")
                .hint(format!(
                    "as an administrator, once: grant create on database {database} to {me};"
                )),
        );
    }
    let is_temporary = |statement: &&RenderedStatement| {
        let mut keys = statement.facts.keys();
        keys.any(|key| key.kind == Kind::Temporary)
    };
    if rights.lacks_database
        && rendered
            .statements
            .iter()
            .filter(due)
            .any(|one| is_temporary(&one))
    {
        missing.push(
            Error::refused(format!(
                "role {me} may not take TEMPORARY on the database from PUBLIC"
            ))
            .at(policies.file.place(0..0))
            .because("the database belongs to somebody else")
            .hint(format!(
                "as an administrator, once: revoke temporary on database {database} from public;"
            )),
        );
    }
    for (schema, owner) in &rights.schemas {
        let Some(owner) = owner else { continue };
        let (schema, owner) = (identifier(schema), identifier(owner));
        missing.push(
            Error::refused(format!(
                "role {me} may not grant anything on schema {schema}"
            ))
            .at(policies.file.place(0..0))
            .because(format!("the schema belongs to {owner}"))
            .hint(format!(
                "as an administrator, once: alter schema {schema} owner to {me};"
            )),
        );
    }
    missing
}

/// A schema that a policy file makes, for a role that may not create any.
fn schema(statement: &RenderedStatement, rights: &Rights, me: &str) -> Option<Error> {
    let (key, _) = statement.facts.first_key_value()?;
    let is_missing = !statement.sql.is_empty() && !rights.schemas.contains_key(&key.schema);
    is_missing.then(|| {
        Error::refused(format!("{} cannot be made by role {me}", statement.what))
            .because(format!("{me} may not create schemas in this database"))
            .hint(format!(
                "as an administrator, once: create schema {} authorization {me};",
                identifier(&key.schema)
            ))
    })
}

/// A role or a membership that is not as it should be.
fn role(statement: &RenderedStatement, live: &Live, rights: &Rights, me: &str) -> Option<Error> {
    let (key, _) = statement.facts.first_key_value()?;
    if key.kind == Kind::Member {
        let of = rights.roles.get(&key.detail);
        return of.is_some_and(|of| !of.is_administered).then(|| {
            let (name, of) = (identifier(&key.name), identifier(&key.detail));
            Error::refused(format!("{} cannot be made by role {me}", statement.what))
                .because(format!("{me} has no admin option on {of}"))
                .hint(format!("as an administrator, once: grant {of} to {name};"))
        });
    }
    let name = identifier(&key.name);
    let wanted = |detail: &str| {
        let key = Key::new(Kind::Role, "", &key.name, detail);
        statement.facts.get(&key).map(String::as_str)
    };
    let bypasses = wanted("bypassrls") == Some("yes");
    match rights.roles.get(&key.name) {
        None if bypasses && !rights.may_bypass => Some(bypassing(statement, &name, live)),
        None if !rights.creates_roles => Some(
            Error::refused(format!("{} cannot be made by role {me}", statement.what))
                .because(format!("{me} may not create roles"))
                .hint(format!(
                    "as an administrator, once: alter role {me} createrole;"
                ))
                .hint(format!("or: create role {name}; grant {name} to {me};")),
        ),
        Some(standing) if !standing.is_administered || !rights.may_bypass => {
            let word = |detail: &str| match (detail, wanted(detail)) {
                (_, Some("yes")) => format!(" {detail}"),
                (_, Some(_)) => format!(" no{detail}"),
                _ => String::new(),
            };
            let words: String = ["superuser", "bypassrls", "login"].map(word).concat();
            Some(
                Error::refused(format!("{} cannot be changed by role {me}", statement.what))
                    .because("it is there already, with other attributes")
                    .hint(format!("as a superuser, once: alter role {name}{words};")),
            )
        }
        _ => None,
    }
}
