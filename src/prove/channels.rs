//! Views and functions: who may ask them, whether they show or change what their caller may not see or change, and
//! whether others' rows show through.

use std::collections::BTreeSet;

use super::changes;
use super::invariants::{fingerprint, perturbation};
use super::persona::Persona;
use super::persona::Personas;
use super::probe::{
    Channel, Expected, Kind, Outcome, Probe, ProbeContext, channels, definer_functions, may_call,
    rights_outside_tables,
};
use super::probe_session::{CallOptions, ProbeSession};
use super::tally::{Failure, Tally};
use super::worlds::{Ask, worlds};
use crate::error::Result;
use crate::policy::Command;

/// What is asked for everything beyond the tables.
const BEYOND: &str = "rights beyond the tables";

/// What is asked for whose rights are borrowed.
const BORROWED: &str = "whose rights functions and views run with";

/// Asks every view and function as the personas at some positions.
pub(super) async fn run(
    session: &ProbeSession<'_>,
    context: &ProbeContext<'_>,
    personas: Personas<'_>,
    positions: &[usize],
    tenants: &[String],
    prelude: &str,
) -> Result<Tally> {
    let mut tally = Tally::default();
    let policies = context.intent.policies;
    let tenant_column = policies
        .tables
        .iter()
        .find_map(|table| table.tenant.as_deref());
    let mut channels = channels(context, tenant_column);
    channels.retain(|channel| context.chosen.asks(channel));
    let refresh: String = channels
        .iter()
        .filter_map(|one| one.refresh.as_deref())
        .collect();
    let perturb = perturbation(context, tenants);
    let changed = changes::query(context);
    for &position in positions {
        let persona = &personas.all[position];
        let is_compared = persona.is_ordinary
            && persona.context[0].as_ref() == tenants.first()
            && !persona.bypasses;
        let mut asks = asks(context, persona, &channels, position == 0, &changed);
        if is_compared {
            let tables = policies.tables.iter().enumerate();
            for (at, table) in tables.filter(|(at, _)| context.chosen.has(*at)) {
                asks.extend(fingerprint(context, persona, at).map(|sql| Ask {
                    kind: Kind::Invariant,
                    label: table.title(),
                    sql,
                    after: "?".to_owned(),
                    expected: Expected::Passes,
                    is_compared: true,
                    channel: None,
                    is_act: false,
                }));
            }
        }
        if asks.is_empty() {
            continue;
        }
        let is_first_user = !personas.all[..position].iter().any(|other| {
            other.is_ordinary
                && (&other.database_role, &other.context[0], &other.context[2])
                    == (
                        &persona.database_role,
                        &persona.context[0],
                        &persona.context[2],
                    )
        });
        let compared = is_compared.then_some(is_first_user);
        let worlds = worlds(context, persona, compared, &perturb, &asks);
        let befores: Vec<String> = worlds
            .iter()
            .map(|world| in_one(&[&world.before, &refresh]))
            .collect();
        let all = |is_meant: &dyn Fn(&Ask<'_>) -> bool| -> Vec<(&str, &str)> {
            asks.iter()
                .filter(|ask| is_meant(ask))
                .map(|ask| (ask.sql.as_str(), ask.after.as_str()))
                .collect()
        };
        let parts: Vec<_> = worlds
            .iter()
            .zip(&befores)
            .map(|(world, before)| {
                let options = CallOptions {
                    prelude,
                    before,
                    ..CallOptions::default()
                };
                (all(&|ask| world.has(ask)), options)
            })
            .collect();
        let outcomes = session
            .calls(persona, personas.keys, &parts)
            .await
            .map_err(|failure| failure.of_our_own("probing views and functions"))?;
        let Some(plain) = outcomes.first() else {
            continue;
        };
        for (ask, outcome) in asks.iter().zip(plain) {
            tally.count(ask.kind, 1);
            if let Some(says) = ask.complains(context, persona, outcome) {
                tally.failures.push(ask.failure(position, outcome, says));
            }
        }
        for (world, others) in worlds.iter().zip(&outcomes).skip(1) {
            let compared = asks.iter().zip(plain).filter(|(ask, _)| world.has(ask));
            for ((ask, outcome), other) in compared.zip(others) {
                tally.count(Kind::Invariant, 1);
                let is_other = (&other.state, &other.keys) != (&outcome.state, &outcome.keys);
                if is_other && !outcome.is_inconclusive() {
                    let says = Some(world.says.to_owned());
                    tally.failures.push(ask.failure(position, other, says));
                }
            }
        }
    }
    Ok(tally)
}

