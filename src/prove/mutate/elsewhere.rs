//! Mutants that no probe of a table notices: of views, functions, rights, and keys.

use super::effect::Verdict;
use super::hunt::Hunt;
use super::operators::{Key, Mutant};
use crate::catalog::ConstraintKind;
use crate::error::Result;
use crate::prove::probe::Kind;
use crate::prove::probe_session::ProbeSession;
use crate::prove::{channels, keys};
use crate::sql::identifier;

impl Hunt<'_> {
    pub(super) async fn by_pairs(
        &self,
        session: &ProbeSession<'_>,
        mutant: &Mutant,
        key: &Key,
        count: &mut usize,
    ) -> Result<Verdict> {
        if let Some(kind) = self.tells(session, &mutant.sql, key, count).await? {
            return Ok(Verdict::Killed(kind));
        }
        // Another key of the same columns may refuse the row whatever this one says.
        let broken = &key.constraint;
        let others = self.context.catalog.constraints.iter().filter(|one| {
            one.relation == broken.relation
                && one.name != broken.name
                && one.kind == ConstraintKind::ForeignKey
                && one.columns.iter().any(|name| broken.columns.contains(name))
        });
        let names: Vec<String> = others.map(|one| identifier(&one.name)).collect();
        if names.is_empty() {
            return Ok(Verdict::Lives(None));
        }
        let drops = names
            .iter()
            .map(|name| format!("alter table {} drop constraint {name};", broken.relation));
        let prelude = format!("{}{}", mutant.sql, drops.collect::<String>());
        let found = self.tells(session, &prelude, key, count).await?;
        Ok(found.map_or(Verdict::Lives(None), |_| {
            Verdict::Held(format!(
                "held by {}: without that, an insert tells",
                names.join(", ")
            ))
        }))
    }

    /// Whether a pair of inserts tells what another tenant has.
    async fn tells(
        &self,
        session: &ProbeSession<'_>,
        prelude: &str,
        key: &Key,
        count: &mut usize,
    ) -> Result<Option<Kind>> {
        let (context, only) = (self.context, Some(&key.constraint));
        let tally = keys::pairs(
            session,
            context,
            self.personas,
            self.superuser,
            prelude,
            only,
        )
        .await?;
        *count += tally.probes.values().sum::<usize>();
        Ok(tally.failures.first().map(|failure| failure.probe.kind))
    }

    pub(super) async fn by_channels(
        &self,
        session: &ProbeSession<'_>,
        mutant: &Mutant,
        count: &mut usize,
    ) -> Result<Verdict> {
        // The first of all is asked what needs to be asked only once; the first of each role, for its rights.
        let mut order = self.order.clone();
        order.sort_by_key(|at| (*at != 0, !self.personas.all[*at].leads));
        for position in order {
            let persona = &self.personas.all[position];
            let is_concerned =
                mutant.roles.is_empty() || mutant.roles.contains(&persona.database_role);
            if position != 0 && !is_concerned {
                continue;
            }
            let (context, tenants) = (self.context, self.tenants);
            let tally = channels::run(
                session,
                context,
                self.personas,
                &[position],
                tenants,
                &mutant.sql,
            )
            .await?;
            *count += tally.probes.values().sum::<usize>();
            let failure = tally
                .failures
                .iter()
                .find(|one| !one.outcome.is_inconclusive());
            if let Some(failure) = failure {
                return Ok(Verdict::Killed(failure.probe.kind));
            }
            if let Some(failure) = tally.failures.first() {
                return Ok(Verdict::Inconclusive(failure.outcome.says()));
            }
        }
        Ok(Verdict::Lives(None))
    }
}
