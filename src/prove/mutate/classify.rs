//! Why a mutant lived, and how that is known.

use super::Class;
use super::effect::{Effect, Reach, SLOTS, Spot, Verdict};
use super::hunt::Hunt;
use super::operators::Mutant;
use crate::policy::Command;
use crate::prove::intent::State;
use crate::prove::world::Row;
use crate::sql::identifier;

impl Hunt<'_> {
    /// Why nobody noticed.
    pub(super) fn classify(&self, mutant: &Mutant, verdict: Verdict) -> (Class, String) {
        let effect = match verdict {
            Verdict::Lives(Some(effect)) => effect,
            Verdict::Held(evidence) => return (Class::Masked, evidence),
            Verdict::Inconclusive(message) => return (Class::Inconclusive, message),
            _ => return (Class::Survived, "no probe noticed".to_owned()),
        };
        let at = mutant.table.unwrap_or_default();
        let domain = self.truth.domain(self.context, at);
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
            Effect::Differs(spots) => self.differing(mutant, at, &spots),
        }
    }

    /// Where something differs: whether it can come about at all.
    fn differing(&self, mutant: &Mutant, at: usize, spots: &[Spot]) -> (Class, String) {
        let world = self.context.world;
        let domain = self.truth.domain(self.context, at);
        let of = |reach: Reach| {
            let found = spots
                .iter()
                .find(|spot| self.reach(mutant, at, spot) == reach)?;
            Some((
                &self.subjects[found.subject].persona,
                SLOTS[found.slot].1,
                found.row,
            ))
        };
        if let Some((persona, word, row)) = of(Reach::Yes) {
            let columns = domain.columns.iter().map(|column| {
                let value = domain.rows[row][*column].as_deref().unwrap_or("null");
                format!("{} {value}", world.tables[at].columns[*column].name)
            });
            return (
                Class::Survived,
                format!(
                    "no probe tells: {word} as {} of a row with {}",
                    persona.name,
                    columns.collect::<Vec<_>>().join(", ")
                ),
            );
        }
        if let Some((persona, word, _)) = of(Reach::Unwritable) {
            return (
                Class::Masked,
                format!(
                    "held by columns: {} ({word}) cannot write the values that make the difference",
                    persona.name
                ),
            );
        }
        let (who, word) = of(Reach::Ungranted).map_or(("nobody", ""), |(persona, word, _)| {
            (persona.database_role.as_str(), word)
        });
        (
            Class::Latent,
            format!("it would show once {who} had the privilege for {word}"),
        )
    }

    /// Whether a difference can be brought about: by a privilege, and by columns that may be written.
    pub(super) fn reach(&self, mutant: &Mutant, at: usize, spot: &Spot) -> Reach {
        let (world, intent) = (self.context.world, self.context.intent);
        let domain = self.truth.domain(self.context, at);
        let persona = &self.subjects[spot.subject].persona;
        let (command, _) = SLOTS[spot.slot];
        if !intent.is_granted(persona, at, command) {
            return Reach::Ungranted;
        }
        let row = &domain.rows[spot.row];
        // A function that takes the whole row compares it with the one that is stored under its key.
        let whole = format!("{}.*", identifier(&world.tables[at].name.name));
        let sides = mutant
            .change
            .iter()
            .flat_map(|one| [&one.before, &one.after]);
        let takes_row = sides.flatten().any(|policy| {
            policy
                .check
                .as_ref()
                .is_some_and(|text| text.contains(&whole))
        });
        let may = |column: &usize| intent.may_use(world, persona, at, command, *column);
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
                if takes_row && !self.is_stored_as(at, old, row) {
                    return false;
                }
                let mut changed = (0..row.len()).filter(|column| old[*column] != row[*column]);
                changed.all(|column| may(&column))
                    && intent.allows(world, persona, at, Command::Update, State::Before, old)
            }),
            _ => true,
        };
        if is_written {
            Reach::Yes
        } else {
            Reach::Unwritable
        }
    }

    /// Whether a row is one of the table's, and the one with the key of another.
    fn is_stored_as(&self, at: usize, old: &Row, new: &Row) -> bool {
        let table = &self.context.world.tables[at];
        table.key.iter().all(|column| old[*column] == new[*column]) && table.rows.contains(old)
    }
}
