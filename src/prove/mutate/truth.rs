//! What a broken policy comes to: for everybody, every command and every row of a bounded domain (the fixture's rows,
//! and those with one or two of the values changed that conditions read), whether the policies together let it pass.
//! The conditions are evaluated as they stand in the catalog, by the server, as whoever is meant.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::combine::{Open, applies, held_by, passes, unknown};
use super::effect::{Effect, Evaluated, SLOTS, Sides, Spot, Subject};
use super::evaluate::Evaluator;
use super::operators::Change;
use crate::catalog::Policy;
use crate::error::Result;
use crate::policy::RoleKind;
use crate::prove::persona::Persona;
use crate::prove::persona::Personas;
use crate::prove::probe::{ProbeContext, lent, values};
use crate::prove::probe_session::ProbeSession;
use crate::prove::world::{Row, value_sql};
use crate::sql::identifier;

/// Rows of a domain.
const MOST: usize = 400;

/// What all policies of a table come to for a subject.
type OfTable = Rc<Vec<Sides>>;

/// The rows that conditions of a table are evaluated for.
pub(super) struct Domain {
    pub(super) rows: Vec<Row>,
    /// The columns that make the difference.
    pub(super) columns: Vec<usize>,
}

/// What is known already.
#[derive(Default)]
pub(super) struct Truth {
    domains: RefCell<HashMap<usize, Rc<Domain>>>,
    sides: RefCell<HashMap<(usize, usize), OfTable>>,
}

impl Truth {
    /// Everybody as whom conditions are evaluated: the personas, and the roles that lend their rights, in every session.
    pub(super) fn subjects(context: &ProbeContext<'_>, personas: Personas<'_>) -> Vec<Subject> {
        let roles = &context.intent.policies.roles;
        let closure = |persona: &Persona| -> BTreeSet<String> {
            let held = persona.holds.iter().chain(&persona.acts_as);
            let held = held
                .filter(|role| roles[**role].kind != RoleKind::Application || !persona.is_shared);
            held.map(|role| roles[*role].database_role.clone())
                .chain([persona.database_role.clone()])
                .collect()
        };
        let mut subjects: Vec<Subject> = Vec::new();
        for (position, persona) in personas.all.iter().enumerate() {
            if !persona.bypasses {
                subjects.push(Subject {
                    roles: closure(persona),
                    persona: persona.clone(),
                    position: Some(position),
                });
            }
        }
        let mut sessions: BTreeSet<Vec<(String, String)>> = BTreeSet::new();
        for persona in personas.all {
            if !sessions.insert(persona.settings.clone()) {
                continue;
            }
            for role in roles.iter().filter(|role| role.kind == RoleKind::Definer) {
                if let Some(mut persona) = lent(context, persona, &role.database_role) {
                    persona.name =
                        format!("a function of {} called by {}", role.name, persona.name);
                    subjects.push(Subject {
                        roles: BTreeSet::from([role.database_role.clone()]),
                        persona,
                        position: None,
                    });
                }
            }
        }
        subjects
    }

    /// The rows for which the conditions of a table are evaluated.
    pub(super) fn domain(&self, context: &ProbeContext<'_>, at: usize) -> Rc<Domain> {
        if let Some(known) = self.domains.borrow().get(&at) {
            return Rc::clone(known);
        }
        let table = &context.world.tables[at];
        let policies = context
            .catalog
            .policies
            .iter()
            .filter(|one| one.relation == table.name);
        let texts: String = policies
            .flat_map(|one| one.using.iter().chain(&one.check).cloned())
            .collect();
        let columns: Vec<usize> = (0..table.columns.len())
            .filter(|column| {
                let key = (at, *column);
                let hints = context.hints;
                hints.read.contains(&key)
                    || hints.tenants.contains(&key)
                    || hints.users.contains(&key)
                    || texts.contains(&table.columns[*column].name)
            })
            .collect();
        let mut rows: Vec<Row> = Vec::new();
        let mut known: BTreeSet<Vec<Option<String>>> = BTreeSet::new();
        let mut add = |row: &Row| {
            let part: Vec<_> = columns.iter().map(|column| row[*column].clone()).collect();
            if rows.len() < MOST && known.insert(part) {
                rows.push(row.clone());
            }
        };
        table.rows.iter().for_each(&mut add);
        let changed = |row: &Row| -> Vec<Row> {
            let all = columns.iter().flat_map(|column| {
                values(context, at, *column)
                    .into_iter()
                    .map(move |value| (*column, value))
            });
            all.map(|(column, value)| {
                let mut other = row.clone();
                other[column] = value;
                other
            })
            .collect()
        };
        for row in &table.rows {
            changed(row).iter().for_each(&mut add);
        }
        for row in table.rows.iter().take(2) {
            for other in changed(row) {
                changed(&other).iter().for_each(&mut add);
            }
        }
        let domain = Rc::new(Domain { rows, columns });
        self.domains.borrow_mut().insert(at, Rc::clone(&domain));
        domain
    }

