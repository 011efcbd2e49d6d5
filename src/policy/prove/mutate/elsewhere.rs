//! Mutants that no probe of a table notices: of views, functions, rights, and keys.

use super::hunt::{Hunt, Verdict};
use super::keys::Key;
use super::operators::Mutant;
use crate::catalog::Catalog;
use crate::error::Result;
use crate::policy::prove::probe::Scene;
use crate::policy::prove::stage::Stage;
use crate::policy::prove::{channels, keys};

impl Hunt<'_> {
    pub(super) async fn by_pairs(
        &self,
        stage: &Stage<'_>,
        mutant: &Mutant,
        key: &Key,
        count: &mut usize,
    ) -> Result<Verdict> {
        // The prover reads the catalog of the database that it proves: here, the broken one.
        let catalog = Catalog {
            constraints: vec![key.constraint.clone()],
            indexes: Vec::new(),
            ..self.scene.catalog.clone()
        };
        let scene = Scene {
            catalog: &catalog,
            ..*self.scene
        };
        let tally = keys::pairs(stage, &scene, self.cast, self.superuser, &mutant.sql).await?;
        *count += tally.probes.values().sum::<usize>();
        Ok(match tally.failures.first() {
            Some(failure) => Verdict::Killed(failure.probe.kind),
            None => Verdict::Lives(None),
        })
    }

    pub(super) async fn by_channels(
        &self,
        stage: &Stage<'_>,
        mutant: &Mutant,
        count: &mut usize,
    ) -> Result<Verdict> {
        // The first of all is asked what needs to be asked only once; the first of each role, for its rights.
        let mut order = self.order.clone();
        order.sort_by_key(|at| (*at != 0, !self.cast.personas[*at].leads));
        for position in order {
            let persona = &self.cast.personas[position];
            let is_concerned =
                mutant.roles.is_empty() || mutant.roles.contains(&persona.database_role);
            if position != 0 && !is_concerned {
                continue;
            }
            let (scene, tenants) = (self.scene, self.tenants);
            let tally =
                channels::run(stage, scene, self.cast, &[position], tenants, &mutant.sql).await?;
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
