//! Looking for a probe that notices a mutant: what noticed its like first, then who is concerned, and only what the
//! broken policy can touch.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::effect::{Effect, Reach, Subject, Verdict};
use super::operators::{Key, Mutant, Noticed};
use super::tried::{refused, stages};
use super::truth::Truth;
use crate::catalog::Grantee;
use crate::error::Result;
use crate::policy::RoleKind;
use crate::prove::persona::Persona;
use crate::prove::persona::Personas;
use crate::prove::probe::{Kind, Outcome, Probe, ProbeContext};
use crate::prove::probe_session::{Hunted, ProbeSession};
use crate::prove::run::judge;
use crate::prove::tally::Tally;

/// Which probe: persona, table, number.
type Found = (usize, usize, usize);

/// Probes of one round trip: few at first, since most mutants are noticed at once.
const CHUNKS: [usize; 3] = [120, 1000, 2000];

/// Probes that have noticed something before, and are tried first.
const REMEMBERED: usize = 40;

/// All that is known to those who hunt.
pub(super) struct Hunt<'a> {
    pub(super) context: &'a ProbeContext<'a>,
    pub(super) truth: Truth,
    pub(super) subjects: Vec<Subject>,
    pub(super) personas: Personas<'a>,
    pub(super) superuser: &'a Persona,
    pub(super) tenants: &'a [String],
    pub(super) keys: &'a [Key],
    /// The probes of every persona and table, made once.
    probes: Vec<Vec<Vec<Probe>>>,
    /// Table → itself and the tables whose conditions read it.
    touched: Vec<BTreeSet<usize>>,
    /// Everybody, those first who are the first of their role.
    pub(super) order: Vec<usize>,
    /// Table → what has noticed mutants of it, and how often.
    memory: RefCell<BTreeMap<usize, BTreeMap<Found, usize>>>,
}

impl<'a> Hunt<'a> {
    pub(super) fn new(
        context: &'a ProbeContext<'a>,
        personas: Personas<'a>,
        superuser: &'a Persona,
        tenants: &'a [String],
        keys: &'a [Key],
    ) -> Self {
        let tables = context.intent.policies.tables.len();
        let probes = personas
            .all
            .iter()
            .map(|persona| (0..tables).map(|at| context.probes(persona, at)).collect())
            .collect();
        let touched = (0..tables)
            .map(|table| {
                let readers = context
                    .hints
                    .reads
                    .iter()
                    .filter(|(_, reads)| reads.contains(&table));
                let readers = readers
                    .map(|(reader, _)| *reader)
                    .filter(|reader| *reader < tables);
                readers.chain([table]).collect()
            })
            .collect();
        let mut seen: BTreeMap<(&String, &Option<String>), usize> = BTreeMap::new();
        let mut order: Vec<(bool, usize, usize)> = Vec::new();
        for (at, persona) in personas.all.iter().enumerate() {
            let rank = seen
                .entry((&persona.database_role, &persona.context[2]))
                .or_default();
            order.push((!persona.is_ordinary, *rank, at));
            *rank += 1;
        }
        // One of each role, then the next; the odd ones are as good as the second.
        order.sort_by_key(|(is_odd, rank, at)| (*rank + usize::from(*is_odd), *at));
        Self {
            truth: Truth::default(),
            subjects: Truth::subjects(context, personas),
            context,
            personas,
            superuser,
            tenants,
            keys,
            probes,
            touched,
            order: order.into_iter().map(|(_, _, at)| at).collect(),
            memory: RefCell::default(),
        }
    }