fn in_one(statements: &[&str]) -> String {
    let statements = statements.concat();
    if statements.is_empty() {
        return statements;
    }
    format!("do $workroom_before$ begin {statements} end $workroom_before$")
}

/// Everything that a persona asks in the plain world.
fn asks<'c>(
    context: &ProbeContext<'_>,
    persona: &Persona,
    channels: &'c [Channel<'c>],
    is_first: bool,
    changed: &str,
) -> Vec<Ask<'c>> {
    let mut asks = Vec::new();
    let plain = |kind, label: &str, sql: &str, expected| Ask {
        kind,
        label: label.to_owned(),
        sql: sql.to_owned(),
        after: "?".to_owned(),
        expected,
        is_compared: false,
        channel: None,
        is_act: false,
    };
    if is_first {
        let (sql, expected) = definer_functions(context);
        asks.push(plain(
            Kind::SideChannel,
            BORROWED,
            &sql,
            Expected::Rows(expected),
        ));
    }
    if persona.leads && !persona.owns {
        let (sql, expected) = rights_outside_tables(context, persona);
        asks.push(plain(
            Kind::SideChannel,
            BEYOND,
            &sql,
            Expected::Rows(expected),
        ));
    }
    for channel in channels {
        if persona.owns || channel.owner == persona.database_role {
            continue;
        }
        let may = match (channel.function, channel.granted) {
            (Some(function), _) => may_call(context, persona, function),
            (None, granted) => granted.is_some_and(|granted| {
                let roles = &context.intent.policies.views[granted].roles;
                persona.holds.iter().any(|role| roles.contains(role))
            }),
        };
        if !may {
            asks.push(plain(
                Kind::SideChannel,
                &channel.label,
                &channel.sql,
                Expected::RefusedByGrant,
            ));
            continue;
        }
        asks.push(Ask {
            is_compared: true,
            channel: Some(channel),
            ..plain(
                Kind::SideChannel,
                &channel.label,
                &channel.sql,
                Expected::Passes,
            )
        });
        if let (Some(sql), false) = (&channel.tenant_sql, persona.bypasses) {
            let own: BTreeSet<String> = persona.context[0].iter().cloned().collect();
            asks.push(plain(
                Kind::Invariant,
                &channel.label,
                sql,
                Expected::Rows(own),
            ));
        }
        if let Some(act) = &channel.act {
            asks.push(Ask {
                after: changed.to_owned(),
                channel: Some(channel),
                is_act: true,
                ..plain(Kind::SideChannel, &channel.label, act, Expected::Passes)
            });
        }
    }
    asks
}

impl Ask<'_> {
    /// What should have been instead; `Some(None)` when the expectation says it.
    #[expect(
        clippy::option_option,
        reason = "nothing to complain of, or nothing to say beyond what was expected"
    )]
    fn complains(
        &self,
        context: &ProbeContext<'_>,
        persona: &Persona,
        outcome: &Outcome,
    ) -> Option<Option<String>> {
        if persona.is_garbled && outcome.state.starts_with("22") {
            return None;
        }
        // It is told apart from what failed later on.
        if outcome.is_inconclusive() {
            return Some(None);
        }
        if let (true, Some(channel)) = (self.is_act, self.channel) {
            return changes::beyond(context, persona, channel, outcome).map(Some);
        }
        let is_met = match &self.expected {
            Expected::Rows(own) if self.kind == Kind::Invariant => {
                outcome.state.is_empty() && outcome.rows().is_subset(own)
            }
            // A function may refuse what it was called with; what counts is that it was let in.
            Expected::Passes => outcome.state != "42501",
            expected => expected.is_met(outcome),
        };
        (!is_met).then_some(None)
    }

    fn failure(&self, persona: usize, outcome: &Outcome, expected: Option<String>) -> Failure {
        Failure {
            persona,
            probe: Probe {
                kind: self.kind,
                table: 0,
                command: Command::Select,
                sql: self.sql.clone(),
                after: self.after.clone(),
                expected: self.expected.clone(),
                row: None,
                span: 0..0,
            },
            outcome: outcome.clone(),
            object: Some(self.label.clone()),
            expected,
            varied: None,
        }
    }
}
