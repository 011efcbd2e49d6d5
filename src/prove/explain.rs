//! From a failed probe to a counterexample: who, which row, statements to paste, and the policy that is responsible,
//! found by taking policies away one at a time.

use std::collections::BTreeSet;

use super::ablation::Suspect;
use super::minimise::needed;
use super::persona::Persona;
use super::persona::Personas;
use super::pitfall::pitfall;
use super::probe::{Expected, Kind, ProbeContext, UNBOUND};
use super::probe_session::ProbeSession;
use super::proof::Counterexample;
use super::tally::Failure;
use crate::catalog::Policy;
use crate::error::{Place, Result};
use crate::policy::Kind as FactKind;
use crate::policy::RenderedPolicies;
use crate::sql::{identifier, literal};

/// Counterexamples that are shown; further ones are counted.
pub(super) const MOST: usize = 12;

/// Picks one failure for each cause, simplest first: table, command and kind, whoever it is.
pub(super) fn distinct(mut failures: Vec<Failure>) -> (Vec<Failure>, usize) {
    let all = failures.len();
    // Whom policies do not bind at all has no need of another explanation.
    failures.sort_by_key(|failure| {
        let is_unbound = failure.is_leak() && failure.outcome.rows().contains(UNBOUND);
        (
            !is_unbound,
            failure.probe.kind,
            failure.probe.sql.len(),
            failure.persona,
        )
    });
    let mut seen: BTreeSet<(usize, Option<String>, &'static str, bool)> = BTreeSet::new();
    failures.retain(|failure| {
        let is_leak = failure.is_leak();
        seen.insert((
            failure.probe.table,
            failure.object.clone(),
            failure.probe.command.word(),
            is_leak,
        ))
    });
    failures.truncate(MOST);
    let more = all - failures.len();
    (failures, more)
}

/// Explains a failure.
pub(super) async fn explain(
    session: &ProbeSession<'_>,
    context: &ProbeContext<'_>,
    personas: Personas<'_>,
    superuser: &Persona,
    rendered: &RenderedPolicies,
    failure: &Failure,
) -> Result<Counterexample> {
    let persona = failure.asker(personas, superuser);
    let table = &context.world.tables[failure.probe.table];
    let (responsible, name) = match &failure.object {
        Some(object)
            if failure.probe.kind == Kind::SideChannel && failure.persona == usize::MAX =>
        {
            (format!("{object}: it does not include the tenant"), None)
        }
        Some(object) if failure.probe.kind == Kind::Trigger => (
            format!("a trigger of {object}, or what its function calls"),
            None,
        ),
        Some(object) => (of_object(context, object), None),
        None => ablation(session, context, personas, persona, rendered, failure).await?,
    };
    let rendered_place = name.and_then(|name: String| {
        let statement = rendered.statements.iter().find(|statement| {
            statement.facts.keys().any(|key| {
                key.kind == FactKind::Policy
                    && key.detail == name
                    && key.schema == table.name.schema
                    && key.name == table.name.name
            })
        });
        statement.map(|statement| rendered.place(statement))
    });
    let place = rendered_place.unwrap_or_else(|| place_of(context, failure));
    let row = failure.probe.row.clone();
    let rows = needed(session, context, personas, persona, failure).await;
    Ok(Counterexample {
        pitfall: pitfall(context, persona, failure),
        kind: failure.probe.kind.word(),
        persona: format!("{} (role {})", persona.name, persona.database_role),
        object: failure
            .object
            .clone()
            .unwrap_or_else(|| table.name.to_string()),
        command: failure.probe.command.word(),
        row,
        expected: failure
            .expected
            .clone()
            .unwrap_or_else(|| failure.probe.expected.says()),
        found: found(failure),
        sql: runnable(persona, failure, &rows),
        rows: rows.len(),
        responsible,
        place,
    })
}

/// What happened, with the rows that make the difference.
fn found(failure: &Failure) -> String {
    let says = failure.outcome.says();
    let Expected::Rows(expected) = &failure.probe.expected else {
        return says;
    };
    if !failure.outcome.state.is_empty() {
        return says;
    }
    let rows = failure.outcome.rows();
    let list = |title: &str, mut keys: Vec<&String>| {
        keys.sort();
        keys.first().map(|first| {
            format!(
                "; {title}: {first}{}",
                if keys.len() > 1 {
                    format!(" and {} more", keys.len() - 1)
                } else {
                    String::new()
                }
            )
        })
    };
    let surplus = list("too much", rows.difference(expected).collect());
    let missing = list("missing", expected.difference(&rows).collect());
    format!(
        "{says}{}{}",
        surplus.unwrap_or_default(),
        missing.unwrap_or_default()
    )
}

fn place_of(context: &ProbeContext<'_>, failure: &Failure) -> Place {
    let policies = context.intent.policies;
    if let Some(object) = &failure.object {
        let granted = policies
            .views
            .iter()
            .chain(&policies.functions)
            .find(|one| {
                let name = crate::sql::qualified(&one.schema, &one.name);
                object.starts_with(&name)
            });
        let table = policies
            .tables
            .iter()
            .find(|table| table.title() == *object);
        if let Some(span) = granted
            .map(|one| &one.span)
            .or(table.map(|table| &table.span))
        {
            return policies.place(span);
        }
    }
    if failure.probe.span.is_empty() {
        return policies.tables.get(failure.probe.table).map_or_else(
            || policies.place(&(0..0)),
            |table| policies.place(&table.span),
        );
    }
    policies.place(&failure.probe.span)
}

/// A view or function that shows too much: why that may be.
fn of_object(context: &ProbeContext<'_>, object: &str) -> String {
    let view = context
        .catalog
        .relations
        .iter()
        .find(|one| one.name.to_string() == object);
    if let Some(view) = view {
        if view.is_table() {
            return format!("table {object}");
        }
        return if view.has_option("security_invoker") {
            format!("view {object}, or what it calls")
        } else {
            format!(
                "view {object}: it runs with the rights of its owner {}, since security_invoker is off",
                view.owner
            )
        };
    }
    let label = object.split('#').next().unwrap_or(object);
    match context
        .catalog
        .functions
        .iter()
        .find(|one| one.label() == label)
    {
        Some(function) if function.security_definer => {
            format!(
                "function {label}: it is security definer and runs with the rights of {}",
                function.owner
            )
        }
        _ => format!("function {label}, or what it calls"),
    }
}

/// Which privilege is missing; `denied` is what the server says after "permission denied", a kind and a name: that of the
/// table, or of something that its policies, functions and triggers use.
fn lacking(denied: &str, role: &str, table: &str, title: &str) -> String {
    match denied.strip_prefix(" for ") {
        Some(what) if what != format!("table {table}") => format!(
            "a privilege that {role}, or whoever acts for it, lacks on {what}, which a policy, function or trigger of {title} uses"
        ),
        _ => format!("a privilege that {role} lacks on {title}"),
    }
}

/// Takes away, or opens, one policy at a time and looks whether the outcome is another.
async fn ablation(
    session: &ProbeSession<'_>,
    context: &ProbeContext<'_>,
    personas: Personas<'_>,
    persona: &Persona,
    rendered: &RenderedPolicies,
    failure: &Failure,
) -> Result<(String, Option<String>)> {
    let table = &context.world.tables[failure.probe.table].name;
    if let Some(relation) = context.catalog.relation(table) {
        if !relation.row_security {
            return Ok((format!("row-level security of {table} is off"), None));
        }
        if persona.owns && !relation.force_row_security {
            return Ok((
                format!("row-level security of {table} is not forced: its owner is not bound"),
                None,
            ));
        }
    }
    if failure.is_leak() && failure.outcome.rows().contains(UNBOUND) {
        let role = &persona.database_role;
        return Ok((format!("role {role}: it bypasses row-level security"), None));
    }
    let is_rights = failure.probe.kind == Kind::SideChannel && failure.probe.after == "?";
    if failure.probe.expected == Expected::RefusedByGrant || is_rights && failure.is_leak() {
        return Ok((
            format!(
                "a privilege that {} has on {table} and the file does not give it",
                persona.database_role
            ),
            None,
        ));
    }
    if let Some(denied) = failure.outcome.message.strip_prefix("permission denied") {
        return Ok((
            lacking(
                denied,
                &persona.database_role,
                &table.name,
                &table.to_string(),
            ),
            None,
        ));
    }
    let leak = failure.is_leak();
    let mut policies: Vec<&Policy> = context
        .catalog
        .policies
        .iter()
        .filter(|one| one.relation == *table)
        .collect();
    // A policy that the file does not know is the first to be suspected, then those of the command itself.
    policies.sort_by_key(|policy| {
        let is_known = rendered.statements.iter().any(|statement| {
            statement.facts.keys().any(|key| {
                key.kind == FactKind::Policy && key.detail == policy.name && key.name == table.name
            })
        });
        let is_of_command = policy.command.to_string() == failure.probe.command.word();
        (is_known, !is_of_command, policy.command)
    });
    let suspect = Suspect {
        session,
        personas,
        persona,
        failure,
        policies: &policies,
        leak,
    };
    suspect.found(&table.to_string()).await
}

/// Statements that show it, whoever runs them.
fn runnable(persona: &Persona, failure: &Failure, rows: &[String]) -> String {
    let (sql, kind) = (failure.probe.sql.as_str(), failure.probe.kind);
    let mut lines = vec!["begin;".to_owned()];
    if !rows.is_empty() {
        lines.push("set local session_replication_role = replica; -- rows without their surroundings, triggers held still".to_owned());
        lines.extend(rows.iter().cloned());
    } else if ![Kind::SideChannel, Kind::Invariant, Kind::Trigger].contains(&kind)
        && !sql.starts_with("select")
    {
        lines.push("set local session_replication_role = replica; -- triggers and foreign keys are another matter".to_owned());
    }
    if !failure.before().is_empty() {
        lines.push(format!(
            "{}; -- a value that the rows made up for the proof do not have",
            failure.before()
        ));
    }
    lines.extend(persona.settings.iter().map(|(key, value)| {
        format!(
            "select set_config({}, {}, true);",
            literal(key),
            literal(value)
        )
    }));
    lines.push(format!(
        "set local role {};",
        identifier(&persona.database_role)
    ));
    lines.push(format!("{sql};"));
    lines.push("rollback;".to_owned());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::lacking;

    #[test]
    fn what_the_server_names_is_to_blame() {
        let said = |denied: &str| lacking(denied, "contact", "tickets", "desk.tickets");
        assert_eq!(
            said(" for table tickets"),
            "a privilege that contact lacks on desk.tickets"
        );
        assert!(said(" for table contacts").contains("lacks on table contacts, which a policy"));
        assert!(said(" for function is_staff").contains("lacks on function is_staff"));
    }
}
