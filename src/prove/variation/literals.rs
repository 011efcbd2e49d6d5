//! Constants of the SQL that no row had: what hangs on them was not tried.

use std::collections::{BTreeMap, BTreeSet};

use super::candidates::{Candidates, Literal};
use crate::policy::AcceptEntry;
use crate::prove::probe::ProbeContext;
use crate::prove::untried::Untried;
use crate::prove::world::{At, World};

impl Candidates {
    /// What tables have no say in that are not proven, and constants that those may show.
    pub(super) fn leave_out(&mut self, context: &ProbeContext<'_>, elsewhere: &BTreeSet<String>) {
        let (rows, settings, claims) = (&mut self.rows, &mut self.settings, &mut self.claims);
        let readers = rows.values_mut().chain(settings.values_mut());
        for readers in readers.chain(claims.values_mut()) {
            readers.retain(|reader| context.chosen.has(*reader));
        }
        rows.retain(|_, readers| !readers.is_empty());
        settings.retain(|_, readers| !readers.is_empty());
        claims.retain(|_, readers| !readers.is_empty());
        self.patterns.retain(|reader| context.chosen.has(*reader));
        self.literals
            .retain(|literal, _| !elsewhere.contains(&literal.label));
    }
}

/// Those that neither the rows have nor the server took, with how many there are in all.
pub(super) fn untried(
    world: &World,
    literals: &BTreeMap<Literal, BTreeSet<(At, String)>>,
    taken: &BTreeSet<(At, String)>,
) -> (usize, Vec<Untried>) {
    let is_had = |literal: &Literal, (at, value): &(At, String)| {
        let mut rows = world.tables[at.0].rows.iter();
        taken.contains(&(*at, value.clone()))
            || rows.any(|row| row[at.1].as_ref() == Some(&literal.value))
    };
    let untried = literals
        .iter()
        .filter(|(literal, values)| !values.iter().any(|one| is_had(literal, one)))
        .map(|(literal, values)| {
            let what = format!("'{}' in {}", literal.value, literal.label);
            let why = if values.is_empty() {
                "what it is compared with is no column of the file's tables"
            } else {
                "the server took it in no row"
            };
            Untried {
                says: format!("{what}: {why}"),
                id: format!("untried:{what}"),
                fingerprint: AcceptEntry::print_of(&format!("{what} {}", literal.beside)),
            }
        });
    (literals.len(), untried.collect())
}