    /// Whether some probe notices.
    pub(super) async fn kill(
        &self,
        session: &ProbeSession<'_>,
        mutant: &Mutant,
        count: &mut usize,
    ) -> Result<Verdict> {
        // That the server takes it at all.
        if let Err(failure) = session.hunt(self.personas.keys, &mutant.sql, &[]).await {
            return refused(failure);
        }
        match mutant.noticed {
            Noticed::Tables => self.by_tables(session, mutant, count).await,
            Noticed::Channels => self.by_channels(session, mutant, count).await,
            Noticed::Both => match self.by_tables(session, mutant, count).await? {
                Verdict::Lives(_) => self.by_channels(session, mutant, count).await,
                verdict => Ok(verdict),
            },
            Noticed::Pairs(key) => self.by_pairs(session, mutant, &self.keys[key], count).await,
        }
    }

    async fn by_tables(
        &self,
        session: &ProbeSession<'_>,
        mutant: &Mutant,
        count: &mut usize,
    ) -> Result<Verdict> {
        let remembered = self.remembered(mutant);
        if let Some(verdict) = self.chunk(session, mutant, &remembered, count).await? {
            return Ok(verdict);
        }
        let tables: Vec<usize> = match mutant.table {
            Some(table) => self.touched[table].iter().copied().collect(),
            None => (0..self.touched.len()).collect(),
        };
        let mut order: Vec<usize> = self
            .order
            .iter()
            .copied()
            .filter(|at| self.is_bound(mutant, *at))
            .collect();
        let mut effect = None;
        let mut chunk: Vec<Found> = Vec::new();
        let mut chunks = 0;
        for kinds in stages(mutant) {
            let mut at = 0;
            while at < order.len() {
                let position = order[at];
                at += 1;
                for table in &tables {
                    let probes = self.probes[position][*table].iter().enumerate();
                    let probes = probes.filter(|(_, probe)| kinds.contains(&probe.kind));
                    chunk.extend(probes.map(|(number, _)| (position, *table, number)));
                }
                if chunk.len() < CHUNKS[chunks.min(CHUNKS.len() - 1)] {
                    continue;
                }
                if let Some(verdict) = self.chunk(session, mutant, &chunk, count).await? {
                    return Ok(verdict);
                }
                chunk.clear();
                chunks += 1;
                if effect.is_some() {
                    continue;
                }
                // Nobody has noticed soon: who could?
                if let (Some(change), Some(table)) = (&mutant.change, mutant.table) {
                    let found = self
                        .truth
                        .effect(
                            session,
                            self.context,
                            self.personas,
                            &self.subjects,
                            table,
                            change,
                        )
                        .await?;
                    match &found {
                        Effect::Differs(spots) => {
                            let shows = spots
                                .iter()
                                .filter(|spot| self.reach(mutant, table, spot) == Reach::Yes);
                            let who: BTreeSet<Option<usize>> = shows
                                .map(|spot| self.subjects[spot.subject].position)
                                .collect();
                            if who.is_empty() {
                                return Ok(Verdict::Lives(Some(found)));
                            }
                            if !who.contains(&None) {
                                // Those of earlier stages are left as they were: they were told apart already.
                                let done: Vec<usize> = order[..at].to_vec();
                                order.retain(|one| who.contains(&Some(*one)));
                                at = order.iter().filter(|one| done.contains(one)).count();
                            }
                        }
                        Effect::Unknown(_) => {}
                        _ => return Ok(Verdict::Lives(Some(found))),
                    }
                    effect = Some(found);
                }
            }
        }
        if let Some(verdict) = self.chunk(session, mutant, &chunk, count).await? {
            return Ok(verdict);
        }
        if let (None, Some(change), Some(table)) = (&effect, &mutant.change, mutant.table) {
            let found = self
                .truth
                .effect(
                    session,
                    self.context,
                    self.personas,
                    &self.subjects,
                    table,
                    change,
                )
                .await?;
            effect = Some(found);
        }
        Ok(Verdict::Lives(effect))
    }

