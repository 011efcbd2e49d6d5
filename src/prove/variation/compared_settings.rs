//! Settings that may be compared with a column of the rows at hand, and not with anything that is written out.

use std::collections::BTreeSet;

use super::alike::MOST_ALIKE;
use super::beside::is_textual;
use super::reach::Reach;
use crate::prove::probe::ProbeContext;
use crate::prove::world::At;

/// Whether a setting holds the claims of a JWT.
pub(super) fn is_of_claims(setting: &str) -> bool {
    setting.ends_with(".claims")
}

/// Settings that the SQL behind a table reads, with what some of its rows have in the columns that it names.
pub(super) fn compared_settings(
    context: &ProbeContext<'_>,
    reader: usize,
    reach: &Reach,
    columns: &[At],
) -> BTreeSet<(String, String)> {
    let settings = reach.texts.iter().flat_map(|one| &one.reading.settings);
    let settings: BTreeSet<&String> = settings.filter(|one| !is_of_claims(one)).collect();
    let table = &context.world.tables[reader];
    let mut found = BTreeSet::new();
    for at in columns.iter().filter(|at| at.0 == reader) {
        let is_of_session = context.hints.tenants.contains(at) || context.hints.users.contains(at);
        if is_of_session || table.key.contains(&at.1) || !is_textual(&table.columns[at.1]) {
            continue;
        }
        let values: BTreeSet<&String> = table.rows.iter().flat_map(|row| &row[at.1]).collect();
        let values = values
            .into_iter()
            .filter(|one| !one.is_empty())
            .take(MOST_ALIKE);
        for value in values {
            found.extend(settings.iter().map(|name| ((*name).clone(), value.clone())));
        }
    }
    found
}
