//! What has to be sent so that a database is as its policy file says: a function of the rendering and of what
//! the database has.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Facts, Key, Kind, PUBLIC};
use super::functions::function_target;
use super::gone::Gone;
use super::live::{Live, Verdict};
use super::revoke::revoke_or_drop;
use super::statement::{RenderedStatement, Section};
use super::statements::RenderedPolicies;
use super::unmanaged::{opens_beside_a_stray, unmanaged};
use crate::error::{Error, Result};
use crate::sql::{identifier, literal, qualified};

/// The statements to send, in order.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Each with what it is for.
    pub statements: Vec<PlannedStatement>,
    /// What the user should know: doors that are closed behind somebody.
    pub notes: Vec<String>,
    /// What somebody has to decide or to correct. It keeps nothing from being closed, and is told at the end.
    pub mistakes: Vec<Error>,
    /// Whether statements cannot come about because of a mistake, so that only closing is left to do.
    pub is_blocked: bool,
}

/// One statement of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedStatement {
    /// In words.
    pub what: String,
    /// The SQL, ending with a semicolon.
    pub sql: String,
    /// The index of the rendered statement that asks for it, if one does.
    pub rendered: Option<usize>,
    /// What it takes away, if that is what it does.
    pub takes: Option<Key>,
}

/// Compares. An empty plan means that nothing has to be sent.
#[must_use]
pub fn plan(rendered: &RenderedPolicies, live: &Live) -> Plan {
    if live.verdict != Verdict::Differs {
        return Plan::default();
    }
    let wanted = rendered.facts();
    let mut plan = Plan {
        mistakes: unmanaged(rendered, &wanted, live),
        ..Plan::default()
    };
    let gone = Gone::find(rendered, &wanted, live);
    plan.mistakes.extend(gone.mistakes(rendered));
    let mut surplus = surplus(rendered, &wanted, live, &mut plan.notes);
    for (at, statement) in rendered.statements.iter().enumerate() {
        // What is open too wide is closed before anything is opened.
        if statement.section > Section::Base && !surplus.is_empty() {
            plan.statements.append(&mut surplus);
        }
        let due = due(statement, &live.facts);
        if due.is_empty()
            || gone.concerns(statement)
            || opens_beside_a_stray(statement, &wanted, live)
        {
            continue;
        }
        if let Err(mistake) = refuse_impossible(rendered, statement, &due, live) {
            plan.mistakes.push(mistake);
            plan.is_blocked = true;
            continue;
        }
        if statement.sql.is_empty() {
            plan.mistakes.push(missing_schema(rendered, statement));
            plan.is_blocked = true;
            continue;
        }
        plan.statements
            .extend(due.iter().filter_map(|key| undo(key, live)));
        plan.statements.push(PlannedStatement {
            what: statement.what.clone(),
            sql: statement.sql.clone(),
            rendered: Some(at),
            takes: None,
        });
    }
    plan.statements.append(&mut surplus);
    if !live.is_superuser {
        lend_ownership(rendered, live, &mut plan);
    }
    seal(rendered, &mut plan);
    plan
}

/// The facts of a statement that do not hold.
pub(super) fn due<'a>(statement: &'a RenderedStatement, live: &Facts) -> Vec<&'a Key> {
    let facts = statement.facts.iter();
    facts
        .filter(|(key, value)| live.get(*key) != Some(value))
        .map(|(key, _)| key)
        .collect()
}

/// Takes away what stands in the place of a fact that shall hold.
pub(super) fn undo(key: &Key, live: &Live) -> Option<PlannedStatement> {
    live.facts.get(key)?;
    let planned = |sql: String| PlannedStatement {
        what: format!("taking away {}", describe(key)),
        sql,
        rendered: None,
        takes: Some(key.clone()),
    };
    match key.kind {
        Kind::Policy | Kind::Usage | Kind::Grant | Kind::Execute => {
            revoke_or_drop(key).map(planned)
        }
        _ => None,
    }
}

