//! Values beside a constant: the constant itself, its neighbours, and what a type or a check lists.

use crate::catalog::{Catalog, Column, Constraint, ConstraintKind, TypeKind};

/// More labels than this are not tried one by one.
const MOST_LABELS: usize = 32;

pub(super) fn is_moment(column: &Column) -> bool {
    ["timestamptz", "timestamp", "date"].contains(&column.type_name.name.as_str())
}

pub(super) fn is_textual(column: &Column) -> bool {
    let kind = column.type_name.name.as_str();
    ["text", "varchar", "bpchar", "citext", "name"].contains(&kind)
        || column.type_name.schema != "pg_catalog"
}

pub(super) fn is_number(column: &Column) -> bool {
    let kind = column.type_name.name.as_str();
    ["int2", "int4", "int8", "numeric", "float4", "float8"].contains(&kind)
}

/// Whether a constant is a day or a moment that is written out, and no span of time.
pub(super) fn is_date(text: &str) -> bool {
    text.as_bytes().get(4) == Some(&b'-')
}

/// How a text looks at what it compares, beside comparing it.
#[derive(Clone, Copy, Default)]
pub(super) struct Forms {
    pub(super) has_clock: bool,
    pub(super) has_pattern: bool,
    pub(super) has_trim: bool,
}

/// A constant and its neighbours, as SQL.
pub(super) fn beside(column: &Column, text: &str, is_number: bool, forms: Forms) -> Vec<String> {
    let quoted = |text: &str| crate::sql::literal(text);
    let kind = column.type_name.name.as_str();
    if is_moment(column) && is_date(text) {
        let days = ["- '1 day'", "+ '1 day'"];
        let beside = days.map(|days| format!("{}::timestamptz {days}::interval", quoted(text)));
        return beside.into_iter().chain([quoted(text)]).collect();
    }
    if is_moment(column) && forms.has_clock && !is_number && text.parse::<f64>().is_err() {
        // Whether it is a span of time the server says: what it does not take is not tried.
        return [("-", "-"), ("-", "+"), ("+", "-"), ("+", "+")]
            .iter()
            .map(|(sign, beside)| {
                format!(
                    "pg_catalog.now() {sign} {}::interval {beside} '1 hour'::interval",
                    quoted(text)
                )
            })
            .chain([quoted(text)])
            .collect();
    }
    if let (Ok(number), false) = (text.parse::<f64>(), is_textual(column)) {
        let numbers = [number - 1.0, number + 1.0];
        let beside = numbers.iter().map(|one| quoted(&one.to_string()));
        return beside.chain([quoted(text)]).collect();
    }
    let mut values = vec![quoted(text)];
    // To some types either case is the same.
    if is_textual(column) && kind != "citext" {
        let (lower, upper) = (text.to_lowercase(), text.to_uppercase());
        values.extend(
            [lower, upper]
                .iter()
                .filter(|one| *one != text)
                .map(|one| quoted(one)),
        );
        if forms.has_trim {
            values.push(quoted(&format!(" {text} ")));
        }
        if forms.has_pattern {
            let bare: String = text
                .chars()
                .filter(|letter| !"%_^$.*".contains(*letter))
                .collect();
            values.extend(
                [format!("{bare}x"), format!("x{bare}"), bare]
                    .iter()
                    .map(|one| quoted(one)),
            );
        }
    }
    values
}

/// What an enum lists, or a check of the column or of its domain.
pub(super) fn listed(catalog: &Catalog, column: &Column) -> Vec<String> {
    let found = catalog
        .types
        .iter()
        .find(|one| one.name == column.type_name);
    let labels = match found.map(|one| &one.kind) {
        Some(TypeKind::Enum { labels }) => labels.clone(),
        _ => {
            let is_of_column = |one: &&Constraint| {
                one.relation == column.relation && one.columns == [column.name.clone()]
            };
            let is_of_domain =
                |one: &&Constraint| one.on_domain && one.relation == column.type_name;
            let checks = catalog.constraints.iter().filter(|one| {
                one.kind == ConstraintKind::Check && (is_of_column(one) || is_of_domain(one))
            });
            let constants = checks.flat_map(|one| super::reading::read(&one.definition).constants);
            constants
                .filter(|one| !one.is_number)
                .map(|one| one.value)
                .collect()
        }
    };
    let few = labels.len() <= MOST_LABELS;
    let labels = labels.iter().filter(|_| few);
    labels.map(|one| crate::sql::literal(one)).collect()
}
