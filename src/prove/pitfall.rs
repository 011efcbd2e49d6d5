//! Which pitfall of row-level security a failed probe shows, where that can be known: the numbers that lint checks name, too.

use super::persona::Persona;
use super::probe::{Kind, Outcome, ProbeContext, UNBOUND};
use super::tally::Failure;
use crate::catalog::{ConstraintKind, RelationKind};
use crate::policy::Command;

/// The pitfall that a failure shows.
pub(super) fn pitfall(
    context: &ProbeContext<'_>,
    persona: &Persona,
    failure: &Failure,
) -> Option<&'static str> {
    if failure.probe.kind == Kind::Escalation {
        return Some("P18");
    }
    let is_of_table = failure.object.is_none() || failure.probe.kind == Kind::Invariant;
    if let Some(found) = of_switches(context, failure).filter(|_| is_of_table) {
        return Some(found);
    }
    match &failure.object {
        Some(object) => of_object(context, failure, object),
        None => of_table(context, persona, failure),
    }
}

/// Row security is off, or does not bind.
fn of_switches(context: &ProbeContext<'_>, failure: &Failure) -> Option<&'static str> {
    let table = &context.world.tables[failure.probe.table].name;
    let relation = context.catalog.relation(table)?;
    let policies = &context.catalog.policies;
    if !relation.row_security {
        let has_policies = policies.iter().any(|one| one.relation == *table);
        return Some(if has_policies { "P02" } else { "P01" });
    }
    if !failure.outcome.rows().contains(UNBOUND) {
        return None;
    }
    Some(if relation.force_row_security {
        "P04"
    } else {
        "P03"
    })
}

fn of_table(
    context: &ProbeContext<'_>,
    persona: &Persona,
    failure: &Failure,
) -> Option<&'static str> {
    let (kind, command) = (failure.probe.kind, failure.probe.command);
    let outcome = &failure.outcome;
    if kind == Kind::SideChannel {
        let surplus = surplus(failure);
        let beside = ["truncate", "references", "trigger", "maintain"];
        if surplus.iter().any(|one| beside.contains(&one.as_str()))
            || failure.probe.sql.starts_with("truncate")
        {
            return Some("P28");
        }
        if !surplus.is_empty() {
            // What everybody was given shows where nobody should have anything.
            let is_stranger = persona.holds.is_empty();
            return Some(if is_stranger { "P01" } else { "P28" });
        }
        return failure
            .probe
            .sql
            .starts_with("select count(*) from")
            .then_some("P36");
    }
    if !failure.is_leak() {
        return of_refusal(context, failure);
    }
    let says = failure.expected.as_deref().unwrap_or_default();
    let settings = &context.intent.policies.context;
    let is_anonymous = persona.context[0].is_none() && settings.tenant.is_some()
        || persona.context[1].is_none() && settings.user.is_some();
    if says.contains("(I1)") || is_anonymous && !is_by_grant(failure) {
        return Some("P16");
    }
    if is_by_grant(failure) {
        return Some("P28");
    }
    if kind != Kind::Select && is_floored(context, failure) && !has_floor_for(context, failure) {
        return Some("P10");
    }
    match (kind, command) {
        (Kind::Blind, Command::Delete) => Some("P27"),
        // What everybody was given shows where nobody should have anything.
        (Kind::Select, _) if persona.holds.is_empty() => Some("P01"),
        (Kind::Select, _) => Some(if is_floored(context, failure) {
            "P17"
        } else {
            "P09"
        }),
        (Kind::Insert | Kind::CrossInsert | Kind::Move | Kind::Blind, _) => {
            let several = context.catalog.policies.iter().filter(|one| {
                one.relation == context.world.tables[failure.probe.table].name
                    && one.permissive
                    && one.command.to_string().eq_ignore_ascii_case(command.word())
            });
            Some(if command == Command::Update && several.count() > 1 {
                "P13"
            } else {
                "P14"
            })
        }
        (Kind::Conflict, _) => Some("P24"),
        _ => outcome.state.is_empty().then_some("P12"),
    }
}