/// What the database has and the policy file does not ask for: revoked or dropped.
pub(super) fn surplus(
    rendered: &RenderedPolicies,
    wanted: &Facts,
    live: &Live,
    notes: &mut Vec<String>,
) -> Vec<PlannedStatement> {
    let managed: BTreeSet<&str> = rendered
        .policies
        .roles
        .iter()
        .map(|role| role.database_role.as_str())
        .chain([PUBLIC])
        .collect();
    let mut statements = Vec::new();
    let mut open: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (key, value) in live
        .facts
        .iter()
        .filter(|(key, _)| !wanted.contains_key(*key))
    {
        if key.kind == Kind::Policy && value == "unmanaged" {
            continue;
        }
        // Postgres lets everybody call every new function; one statement closes those of a schema.
        if key.kind == Kind::Execute && key.detail == PUBLIC {
            let functions = open.entry(&key.schema).or_default();
            functions.push(function_target(&key.schema, &key.name));
            continue;
        }
        let Some(sql) = revoke_or_drop(key) else {
            continue;
        };
        let is_grant = matches!(
            key.kind,
            Kind::Usage | Kind::Grant | Kind::Execute | Kind::Default
        );
        if is_grant && !managed.contains(key.detail.as_str()) {
            let stops = match live.watchers.get(&key.detail).map(String::as_str) {
                Some("audit") => "; object audit by pgaudit.role stops",
                Some("replication") => "; first copies of its subscriptions fail",
                _ => "",
            };
            let keep = match stops {
                "" => "",
                _ => ": name the role under `grants_kept_for` to keep its grants",
            };
            notes.push(format!(
                "{} is taken away: {} does not ask for it{stops}{keep}",
                describe(key),
                rendered.policies.file.path
            ));
        }
        statements.push(PlannedStatement {
            what: closing(key),
            sql,
            rendered: None,
            takes: Some(key.clone()),
        });
    }
    statements.extend(
        open.into_iter()
            .map(|(schema, functions)| PlannedStatement {
                what: format!("closing the functions of schema {}", identifier(schema)),
                sql: format!(
                    "revoke all on routine {} from public;",
                    functions.join(", ")
                ),
                rendered: None,
                takes: None,
            }),
    );
    statements
}

/// What is done to a fact that shall not be, in words.
pub(super) fn closing(key: &Key) -> String {
    match key.kind {
        Kind::Partition => describe(key),
        _ => format!("taking away {}", describe(key)),
    }
}

/// A fact in words.
pub(super) fn describe(key: &Key) -> String {
    let object = || {
        if key.name.is_empty() {
            format!("schema {}", identifier(&key.schema))
        } else {
            qualified(&key.schema, &key.name)
        }
    };
    match key.kind {
        Kind::Policy => format!("policy {} on {}", identifier(&key.detail), object()),
        Kind::Partition => format!(
            "row-level security of {}, a part of {}",
            key.detail,
            object()
        ),
        Kind::Usage | Kind::Grant => format!("the grant on {} to {}", object(), key.detail),
        Kind::Execute => format!(
            "the right of {} to call {}",
            key.detail,
            function_target(&key.schema, &key.name)
        ),
        Kind::Function => format!("function {}", function_target(&key.schema, &key.name)),
        Kind::Default => format!(
            "default privileges in schema {} from {}",
            key.schema, key.detail
        ),
        Kind::Belongs => format!("ownership of {} and what lies in it", object()),
        Kind::Temporary => format!("the right of {} to temporary objects", key.detail),
        Kind::Member => format!("membership of {} in {}", key.name, key.detail),
        Kind::Role => format!("role {}", key.name),
        Kind::Schema | Kind::Table | Kind::Owner | Kind::External => object(),
    }
}

/// What the connected role cannot do, said before anything is sent.
fn refuse_impossible(
    rendered: &RenderedPolicies,
    statement: &RenderedStatement,
    due: &[&Key],
    live: &Live,
) -> Result<()> {
    let bypasses = due
        .iter()
        .any(|key| key.kind == Kind::Role && key.detail == "bypassrls");
    let wants_bypass = bypasses
        && statement
            .facts
            .iter()
            .any(|(key, value)| key.detail == "bypassrls" && value == "yes");
    if wants_bypass && !live.may_bypass {
        let name = due
            .first()
            .map(|key| identifier(&key.name))
            .unwrap_or_default();
        return Err(bypassing(statement, &name, live).at(rendered.place(statement)));
    }
    Ok(())
}

