//! Why a mutant lived, and how that is known.

use super::Class;
use super::hunt::{Hunt, Verdict};
use super::operators::Mutant;
use super::truth::{Effect, SLOTS, Spot};
use crate::policy::model::Command;

impl Hunt<'_> {
    /// Why nobody noticed.
    pub(super) fn classify(&self, mutant: &Mutant, verdict: Verdict) -> (Class, String) {
        let effect = match verdict {
            Verdict::Lives(Some(effect)) => effect,
            Verdict::Inconclusive(message) => return (Class::Inconclusive, message),
            _ => return (Class::Survived, "no probe noticed".to_owned()),
        };
        let at = mutant.table.unwrap_or_default();
        let domain = self.truth.domain(self.scene, at);
        let bounds = format!(
            "{} rows and {} sessions",
            domain.rows.len(),
            self.subjects.len()
        );
        match effect {
            Effect::Same => (
                Class::Equivalent,
                format!("the condition comes to the same for {bounds}"),
            ),
            Effect::Masked(by) => (
                Class::Masked,
                format!(
                    "held by {}: all policies together come to the same for {bounds}",
                    by.join(", ")
                ),
            ),
            Effect::Latent => (
                Class::Latent,
                "no other policy lets in whom it is about; it would show once one did".to_owned(),
            ),
            Effect::Unknown(error) => (Class::Inconclusive, error),
            Effect::Differs(spots) => self.differing(at, &spots),
        }
    }

    /// Whether what differs can come about at all: by a privilege, and by columns that may be written.
    fn differing(&self, at: usize, spots: &[Spot]) -> (Class, String) {
        let world = self.scene.world;
        let intent = self.scene.intent;
        let domain = self.truth.domain(self.scene, at);
        let (mut ungranted, mut unwritable) = (None, None);
        for spot in spots {
            let subject = &self.subjects[spot.subject];
            let (command, word) = SLOTS[spot.slot];
            if !intent.is_granted(&subject.persona, at, command) {
                ungranted.get_or_insert((subject, word));
                continue;
            }
            let row = &domain.rows[spot.row];
            let may =
                |column: &usize| intent.may_use(world, &subject.persona, at, command, *column);
            let is_written = match spot.slot {
                // What cannot be given has its default.
                1 => domain.columns.iter().all(|column| {
                    let default = world.tables[at].columns[*column].expression.as_deref();
                    may(column)
                        || match (row[*column].as_deref(), default) {
                            (None, default) => default.is_none(),
                            (Some(value), Some(default)) => default.contains(value),
                            (Some(_), None) => false,
                        }
                }),
                3 => domain.rows.iter().any(|old| {
                    let allows = intent.sees(world, &subject.persona, at, old)
                        && intent.allows(
                            world,
                            &subject.persona,
                            at,
                            Command::Update,
                            crate::policy::prove::intent::State::Before,
                            old,
                        );
                    let mut changed = (0..row.len()).filter(|column| old[*column] != row[*column]);
                    allows && changed.all(|column| may(&column))
                }),
                _ => true,
            };
            if !is_written {
                unwritable.get_or_insert((subject, word));
                continue;
            }
            let columns = domain.columns.iter().map(|column| {
                let value = row[*column].as_deref().unwrap_or("null");
                format!("{} {value}", world.tables[at].columns[*column].name)
            });
            return (
                Class::Survived,
                format!(
                    "no probe tells: {word} as {} of a row with {}",
                    subject.persona.name,
                    columns.collect::<Vec<_>>().join(", ")
                ),
            );
        }
        if let Some((subject, word)) = unwritable {
            return (
                Class::Masked,
                format!(
                    "held by column privileges: {} ({word}) cannot write the values that make the difference",
                    subject.persona.name
                ),
            );
        }
        let (who, word) = ungranted.map_or_else(Default::default, |(subject, word)| {
            (subject.persona.database_role.clone(), word)
        });
        (
            Class::Latent,
            format!("it would show once {who} had the privilege for {word}"),
        )
    }
}
