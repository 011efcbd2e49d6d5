//! Writes as they happen, with triggers at work: what policies allow must not fail in a trigger for want of a privilege,
//! and a trigger must neither change what its writer and its owner may not change, nor copy what policies hide to where
//! somebody reads it who may not.

use std::collections::BTreeSet;

use super::changes;
use super::persona::{Persona, Personas};
use super::probe::{Expected, Kind, Outcome, Probe, ProbeContext, is_accepted, lent, marked};
use super::probe_session::{CallOptions, ProbeSession, statements};
use super::tally::{Failure, Tally};
use super::untried;
use super::world::Row;
use crate::catalog::{Function, Trigger, TriggerEnabled};
use crate::error::Result;
use crate::policy::{AcceptEntry, Command};
use crate::sql::identifier;

/// Writes of one kind by one persona to one table.
const MOST: usize = 6;

/// A text that nothing else has in it.
const MARKER: &str = "workroom-marked-text";

/// Makes allowed writes to tables with triggers, as everybody.
pub(super) async fn run(
    session: &ProbeSession<'_>,
    context: &ProbeContext<'_>,
    personas: Personas<'_>,
) -> Result<Tally> {
    let mut tally = Tally::default();
    let after = changes::query(context);
    let tables = 0..context.intent.policies.tables.len();
    for at in tables.filter(|at| context.chosen.has(*at)) {
        let triggers = of_table(context, at);
        if triggers.is_empty() {
            continue;
        }
        // Where no setting holds them still, they are switched off.
        let prelude = if session.holds_still {
            String::new()
        } else {
            let name = &context.world.tables[at].name;
            format!("alter table {name} enable trigger user;")
        };
        for (position, persona) in personas.all.iter().enumerate() {
            if !persona.is_ordinary || persona.bypasses || persona.owns {
                continue;
            }
            let writes = writes(context, persona, at, &after);
            if writes.is_empty() {
                continue;
            }
            let options = CallOptions {
                prelude: &prelude,
                with_triggers: true,
                ..CallOptions::default()
            };
            let outcomes = session
                .call(persona, personas.keys, &statements(&writes), options)
                .await
                .map_err(|failure| failure.of_our_own("writing with triggers at work"))?;
            tally.count(Kind::Trigger, writes.len());
            for (write, outcome) in writes.iter().zip(&outcomes) {
                let asked = Asked {
                    context,
                    personas,
                    persona,
                    at,
                    triggers: &triggers,
                };
                tally
                    .failures
                    .extend(asked.complaint(outcome).map(|expected| Failure {
                        persona: position,
                        probe: write.clone(),
                        outcome: outcome.clone(),
                        object: Some(context.world.tables[at].name.to_string()),
                        expected: Some(expected),
                        varied: None,
                    }));
            }
        }
    }
    Ok(tally)
}

/// The triggers of a table that fire, with their functions.
fn of_table<'c>(context: &ProbeContext<'c>, at: usize) -> Vec<(&'c Trigger, Option<&'c Function>)> {
    let catalog = context.catalog;
    let name = &context.world.tables[at].name;
    let triggers = catalog.triggers.iter().filter(|one| {
        one.relation == *name
            && matches!(one.enabled, TriggerEnabled::Origin | TriggerEnabled::Always)
    });
    let function = |one: &Trigger| catalog.functions.iter().find(|it| it.name == one.function);
    triggers.map(|one| (one, function(one))).collect()
}

/// Writes that policies allow: some of each kind, and such as leave a mark that can be found again.
fn writes(context: &ProbeContext<'_>, persona: &Persona, at: usize, after: &str) -> Vec<Probe> {
    let mut all = marked(context, persona, at, MARKER);
    let plain = context.probes(persona, at);
    for kind in [Kind::Update, Kind::Move, Kind::Delete] {
        let of_kind = plain.iter().filter(|one| one.kind == kind);
        all.extend(of_kind.cloned());
    }
    let is_allowed = |one: &Probe| match &one.expected {
        Expected::Passes => true,
        Expected::Touches(count) => *count > 0,
        Expected::Rows(rows) => !rows.is_empty(),
        _ => false,
    };
    let mut kept: Vec<Probe> = Vec::new();
    for write in all.into_iter().filter(is_allowed) {
        let same = kept.iter().filter(|one| one.command == write.command);
        let has_marker = write.sql.contains(MARKER);
        if !has_marker && same.count() >= MOST {
            continue;
        }
        kept.push(Probe {
            kind: Kind::Trigger,
            after: after.to_owned(),
            ..write
        });
    }
    kept
}