fn missing_schema(rendered: &RenderedPolicies, statement: &RenderedStatement) -> Error {
    Error::refused(format!("{} does not exist", statement.what))
        .at(rendered.place(statement))
        .because("the system's migrations have to create it")
        .hint("run `workroom db migrate`, or take the schema out of workroom.toml")
}

/// A role that bypasses row security, which only such a role may make, and before Postgres 16 a superuser.
pub(super) fn bypassing(statement: &RenderedStatement, name: &str, live: &Live) -> Error {
    Error::refused(format!(
        "{} cannot be made by role {}",
        statement.what, live.user
    ))
    .because(
        "it bypasses row-level security, and only a role that does so itself may make such a role",
    )
    .hint(format!(
        "as a superuser, once: create role {name} bypassrls;"
    ))
    .hint("then run `workroom db migrate` again")
}

/// An owner who is no superuser may give functions away only to a role that it is a member of and that may
/// create in the schema; both are lent for the moment.
fn lend_ownership(rendered: &RenderedPolicies, live: &Live, plan: &mut Plan) {
    let Some(at) = rendered.policies.definer() else {
        return;
    };
    let definer = identifier(&rendered.policies.roles[at].database_role);
    let section_of =
        |planned: &PlannedStatement| planned.rendered.map(|at| rendered.statements[at].section);
    let gives = |planned: &PlannedStatement| {
        matches!(
            section_of(planned),
            Some(Section::Lookups | Section::Ownership)
        )
    };
    let Some(first) = plan.statements.iter().position(&gives) else {
        return;
    };
    let last = plan.statements.iter().rposition(&gives).unwrap_or(first);
    let schemas: Vec<String> = rendered
        .policies
        .schemas
        .iter()
        .map(|schema| identifier(schema))
        .collect();
    let planned = |what: &str, sql: String| PlannedStatement {
        what: what.to_owned(),
        sql,
        rendered: None,
        takes: None,
    };
    let back = planned(
        "taking back what was lent to the definer role",
        format!(
            "revoke create on schema {} from {definer};",
            schemas.join(", ")
        ),
    );
    plan.statements.insert(last + 1, back);
    // Who is a member already, since an administrator made it one, may be allowed no more than that.
    let become_member = format!(
        "begin if not (case when pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 160000 \
           then pg_catalog.pg_has_role({role}, 'usage') and pg_catalog.pg_has_role({role}, 'set') \
           else pg_catalog.pg_has_role({role}, 'usage') end) then grant {definer} to {}; end if; end",
        identifier(&live.user),
        role = literal(&rendered.policies.roles[at].database_role),
    );
    let lend = planned(
        "lending the definer role what it needs to own functions",
        format!(
            "do {}; grant create on schema {} to {definer};",
            literal(&become_member),
            schemas.join(", ")
        ),
    );
    plan.statements.insert(first, lend);
}

/// Policies and functions that are written get their seal at the end.
fn seal(rendered: &RenderedPolicies, plan: &mut Plan) {
    let writes = plan
        .statements
        .iter()
        .filter_map(|planned| planned.rendered)
        .any(|at| {
            let facts = rendered.statements[at].facts.keys();
            facts
                .into_iter()
                .any(|key| matches!(key.kind, Kind::Policy | Kind::Function))
        });
    if !writes {
        return;
    }
    let seals = rendered
        .statements
        .iter()
        .enumerate()
        .filter(|(_, one)| one.section == Section::Seal);
    plan.statements
        .extend(seals.map(|(at, statement)| PlannedStatement {
            what: statement.what.clone(),
            sql: statement.sql.clone(),
            rendered: Some(at),
            takes: None,
        }));
}
