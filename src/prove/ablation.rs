//! Which policy is to blame: each is taken away or opened, alone and then two together, until the outcome is another.

use super::persona::Persona;
use super::persona::Personas;
use super::probe::Outcome;
use super::probe_session::{CallOptions, ProbeSession};
use super::tally::Failure;
use crate::catalog::{Policy, PolicyCommand};
use crate::error::Result;
use crate::sql::identifier;

/// Policies that are tried two at a time.
const MOST: usize = 12;

/// A failure and the policies that might be responsible, likely ones first.
pub(super) struct Suspect<'a> {
    pub(super) session: &'a ProbeSession<'a>,
    pub(super) personas: Personas<'a>,
    pub(super) persona: &'a Persona,
    pub(super) failure: &'a Failure,
    pub(super) policies: &'a [&'a Policy],
    /// Whether more happened than may.
    pub(super) leak: bool,
}

impl Suspect<'_> {
    /// The policies that are responsible, in words, and the name of the first.
    pub(super) async fn found(&self, table: &str) -> Result<(String, Option<String>)> {
        // A leak is let in by a permissive policy; what is refused is kept out by any.
        let candidates: Vec<&Policy> = self
            .policies
            .iter()
            .copied()
            .filter(|policy| !self.leak || policy.permissive)
            .collect();
        let how = if self.leak {
            ("without it", "without both")
        } else {
            (
                "with `true` in its place",
                "with `true` in the place of both",
            )
        };
        for policy in &candidates {
            if self.is_other(&[policy]).await {
                let name = identifier(&policy.name);
                let says = format!(
                    "policy {name} on {table} ({} the outcome is another)",
                    how.0
                );
                return Ok((says, Some(policy.name.clone())));
            }
        }
        let few = &candidates[..candidates.len().min(MOST)];
        for (at, one) in few.iter().enumerate() {
            for other in &few[at + 1..] {
                if self.is_other(&[one, other]).await {
                    let says = format!(
                        "policies {} and {} on {table} ({} the outcome is another)",
                        identifier(&one.name),
                        identifier(&other.name),
                        how.1
                    );
                    return Ok((says, Some(one.name.clone())));
                }
            }
        }
        let says = if self.leak {
            format!("no policy or two: several on {table} allow it, or none is asked")
        } else {
            format!("no policy on {table} allows it")
        };
        Ok((says, None))
    }

    async fn is_other(&self, policies: &[&&Policy]) -> bool {
        let prelude: String = policies
            .iter()
            .map(|policy| {
                if self.leak {
                    let name = identifier(&policy.name);
                    format!("drop policy {name} on {};", policy.relation)
                } else {
                    opened(policy)
                }
            })
            .collect();
        let probe = &self.failure.probe;
        let statement = [(probe.sql.as_str(), probe.after.as_str())];
        let options = CallOptions {
            prelude: &prelude,
            before: self.failure.before(),
            ..CallOptions::default()
        };
        let outcomes = self
            .session
            .call(self.persona, self.personas.keys, &statement, options)
            .await;
        let other = outcomes
            .ok()
            .and_then(|outcomes| outcomes.into_iter().next());
        other.is_some_and(|other| differs(&other, &self.failure.outcome))
    }
}

fn differs(one: &Outcome, other: &Outcome) -> bool {
    (&one.state, one.touched, &one.keys) != (&other.state, other.touched, &other.keys)
}

/// The policy with `true` for its conditions.
fn opened(policy: &Policy) -> String {
    let mut sql = format!(
        "alter policy {} on {}",
        identifier(&policy.name),
        policy.relation
    );
    if policy.command != PolicyCommand::Insert {
        sql.push_str(" using (true)");
    }
    if matches!(
        policy.command,
        PolicyCommand::Insert | PolicyCommand::Update | PolicyCommand::All
    ) {
        sql.push_str(" with check (true)");
    }
    sql.push(';');
    sql
}