struct Asked<'a> {
    context: &'a ProbeContext<'a>,
    personas: Personas<'a>,
    persona: &'a Persona,
    at: usize,
    triggers: &'a [(&'a Trigger, Option<&'a Function>)],
}

impl Asked<'_> {
    /// What should have been instead, in words.
    fn complaint(&self, outcome: &Outcome) -> Option<String> {
        let names: Vec<String> = self
            .triggers
            .iter()
            .map(|(one, _)| format!("{} ({})", identifier(&one.name), one.function))
            .collect();
        let names = names.join(", ");
        let title = &self.context.world.tables[self.at].name;
        // What a trigger raises or a constraint refuses are rules of their own; that it may not, or finds nothing, is none.
        if outcome.state.starts_with("42") {
            return Some(format!(
                "what policies allow goes through with the triggers of {title} at work: {names}"
            ));
        }
        if !outcome.state.is_empty() {
            return None;
        }
        let (says, to) = self.beyond(outcome).or_else(|| self.copied(outcome))?;
        let how = self.how_to_accept(to)?;
        Some(format!(
            "{says} with the triggers of {title} at work: {names} ({how})"
        ))
    }

    /// A row of another table that neither the writer nor the owner of a trigger's function may write or remove.
    fn beyond(&self, outcome: &Outcome) -> Option<(String, usize)> {
        let definers = self.triggers.iter().filter_map(|(_, function)| *function);
        let definers = definers.filter(|one| one.security_definer);
        if definers.clone().any(|one| is_accepted(self.context, one)) {
            return None;
        }
        let lenders: Vec<Persona> = definers
            .filter_map(|one| lent(self.context, self.persona, &one.owner))
            .collect();
        let actors: Vec<&Persona> = std::iter::once(self.persona).chain(&lenders).collect();
        changes::of_others(self.context, &actors, self.at, outcome)
    }

    /// A row of another table with the marker in it that somebody reads who may not read it where it was written.
    fn copied(&self, outcome: &Outcome) -> Option<(String, usize)> {
        let (intent, world) = (self.context.intent, self.context.world);
        let rows = changes::rows(outcome);
        let holds = |row: &Row| -> Vec<usize> {
            let columns = row.iter().enumerate();
            let marked =
                columns.filter(|(_, value)| value.as_ref().is_some_and(|one| one.contains(MARKER)));
            marked.map(|(column, _)| column).collect()
        };
        let reads = |somebody: &Persona, at: usize, row: &Row| {
            let mut columns = holds(row).into_iter();
            intent.sees(world, somebody, at, row)
                && columns
                    .any(|column| intent.may_use(world, somebody, at, Command::Select, column))
        };
        let (written, others): (Vec<_>, Vec<_>) = rows.iter().partition(|(at, _)| *at == self.at);
        let others = others.into_iter().filter(|(_, row)| !holds(row).is_empty());
        for (at, row) in others {
            let readers = self
                .personas
                .all
                .iter()
                .filter(|one| one.is_ordinary && !one.bypasses);
            let mut readers = readers.filter(|one| !intent.is_open(one, *at, Command::Select));
            let reader = readers.find(|one| {
                reads(one, *at, row) && !written.iter().any(|(of, row)| reads(one, *of, row))
            });
            if let Some(reader) = reader {
                let says = format!(
                    "{} does not read in {} what it may not read where it was written",
                    reader.name, world.tables[*at].name
                );
                return Some((says, *at));
            }
        }
        None
    }

    fn how_to_accept(&self, to: usize) -> Option<String> {
        let name = |at: usize| &self.context.world.tables[at].name;
        let id = format!("trigger:{} {}", name(self.at), name(to));
        let texts: BTreeSet<String> = self
            .triggers
            .iter()
            .map(|(one, function)| {
                let body = function.and_then(|one| one.definition.clone());
                format!("{} {}", one.definition, body.unwrap_or_default())
            })
            .collect();
        let texts = Vec::from_iter(texts).join("\n");
        let print = AcceptEntry::print_of(&texts);
        untried::how_to_accept(self.context.intent.policies, &id, &print)
    }
}