    /// Runs some probes; a verdict if one of them notices, or the server does not answer.
    async fn chunk(
        &self,
        session: &ProbeSession<'_>,
        mutant: &Mutant,
        found: &[Found],
        count: &mut usize,
    ) -> Result<Option<Verdict>> {
        let mut left = found.to_vec();
        let mut again = false;
        while !left.is_empty() {
            let mut parts: Vec<Hunted<'_>> = Vec::new();
            let mut starts: Vec<usize> = Vec::new();
            let mut last = None;
            for (at, (position, table, number)) in left.iter().enumerate() {
                let probe = &self.probes[*position][*table][*number];
                if last == Some(*position)
                    && let Some(part) = parts.last_mut()
                {
                    part.probes.push(probe);
                } else {
                    parts.push(Hunted {
                        persona: &self.personas.all[*position],
                        probes: vec![probe],
                    });
                    starts.push(at);
                    last = Some(*position);
                }
            }
            let answer = match session.hunt(self.personas.keys, &mutant.sql, &parts).await {
                Ok(answer) => answer,
                Err(failure) if again => return refused(failure).map(Some),
                Err(_) => {
                    again = true;
                    continue;
                }
            };
            let Some((part, probe, outcome)) = answer else {
                *count += left.len();
                return Ok(None);
            };
            let at = starts[part] + probe;
            *count += at + 1;
            if outcome.is_inconclusive() {
                if again {
                    return Ok(Some(Verdict::Inconclusive(outcome.says())));
                }
                again = true;
                left.drain(..at);
                continue;
            }
            if let Some(kind) = self.judged(left[at], &outcome) {
                self.remember(left[at]);
                return Ok(Some(Verdict::Killed(kind)));
            }
            left.drain(..=at);
        }
        Ok(None)
    }

    /// Whether the proof itself would have failed.
    fn judged(&self, found: Found, outcome: &Outcome) -> Option<Kind> {
        let (position, table, number) = found;
        let probe = std::slice::from_ref(&self.probes[position][table][number]);
        let persona = &self.personas.all[position];
        let mut tally = Tally::default();
        let outcome = std::slice::from_ref(outcome);
        judge(&mut tally, self.context, position, persona, probe, outcome);
        tally.failures.first().map(|failure| failure.probe.kind)
    }

    fn remember(&self, found: Found) {
        let mut memory = self.memory.borrow_mut();
        *memory.entry(found.1).or_default().entry(found).or_default() += 1;
    }

    /// What noticed most, in the order of personas so that each acts once.
    fn remembered(&self, mutant: &Mutant) -> Vec<Found> {
        let memory = self.memory.borrow();
        let Some(known) = mutant.table.and_then(|table| memory.get(&table)) else {
            return Vec::new();
        };
        let mut all: Vec<(usize, Found)> = known
            .iter()
            .filter(|(found, _)| self.is_bound(mutant, found.0))
            .map(|(found, times)| (*times, *found))
            .collect();
        all.sort_by_key(|(times, _)| std::cmp::Reverse(*times));
        let mut found: Vec<Found> = all
            .into_iter()
            .take(REMEMBERED)
            .map(|(_, found)| found)
            .collect();
        found.sort_unstable();
        found
    }

    /// Whether a broken policy can make a difference to a persona.
    fn is_bound(&self, mutant: &Mutant, position: usize) -> bool {
        let Some(change) = &mutant.change else {
            return true;
        };
        let persona = &self.personas.all[position];
        let roles = &self.context.intent.policies.roles;
        let named = [&change.before, &change.after];
        let mut named = named.into_iter().flatten().flat_map(|policy| &policy.roles);
        named.any(|role| match role {
            Grantee::Public => true,
            Grantee::Role(name) => {
                let held = persona.holds.iter().chain(&persona.acts_as);
                *name == persona.database_role
                    || held.into_iter().any(|held| roles[*held].database_role == *name)
                    // Whose rights functions borrow concerns everybody.
                    || roles.iter().any(|one| one.kind == RoleKind::Definer && one.database_role == *name)
            }
        })
    }
}