/// Less happened than may.
fn of_refusal(context: &ProbeContext<'_>, failure: &Failure) -> Option<&'static str> {
    let outcome = &failure.outcome;
    match outcome.state.as_str() {
        "42P17" | "54001" => return Some("P39"),
        "22P02" | "42704" => return Some("P51"),
        _ => {}
    }
    let table = &context.world.tables[failure.probe.table].name;
    let command = failure.probe.command.word();
    let has_policy = context.catalog.policies.iter().any(|one| {
        let of = one.command.to_string();
        one.relation == *table
            && one.permissive
            && (of.eq_ignore_ascii_case(command) || of.eq_ignore_ascii_case("all"))
    });
    if !has_policy {
        return Some("P06");
    }
    let at = failure.probe.table;
    match failure.probe.kind {
        Kind::Select if context.hints.folded.iter().any(|(of, _)| *of == at) => Some("P20"),
        Kind::Insert if failure.probe.sql.contains(" returning ") => Some("P22"),
        Kind::Update | Kind::Move if is_refused(outcome) => Some("P23"),
        _ => None,
    }
}

fn is_refused(outcome: &Outcome) -> bool {
    outcome.state == "42501" && !outcome.message.starts_with("permission denied")
}

fn is_by_grant(failure: &Failure) -> bool {
    failure.probe.expected == super::probe::Expected::RefusedByGrant
}

/// Whether a restrictive policy on the tenant stands in the way of other tenants' rows.
fn is_floored(context: &ProbeContext<'_>, failure: &Failure) -> bool {
    let table = &context.world.tables[failure.probe.table].name;
    let mut policies = context.catalog.policies.iter();
    policies.any(|one| one.relation == *table && !one.permissive)
}

/// Whether one of them is for the probe's command.
fn has_floor_for(context: &ProbeContext<'_>, failure: &Failure) -> bool {
    let table = &context.world.tables[failure.probe.table].name;
    let command = failure.probe.command.word();
    let mut policies = context.catalog.policies.iter();
    policies.any(|one| {
        let of = one.command.to_string();
        one.relation == *table
            && !one.permissive
            && (of.eq_ignore_ascii_case(command) || of.eq_ignore_ascii_case("all"))
    })
}

fn of_object(context: &ProbeContext<'_>, failure: &Failure, object: &str) -> Option<&'static str> {
    let surplus = surplus(failure);
    let has = |start: &str| surplus.iter().any(|one| one.starts_with(start));
    if has("become pg_") {
        return Some("P48");
    }
    if has("become ") {
        return Some("P05");
    }
    if has("act as owner") {
        return Some("P03");
    }
    if has("read sequence") {
        return Some("P42");
    }
    if has("create in schema") {
        return Some("P34");
    }
    if has("execute ") {
        return Some("P33");
    }
    let says = failure.expected.as_deref().unwrap_or_default();
    if says.contains("(I4") {
        let is_narrow = is_floored(context, failure);
        return Some(if is_narrow { "P10" } else { "P09" });
    }
    let relation = surplus
        .iter()
        .filter_map(|one| one.split_once(' '))
        .map(|(_, name)| name)
        .chain([object])
        .find_map(|name| {
            let plain = |one: &crate::catalog::Relation| {
                one.name.to_string() == name
                    || format!("{}.{}", one.name.schema, one.name.name) == name
            };
            context.catalog.relations.iter().find(|one| plain(one))
        });
    if let Some(relation) = relation {
        return match relation.kind {
            RelationKind::MaterializedView => Some("P32"),
            RelationKind::ForeignTable => Some("P37"),
            RelationKind::View if has("update ") || has("insert ") || has("delete ") => Some("P31"),
            RelationKind::View => Some("P30"),
            RelationKind::Table | RelationKind::PartitionedTable if !relation.row_security => {
                Some(if relation.partition_of.is_some() {
                    "P36"
                } else {
                    "P07"
                })
            }
            _ => None,
        };
    }
    if has("") && object.starts_with("whose rights") {
        let is_view = surplus.iter().any(|one| one.ends_with(" as its owner"));
        return Some(if is_view { "P30" } else { "P33" });
    }
    let key = context
        .catalog
        .constraints
        .iter()
        .find(|one| one.name == object);
    match key.map(|one| one.kind) {
        Some(ConstraintKind::ForeignKey) => Some("P40"),
        Some(ConstraintKind::Unique | ConstraintKind::Exclusion | ConstraintKind::PrimaryKey) => {
            Some("P41")
        }
        _ if context
            .catalog
            .indexes
            .iter()
            .any(|one| one.name.name == object) =>
        {
            Some("P41")
        }
        _ => object.contains('(').then_some("P33"),
    }
}

/// What there is and should not be.
fn surplus(failure: &Failure) -> Vec<String> {
    let super::probe::Expected::Rows(expected) = &failure.probe.expected else {
        return Vec::new();
    };
    failure
        .outcome
        .rows()
        .difference(expected)
        .cloned()
        .collect()
}
