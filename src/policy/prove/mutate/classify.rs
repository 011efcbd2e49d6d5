//! Why a mutant lived: compared with the unbroken policies, without the oracle, while others are weakened.

use super::{Hunt, Mutant, Survivor};
use crate::error::Result;
use crate::policy::prove::probe::Outcome;
use crate::policy::prove::stage::statements;
use crate::sql::identifier;

impl Hunt<'_> {
    /// Why nobody noticed.
    pub(super) async fn classify(&self, mutant: &Mutant, count: &mut usize) -> Result<Survivor> {
        let survivor = |class, evidence: String| Survivor {
            what: mutant.what.clone(),
            sql: mutant.sql.clone(),
            class,
            evidence,
        };
        if let Some(reason) = &mutant.equivalent {
            return Ok(survivor("E1", reason.clone()));
        }
        let Some(table) = mutant.table.filter(|_| !mutant.is_channel) else {
            return Ok(survivor("E5", "nobody noticed".to_owned()));
        };
        let name = &self.scene.world.tables[table].name;
        for policy in self
            .scene
            .catalog
            .policies
            .iter()
            .filter(|one| one.relation == *name)
        {
            if mutant.policy.as_ref() == Some(&policy.name) {
                continue;
            }
            let weakening = format!("drop policy {} on {name};", identifier(&policy.name));
            if self.differs(mutant, &weakening, table, count).await? {
                let evidence = format!(
                    "masked by policy {}: without that, somebody notices",
                    identifier(&policy.name)
                );
                return Ok(survivor("E3", evidence));
            }
        }
        let others: Vec<String> = self
            .scene
            .catalog
            .policies
            .iter()
            .filter(|one| one.relation == *name && one.permissive)
            .map(|one| format!("drop policy if exists {} on {name};", identifier(&one.name)))
            .filter(|sql| {
                mutant
                    .policy
                    .as_ref()
                    .is_none_or(|policy| !sql.contains(&format!(" {} on ", identifier(policy))))
            })
            .collect();
        let open = format!(
            "{}create policy workroom_open on {name} using (true) with check (true); grant select, insert, update, delete on {name} to public;",
            others.concat()
        );
        if self.differs(mutant, &open, table, count).await? {
            return Ok(survivor(
                "E4",
                "latent: it shows once another permissive policy or grant is added".to_owned(),
            ));
        }
        if self.differs(mutant, &others.concat(), table, count).await? {
            return Ok(survivor(
                "E3",
                "masked by the table's other permissive policies together".to_owned(),
            ));
        }
        Ok(survivor(
            "E2",
            "equivalent on these rows: no outcome differs, however the other policies are weakened"
                .to_owned(),
        ))
    }

    /// Whether a mutant makes a difference in weakened surroundings.
    async fn differs(
        &self,
        mutant: &Mutant,
        weakening: &str,
        table: usize,
        count: &mut usize,
    ) -> Result<bool> {
        let (plain, mutated) = (weakening.to_owned(), format!("{}{weakening}", mutant.sql));
        for position in self.order(mutant).into_iter().filter(|at| {
            let persona = &self.cast.personas[*at];
            persona.is_ordinary || !mutant.roles.contains(&persona.database_role)
        }) {
            let persona = &self.cast.personas[position];
            let probes = &self.prepared.probes[position][table];
            let statements = statements(probes);
            *count += 2 * probes.len();
            let before = self
                .stage
                .call(persona, self.cast.keys, &statements, self.manner(&plain))
                .await;
            let after = self
                .stage
                .call(persona, self.cast.keys, &statements, self.manner(&mutated))
                .await;
            let (Ok(before), Ok(after)) = (before, after) else {
                return Ok(false);
            };
            let shape = |one: &Outcome| (one.state.clone(), one.touched, one.keys.clone());
            if before.iter().map(shape).ne(after.iter().map(shape)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