    /// What a broken policy comes to for the subjects.
    pub(super) async fn effect(
        &self,
        session: &ProbeSession<'_>,
        context: &ProbeContext<'_>,
        personas: Personas<'_>,
        subjects: &[Subject],
        at: usize,
        change: &Change,
    ) -> Result<Effect> {
        let domain = self.domain(context, at);
        let table = &context.world.tables[at];
        self.lay_out(session, context, at, &domain).await?;
        let policies: Vec<&Policy> = context
            .catalog
            .policies
            .iter()
            .filter(|one| one.relation == table.name)
            .collect();
        let mut own_differs = false;
        let mut spots = Vec::new();
        let mut maskers: BTreeSet<String> = BTreeSet::new();
        let mut is_latent = false;
        let binds = |one: &Option<Policy>, subject: &Subject| {
            one.as_ref().is_some_and(|one| applies(one, subject))
        };
        let bound: Vec<usize> = (0..subjects.len())
            .filter(|at| {
                let subject = &subjects[*at];
                binds(&change.before, subject) || binds(&change.after, subject)
            })
            .collect();
        let unknown_yet: Vec<usize> = bound
            .iter()
            .copied()
            .filter(|number| !self.sides.borrow().contains_key(&(at, *number)))
            .collect();
        let evaluator = Evaluator {
            session,
            context,
            personas,
            at,
        };
        let found = evaluator.sides(subjects, &unknown_yet, &policies).await?;
        for (number, sides) in unknown_yet.into_iter().zip(found) {
            self.sides.borrow_mut().insert((at, number), Rc::new(sides));
        }
        let new: Vec<&Policy> = change.after.iter().collect();
        let changed = evaluator.sides(subjects, &bound, &new).await?;
        for (number, changed) in bound.into_iter().zip(changed) {
            let subject = &subjects[number];
            let Some(sides) = self.sides.borrow().get(&(at, number)).cloned() else {
                continue;
            };
            let before: Evaluated<'_> = policies
                .iter()
                .copied()
                .zip(sides.iter().cloned())
                .collect();
            let mut after: Evaluated<'_> = before
                .iter()
                .filter(|(policy, _)| {
                    change
                        .before
                        .as_ref()
                        .is_none_or(|one| one.name != policy.name)
                })
                .cloned()
                .collect();
            let mut own = [None, None];
            if let Some(one) = &change.before {
                own[0] = before
                    .iter()
                    .find(|(policy, _)| policy.name == one.name)
                    .cloned();
            }
            if let (Some(policy), Some(new)) = (&change.after, changed.into_iter().next()) {
                after.push((policy, new.clone()));
                own[1] = Some((policy, new));
            }
            if let Some(error) = after
                .iter()
                .chain(&before)
                .find_map(|(_, sides)| unknown(sides))
            {
                return Ok(Effect::Unknown(format!(
                    "{}: {error}",
                    subject.persona.name
                )));
            }
            let count = domain.rows.len();
            let alone = |one: &Option<(&Policy, Sides)>| {
                let list: Evaluated<'_> = one.iter().cloned().collect();
                let kinds = one.as_ref().map(|(policy, _)| policy.permissive);
                (kinds, passes(&list, subject, count, Open::No))
            };
            // A restrictive policy is told from none by what it does to what is open.
            let opened = |one: &Option<(&Policy, Sides)>| {
                let list: Evaluated<'_> = one.iter().cloned().collect();
                passes(&list, subject, count, Open::Unless)
            };
            if alone(&own[0]).1 != alone(&own[1]).1 || opened(&own[0]) != opened(&own[1]) {
                own_differs = true;
            } else {
                continue;
            }
            let (one, two) = (
                passes(&before, subject, count, Open::No),
                passes(&after, subject, count, Open::No),
            );
            for slot in 0..SLOTS.len() {
                let row = (0..count).find(|row| one[slot][*row] != two[slot][*row]);
                spots.extend(row.map(|row| Spot {
                    subject: number,
                    slot,
                    row,
                }));
            }
            if one == two {
                maskers.extend(held_by(change, &before, &after, subject, count));
                is_latent = is_latent
                    || passes(&before, subject, count, Open::Yes)
                        != passes(&after, subject, count, Open::Yes);
            }
        }
        Ok(if !spots.is_empty() {
            Effect::Differs(spots)
        } else if !own_differs {
            Effect::Same
        } else if !maskers.is_empty() {
            Effect::Masked(maskers.into_iter().collect())
        } else if is_latent {
            Effect::Latent
        } else {
            Effect::Same
        })
    }

    /// Puts the domain into a table of the session's own.
    async fn lay_out(
        &self,
        session: &ProbeSession<'_>,
        context: &ProbeContext<'_>,
        at: usize,
        domain: &Domain,
    ) -> Result<()> {
        if !session.tables.borrow_mut().insert(at) {
            return Ok(());
        }
        let table = &context.world.tables[at];
        let rows: Vec<String> = domain
            .rows
            .iter()
            .enumerate()
            .map(|(number, row)| {
                let values: Vec<String> = row
                    .iter()
                    .map(|value| value_sql(value.as_deref()))
                    .collect();
                format!("({}, {number})", values.join(", "))
            })
            .collect();
        let columns: Vec<String> = table
            .columns
            .iter()
            .map(|column| identifier(&column.name))
            .collect();
        let sql = format!(
            "create temporary table workroom_domain_{at} (like {}); \
             alter table pg_temp.workroom_domain_{at} add column workroom_at integer; \
             insert into pg_temp.workroom_domain_{at} ({}, workroom_at) values {}; \
             grant select on pg_temp.workroom_domain_{at} to public;",
            table.name,
            columns.join(", "),
            rows.join(", ")
        );
        session.inner.run("laying out rows", &sql).await.map(drop)
    }
}
