//! What a broken policy comes to: for everybody, every command and every row of a bounded domain (the fixture's rows,
//! and those with one or two of the values changed that conditions read), whether the policies together let it pass.
//! The conditions are evaluated as they stand in the catalog, by the server, as whoever is meant.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::operators::Change;
use crate::catalog::{Grantee, Policy, PolicyCommand};
use crate::error::Result;
use crate::policy::model::{Command, RoleKind};
use crate::policy::prove::persona::Persona;
use crate::policy::prove::probe::{Outcome, Scene, lent, values};
use crate::policy::prove::run::Cast;
use crate::policy::prove::stage::{Manner, Stage};
use crate::policy::prove::world::{Row, value_sql};
use crate::sql::identifier;

/// Rows of a domain.
const MOST: usize = 400;

/// Somebody as whom conditions are evaluated.
#[derive(Clone)]
pub(super) struct Subject {
    pub(super) persona: Persona,
    /// The index of the persona; none for a role that lends its rights to functions.
    pub(super) position: Option<usize>,
    /// The roles whose policies bind it.
    roles: BTreeSet<String>,
}

/// For each row of a domain: `t`, `f`, or `n` for null; or the error that ended it.
type Bits = Result<String, String>;

/// A condition's two sides: for rows as they are found, and as they are left.
type Sides = [Rc<Bits>; 2];

/// The rows that conditions of a table are evaluated for.
pub(super) struct Domain {
    pub(super) rows: Vec<Row>,
    /// The columns that make the difference.
    pub(super) columns: Vec<usize>,
}

/// Where an effect shows: who, which state of which command, which row of the domain.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub(super) subject: usize,
    pub(super) slot: usize,
    pub(super) row: usize,
}

/// What a broken policy comes to.
pub(super) enum Effect {
    /// The condition itself comes to the same for everybody.
    Same,
    /// The condition does not, but all policies together do; why.
    Masked(Vec<String>),
    /// It shows nowhere now, and would if somebody else were let in by another policy.
    Latent,
    /// It makes a difference here.
    Differs(Vec<Spot>),
    /// A condition could not be evaluated, by an error that is no answer.
    Unknown(String),
}

/// The five decisions that policies take.
pub(super) const SLOTS: [(Command, &str); 5] = [
    (Command::Select, "select"),
    (Command::Insert, "insert"),
    (Command::Update, "update (rows found)"),
    (Command::Update, "update (rows left)"),
    (Command::Delete, "delete"),
];

/// What is known already.
#[derive(Default)]
pub(super) struct Truth {
    domains: RefCell<HashMap<usize, Rc<Domain>>>,
    sides: RefCell<HashMap<(usize, usize), Rc<Vec<Sides>>>>,
}

/// Policies with what their conditions come to for somebody.
type Evaluated<'p> = Vec<(&'p Policy, Sides)>;

