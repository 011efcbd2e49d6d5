//! What a server has against a row, at the line of the file that made it.

use crate::database::BatchFailure;
use crate::error::Error;
use crate::seed::dataset::Dataset;

/// A refusal of the server, at the line of the file that made the row.
pub(crate) fn refusal(
    data: &Dataset,
    at: usize,
    failure: BatchFailure,
    doing: &str,
    state: &str,
) -> Error {
    let table = &data.tables[at];
    let column = failure.error.as_db_error().and_then(|server| {
        let context = server.where_().and_then(|context| {
            let rest = context.split(", column ").nth(1)?;
            Some(rest.split([':', ',']).next()?.trim())
        });
        // A check is named after its column: the longest name in it is meant.
        let constraint = server.constraint().unwrap_or_default();
        let named = server.column().or(context);
        let of_constraint = table
            .columns
            .iter()
            .filter(|column| constraint.contains(&column.name))
            .max_by_key(|column| column.name.len());
        table
            .columns
            .iter()
            .find(|column| Some(column.name.as_str()) == named)
            .or(of_constraint)
    });
    let place = column.map_or(&table.place, |column| &column.place).clone();
    failure
        .of_our_own(&format!("{doing} {}", table.label))
        .at(place)
        .hint(state)
}
