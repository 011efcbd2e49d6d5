//! `{ case = [ { when = "…", is = … }, { else = … } ] }`: the first whose condition holds;
//! `{ by = "country", is = { CH = "CHF", GB = "GBP" }, else = "EUR" }`: the one that a column names.

use super::Generator;
use crate::files::suggest;
use crate::files::toml::{Data, Key, Node};
use crate::seed::column_type::ColumnType;
use crate::seed::expression::{Comparison, End, Expression, Path};
use crate::seed::spec::{Fields, Reader, Slot};
use crate::seed::value::Value;

/// Conditions with their generators.
#[derive(Clone, Debug)]
pub struct Case {
    pub(crate) branches: Vec<(Option<Expression>, Generator)>,
}

pub(super) fn parse(
    reader: &mut Reader<'_>,
    _: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    let mut branches = Vec::new();
    let mut is_fine = true;
    for item in reader.array(value)? {
        let mut fields = Fields::of(item);
        let condition = fields.take("when").map(|node| reader.expression(node));
        let otherwise = fields.take("else");
        let result = match (fields.take("is"), otherwise) {
            // `{ else = true, is = … }` and `{ else = … }` mean the same.
            (Some(node), _) | (None, Some(node)) => super::parse(reader, node, slot),
            (None, None) => {
                let hint = "a branch is { when = \"…\", is = … } or { else = … }".to_owned();
                reader.mistake(item.span.clone(), "this branch has no value", Some(hint));
                None
            }
        };
        reader.finish(fields, "a branch of `case`");
        match (condition, result) {
            (Some(Some(condition)), Some(result)) => branches.push((Some(condition), result)),
            (None, Some(result)) => branches.push((None, result)),
            _ => is_fine = false,
        }
    }
    is_fine.then(|| ended(reader, value, slot, branches, "add { else = … } at the end"))?
}

/// `{ by = "column", is = { label = …, … }, else = … }`.
pub(super) fn parse_by(
    reader: &mut Reader<'_>,
    fields: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    let path = reader.path(value);
    let (table, otherwise) = (fields.take("is"), fields.take("else"));
    let Some(Data::Table(entries)) = table.map(|node| &node.data) else {
        let hint = "for example { by = \"country\", is = { CH = \"CHF\" }, else = \"EUR\" }";
        let span = table.unwrap_or(value).span.clone();
        let message = "`by` needs a table that says what each of the column's values is";
        reader.mistake(span, message, Some(hint.to_owned()));
        return None;
    };
    let path = path?;
    let labels = labels_of(reader, &path);
    let mut branches = Vec::new();
    let mut is_fine = true;
    for (label, node) in entries {
        is_fine &= is_label(reader, label, labels.as_deref());
        match super::parse(reader, node, slot) {
            Some(result) => branches.push((Some(is_equal(&path, &label.text)), result)),
            None => is_fine = false,
        }
    }
    if let Some(node) = otherwise {
        match super::parse(reader, node, slot) {
            Some(result) => branches.push((None, result)),
            None => is_fine = false,
        }
    }
    is_fine.then(|| ended(reader, value, slot, branches, "add else = …"))?
}

/// Whether a name leads to what a key of the file says: a text, a whole number or a truth value.
fn is_equal(path: &Path, text: &str) -> Expression {
    let compared = |value| {
        let path = Box::new(Expression::Path(path.clone()));
        Expression::Compare(Comparison::Equal, path, Box::new(value))
    };
    let as_text = compared(Expression::Text(text.into()));
    let other = match text {
        "true" | "false" => Some(Value::Bool(text == "true")),
        _ => text.parse().ok().map(Value::Int),
    };
    match other {
        None => as_text,
        Some(value) => {
            let as_value = compared(Expression::Constant(value));
            Expression::Or(Box::new(as_text), Box::new(as_value))
        }
    }
}

/// The only values that a column of the row itself can have, where they are known.
fn labels_of(reader: &Reader<'_>, path: &Path) -> Option<Vec<String>> {
    let End::Column(column) = path.end else {
        return None;
    };
    let table = &reader.names.tables[reader.scope.table];
    let column = table.columns.get(column).filter(|_| path.hops.is_empty())?;
    match &column.data_type {
        Some(ColumnType::Enum(labels)) => Some(labels.clone()),
        _ => column.labels.clone(),
    }
}

/// Notes a value that the column never has.
fn is_label(reader: &mut Reader<'_>, key: &Key, labels: Option<&[String]>) -> bool {
    let Some(labels) = labels.filter(|labels| !labels.contains(&key.text)) else {
        return true;
    };
    let hint = suggest::hint(&key.text, labels.iter().map(String::as_str));
    let hint = hint.unwrap_or_else(|| format!("it is one of {}", labels.join(", ")));
    let message = format!("the column is never `{}`", key.text);
    reader.mistake(key.span.clone(), message, Some(hint));
    false
}

/// The branches, of which one must hold where the column is not null.
fn ended(
    reader: &mut Reader<'_>,
    value: &Node,
    slot: &Slot,
    branches: Vec<(Option<Expression>, Generator)>,
    hint: &str,
) -> Option<Generator> {
    let has_end = branches
        .last()
        .is_some_and(|(condition, _)| condition.is_none());
    if !has_end && slot.not_null {
        reader.mistake(
            value.span.clone(),
            format!("{} is not null, and no branch may hold", slot.label),
            Some(hint.to_owned()),
        );
        return None;
    }
    Some(Generator::Case(Box::new(Case { branches })))
}

impl Case {
    /// What it may come to.
    pub(crate) fn results(&self) -> impl Iterator<Item = &Generator> {
        self.branches.iter().map(|(_, result)| result)
    }

    pub(super) fn paths(&self, visit: &mut dyn FnMut(&Path)) {
        for (condition, result) in &self.branches {
            if let Some(condition) = condition {
                condition.paths(visit);
            }
            result.paths(visit);
        }
    }
}
