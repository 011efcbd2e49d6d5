//! What a server has against a row, at the line of the file that made it.

use crate::catalog::{Catalog, ConstraintKind, Name};
use crate::database::BatchFailure;
use crate::error::Error;
use crate::seed::dataset::{Column, Dataset, Rule, Table};
use crate::seed::restricted::without_own_context;

/// What the server asks of the rows of a table.
pub(crate) fn rules(catalog: &Catalog, table: &Name, columns: &[Column]) -> Vec<Rule> {
    let own = catalog.constraints.iter().filter(|constraint| {
        constraint.relation == *table && constraint.kind != ConstraintKind::NotNull
    });
    let place = |name: &String| columns.iter().position(|column| column.name == *name);
    own.map(|constraint| Rule {
        name: constraint.name.clone(),
        columns: constraint.columns.iter().filter_map(place).collect(),
        definition: constraint.definition.clone(),
    })
    .collect()
}

/// A refusal of the server, at the line of the file that made the row.
pub(crate) fn refusal(
    data: &Dataset,
    at: usize,
    failure: BatchFailure,
    doing: &str,
    state: &str,
) -> Error {
    let table = &data.tables[at];
    let server = failure.error.as_db_error();
    let constraint = server.and_then(|server| server.constraint());
    let rule = table
        .rules
        .iter()
        .find(|rule| Some(rule.name.as_str()) == constraint);
    let is_taken = server.is_some_and(|server| server.code().code() == "23505");
    let named = server.and_then(|server| {
        let context = server.where_().and_then(|context| {
            let rest = context.split(", column ").nth(1)?;
            Some(rest.split([':', ',']).next()?.trim())
        });
        let name = server.column().or(context)?;
        table.columns.iter().find(|column| column.name == name)
    });
    let column = named.or_else(|| rule.and_then(|rule| line_of(table, rule)));
    let place = column.map_or(&table.place, |column| &column.place).clone();
    let rule = rule.map(|rule| {
        (
            format!("{}: {}", rule.name, rule.definition),
            names(table, rule),
        )
    });
    let error = failure.of_our_own(&format!("{doing} {}", table.label));
    let error = without_own_context(error).at(place).hint(state);
    match rule {
        None => error,
        // Keys of the file's own rows were counted before.
        Some((rule, names)) if is_taken => error.because(rule).hint(format!(
            "if a row of others has this {names}, `--reset` empties the tables first"
        )),
        Some((rule, names)) => error.because(rule).hint(format!(
            "change what makes {names}, then look with `workroom seed plan`"
        )),
    }
}

/// The column that a constraint is mended at: of those it speaks of, the last that has a line of its own.
fn line_of<'t>(table: &'t Table, rule: &Rule) -> Option<&'t Column> {
    let columns = || rule.columns.iter().map(|at| &table.columns[*at]);
    columns()
        .rfind(|column| column.inferred.is_none())
        .or_else(|| columns().next_back())
}

fn names(table: &Table, rule: &Rule) -> String {
    let names = rule.columns.iter().map(|at| &table.columns[*at].name);
    let names: Vec<&str> = names.map(String::as_str).collect();
    if names.is_empty() {
        table.label.clone()
    } else {
        names.join(", ")
    }
}
