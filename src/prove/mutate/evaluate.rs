//! Conditions as they stand, evaluated by the server for every row of a domain, as somebody.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::combine::applies;
use super::effect::{Bits, Sides, Subject};
use crate::catalog::Policy;
use crate::error::Result;
use crate::prove::persona::Persona;
use crate::prove::persona::Personas;
use crate::prove::probe::{Outcome, ProbeContext};
use crate::prove::probe_session::ProbeSession;
use crate::sql::identifier;

/// Subjects of one round trip.
const SUBJECTS: usize = 100;

/// Evaluates conditions as they stand, as somebody.
pub(super) struct Evaluator<'a> {
    pub(super) session: &'a ProbeSession<'a>,
    pub(super) context: &'a ProbeContext<'a>,
    pub(super) personas: Personas<'a>,
    pub(super) at: usize,
}

impl Evaluator<'_> {
    /// For some subjects, both sides of each policy.
    pub(super) async fn sides(
        &self,
        subjects: &[Subject],
        positions: &[usize],
        policies: &[&Policy],
    ) -> Result<Vec<Vec<Sides>>> {
        let texts: Vec<[String; 2]> = policies.iter().map(|policy| self.queries(policy)).collect();
        let mut all = Vec::new();
        for positions in positions.chunks(SUBJECTS) {
            let parts: Vec<(&Persona, Vec<(&str, &str)>)> = positions
                .iter()
                .map(|number| {
                    let subject = &subjects[*number];
                    let mut statements: Vec<(&str, &str)> = vec![("(select '')", "?")];
                    for (policy, [using, check]) in policies.iter().zip(&texts) {
                        if applies(policy, subject) {
                            statements.push((using.as_str(), "?"));
                            if using != check {
                                statements.push((check.as_str(), "?"));
                            }
                        }
                    }
                    (&subject.persona, statements)
                })
                .collect();
            let outcomes = self
                .session
                .each(self.personas.keys, &self.prelude(), &parts)
                .await
                .map_err(|failure| failure.of_our_own("evaluating conditions"))?;
            for (number, outcomes) in positions.iter().zip(outcomes) {
                let mut outcomes = outcomes.iter().skip(1).map(bits);
                let none = || Rc::new(Ok(String::new()));
                let sides = policies.iter().zip(&texts).map(|(policy, [using, check])| {
                    if !applies(policy, &subjects[*number]) {
                        return [none(), none()];
                    }
                    let first = outcomes.next().unwrap_or_else(none);
                    let second = if using == check {
                        Rc::clone(&first)
                    } else {
                        outcomes.next().unwrap_or_else(none)
                    };
                    [first, second]
                });
                all.push(sides.collect());
            }
        }
        Ok(all)
    }

    fn queries(&self, policy: &Policy) -> [String; 2] {
        let at = self.at;
        let table = &self.context.world.tables[at].name;
        let alias = identifier(&table.name);
        let query = |text: Option<&String>| {
            let text = text.map_or("true", String::as_str);
            let domain = format!("pg_temp.workroom_domain_{at}");
            // A function that takes the whole row takes one of the table's own type.
            let rows = if text.contains(&format!("{alias}.*")) {
                format!(
                    "(select workroom_at, pg_catalog.to_jsonb(one) as workroom_row from {domain} as one) as workroom_rows \
                     cross join lateral pg_catalog.jsonb_populate_record(null::{table}, workroom_row) as {alias}"
                )
            } else {
                format!("{domain} as {alias}")
            };
            format!(
                "(select string_agg(case ({text}) when true then 't' when false then 'f' else 'n' end, '' order by workroom_at) \
                 from {rows})"
            )
        };
        [
            query(policy.using.as_ref().or(policy.check.as_ref())),
            query(policy.check.as_ref().or(policy.using.as_ref())),
        ]
    }

    /// A policy has found its functions already; whoever writes their names has to be let into their schemas.
    fn prelude(&self) -> String {
        let functions = self.context.catalog.functions.iter();
        let mut schemas: BTreeSet<&String> = functions.map(|one| &one.name.schema).collect();
        schemas.extend(&self.context.intent.policies.schemas);
        let schemas: Vec<String> = schemas.into_iter().map(|name| identifier(name)).collect();
        format!("grant usage on schema {} to public;", schemas.join(", "))
    }
}

fn bits(outcome: &Outcome) -> Rc<Bits> {
    Rc::new(if outcome.state.is_empty() {
        Ok(outcome.keys.clone().unwrap_or_default())
    } else {
        Err(format!("{} ({})", outcome.message, outcome.state))
    })
}