impl Truth {
    /// Everybody as whom conditions are evaluated: the personas, and the roles that lend their rights, in every session.
    pub(super) fn subjects(scene: &Scene<'_>, cast: Cast<'_>) -> Vec<Subject> {
        let roles = &scene.intent.policies.roles;
        let closure = |persona: &Persona| -> BTreeSet<String> {
            let held = persona.holds.iter().chain(&persona.acts_as);
            let held = held
                .filter(|role| roles[**role].kind != RoleKind::Application || !persona.is_shared);
            held.map(|role| roles[*role].database_role.clone())
                .chain([persona.database_role.clone()])
                .collect()
        };
        let mut subjects: Vec<Subject> = Vec::new();
        for (position, persona) in cast.personas.iter().enumerate() {
            if !persona.bypasses {
                subjects.push(Subject {
                    roles: closure(persona),
                    persona: persona.clone(),
                    position: Some(position),
                });
            }
        }
        let mut sessions: BTreeSet<Vec<(String, String)>> = BTreeSet::new();
        for persona in cast.personas {
            if !sessions.insert(persona.settings.clone()) {
                continue;
            }
            for role in roles.iter().filter(|role| role.kind == RoleKind::Definer) {
                if let Some(mut persona) = lent(scene, persona, &role.database_role) {
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
    pub(super) fn domain(&self, scene: &Scene<'_>, at: usize) -> Rc<Domain> {
        if let Some(known) = self.domains.borrow().get(&at) {
            return Rc::clone(known);
        }
        let table = &scene.world.tables[at];
        let policies = scene
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
                let hints = scene.hints;
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
                values(scene, at, *column)
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
        stage: &Stage<'_>,
        scene: &Scene<'_>,
        cast: Cast<'_>,
        subjects: &[Subject],
        at: usize,
        change: &Change,
    ) -> Result<Effect> {
        let domain = self.domain(scene, at);
        let table = &scene.world.tables[at];
        self.lay_out(stage, scene, at, &domain).await?;
        let policies: Vec<&Policy> = scene
            .catalog
            .policies
            .iter()
            .filter(|one| one.relation == table.name)
            .collect();
        let mut own_differs = false;
        let mut spots = Vec::new();
        let mut maskers: BTreeSet<String> = BTreeSet::new();
        let mut is_latent = false;
        for (number, subject) in subjects.iter().enumerate() {
            let binds =
                |one: &Option<Policy>| one.as_ref().is_some_and(|one| applies(one, subject));
            if !binds(&change.before) && !binds(&change.after) {
                continue;
            }
            let known = self.sides.borrow().get(&(at, number)).cloned();
            let sides = match known {
                Some(known) => known,
                None => {
                    let mut all = Vec::new();
                    for policy in &policies {
                        all.push(sides(stage, scene, cast, subject, at, policy).await?);
                    }
                    let all = Rc::new(all);
                    self.sides
                        .borrow_mut()
                        .insert((at, number), Rc::clone(&all));
                    all
                }
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
            if let Some(policy) = &change.after {
                let new = sides_of(stage, scene, cast, subject, at, policy).await?;
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
        stage: &Stage<'_>,
        scene: &Scene<'_>,
        at: usize,
        domain: &Domain,
    ) -> Result<()> {
        if !stage.tables.borrow_mut().insert(at) {
            return Ok(());
        }
        let table = &scene.world.tables[at];
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
        stage.session.run("laying out rows", &sql).await.map(drop)
    }
}

async fn sides(
    stage: &Stage<'_>,
    scene: &Scene<'_>,
    cast: Cast<'_>,
    subject: &Subject,
    at: usize,
    policy: &Policy,
) -> Result<Sides> {
    if !applies(policy, subject) {
        let none = Rc::new(Ok(String::new()));
        return Ok([Rc::clone(&none), none]);
    }
    sides_of(stage, scene, cast, subject, at, policy).await
}

/// Evaluates both sides of a policy as somebody.
async fn sides_of(
    stage: &Stage<'_>,
    scene: &Scene<'_>,
    cast: Cast<'_>,
    subject: &Subject,
    at: usize,
    policy: &Policy,
) -> Result<Sides> {
    let alias = identifier(&scene.world.tables[at].name.name);
    let query = |text: &String| {
        format!(
            "(select string_agg(case ({text}) when true then 't' when false then 'f' else 'n' end, '' order by workroom_at) \
             from pg_temp.workroom_domain_{at} as {alias})"
        )
    };
    let using = policy.using.as_ref().or(policy.check.as_ref());
    let check = policy.check.as_ref().or(policy.using.as_ref());
    let mut texts: Vec<String> = using.into_iter().chain(check).map(query).collect();
    texts.dedup();
    let statements: Vec<(&str, &str)> = texts.iter().map(|text| (text.as_str(), "?")).collect();
    // A policy has found its functions already; whoever writes their names has to be let into their schemas.
    let functions = scene.catalog.functions.iter();
    let mut schemas: BTreeSet<&String> = functions.map(|one| &one.name.schema).collect();
    schemas.extend(&scene.intent.policies.schemas);
    let schemas: Vec<String> = schemas.into_iter().map(|name| identifier(name)).collect();
    let prelude = format!("grant usage on schema {} to public;", schemas.join(", "));
    let manner = Manner {
        prelude: &prelude,
        ..Manner::default()
    };
    let outcomes = stage
        .call(&subject.persona, cast.keys, &statements, manner)
        .await
        .map_err(|failure| failure.of_our_own("evaluating conditions"))?;
    let bits = |outcome: &Outcome| -> Rc<Bits> {
        Rc::new(if outcome.state.is_empty() {
            Ok(outcome.keys.clone().unwrap_or_default())
        } else {
            Err(format!("{} ({})", outcome.message, outcome.state))
        })
    };
    let all: Vec<Rc<Bits>> = outcomes.iter().map(bits).collect();
    let none = || Rc::new(Ok(String::new()));
    let first = all.first().cloned().unwrap_or_else(none);
    let last = all.last().cloned().unwrap_or_else(none);
    Ok([first, last])
}

/// Which other policies hold what a broken one opens or closes: without them, it shows.
fn held_by(
    change: &Change,
    before: &Evaluated<'_>,
    after: &Evaluated<'_>,
    subject: &Subject,
    count: usize,
) -> Vec<String> {
    let is_own = |policy: &Policy| {
        let mut sides = [&change.before, &change.after].into_iter().flatten();
        sides.any(|one| one.name == policy.name)
    };
    let without = |gone: &dyn Fn(&Policy) -> bool| {
        let [one, two] = [before, after].map(|list| {
            let kept = list
                .iter()
                .filter(|(policy, _)| is_own(policy) || !gone(policy));
            let kept: Evaluated<'_> = kept.cloned().collect();
            passes(&kept, subject, count, Open::No)
        });
        one != two
    };
    let others = before.iter().filter(|(policy, _)| !is_own(policy));
    let single: Vec<String> = others
        .filter(|(policy, _)| without(&|one| one.name == policy.name))
        .map(|(policy, _)| format!("policy {}", identifier(&policy.name)))
        .collect();
    if !single.is_empty() {
        return single;
    }
    let together: [(&dyn Fn(&Policy) -> bool, &str); 2] = [
        (
            &|one| one.permissive,
            "the other permissive policies together",
        ),
        (&|_| true, "the other policies together"),
    ];
    let found = together.iter().find(|(gone, _)| without(gone));
    found
        .map(|(_, says)| (*says).to_owned())
        .into_iter()
        .collect()
}

/// An error that says nothing of the condition: nonsense in the session and missing rights are answers.
fn unknown(sides: &Sides) -> Option<String> {
    sides.iter().find_map(|side| match side.as_ref() {
        Err(error) if !error.contains("(22") && !error.contains("(42501)") => Some(error.clone()),
        _ => None,
    })
}

/// Whether something else lets everybody in.
#[derive(Clone, Copy, PartialEq)]
enum Open {
    No,
    /// Another policy does.
    Yes,
    /// Another policy does where there is no permissive one.
    Unless,
}

/// What policies come to, for each decision and row.
fn passes(policies: &Evaluated<'_>, subject: &Subject, count: usize, open: Open) -> [Vec<bool>; 5] {
    let slots = [
        (PolicyCommand::Select, 0),
        (PolicyCommand::Insert, 1),
        (PolicyCommand::Update, 0),
        (PolicyCommand::Update, 1),
        (PolicyCommand::Delete, 0),
    ];
    slots.map(|(command, side)| {
        let bound: Vec<&(&Policy, Sides)> = policies
            .iter()
            .filter(|(policy, _)| {
                applies(policy, subject)
                    && (policy.command == command || policy.command == PolicyCommand::All)
            })
            .collect();
        let is_true = |one: &(&Policy, Sides), row: usize| {
            let side = one.1[side].as_ref();
            side.as_ref()
                .is_ok_and(|bits| bits.as_bytes().get(row) == Some(&b't'))
        };
        let is_open = match open {
            Open::No => false,
            Open::Yes => true,
            Open::Unless => !bound.iter().any(|(policy, _)| policy.permissive),
        };
        (0..count)
            .map(|row| {
                let let_in = is_open
                    || bound
                        .iter()
                        .any(|one| one.0.permissive && is_true(one, row));
                let_in
                    && bound
                        .iter()
                        .all(|one| one.0.permissive || is_true(one, row))
            })
            .collect()
    })
}

fn applies(policy: &Policy, subject: &Subject) -> bool {
    policy.roles.iter().any(|role| match role {
        Grantee::Public => true,
        Grantee::Role(name) => subject.roles.contains(name),
    })
}
