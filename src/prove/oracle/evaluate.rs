//! What an expression comes to for a row and a session, in SQL's logic of three values.

use std::cmp::Ordering;

use crate::policy::{Expression, Sign, Step};
use crate::prove::claims::Claim;
use crate::prove::world::{Row, World};

/// True, false, or unknown.
pub(in crate::prove) type Truth = Option<bool>;

/// What an expression speaks of.
pub(in crate::prove) struct Given<'a> {
    /// All rows.
    pub(in crate::prove) world: &'a World,
    /// The table of the row at hand, an index into the world's.
    pub(in crate::prove) table: usize,
    /// The row at hand.
    pub(in crate::prove) row: &'a Row,
    /// What `row[name]` stands for.
    pub(in crate::prove) names: &'a [(String, String)],
    /// `context.tenant`, `context.user`, `context.role`.
    pub(in crate::prove) context: [Option<&'a str>; 3],
    /// Claims of the session's JWT, by their paths.
    pub(in crate::prove) claims: &'a [Claim],
    /// Names for rows of `exists`, innermost last.
    pub(in crate::prove) bound: Vec<(&'a str, usize, &'a Row)>,
}

enum Value {
    Null,
    Flag(bool),
    Number(f64),
    Text(String),
}

/// Whether a condition holds.
pub(in crate::prove) fn evaluate<'a>(expression: &'a Expression, given: &mut Given<'a>) -> Truth {
    match expression {
        Expression::And(parts) => all(parts.iter().map(|part| evaluate(part, given))),
        Expression::Or(parts) => all(parts
            .iter()
            .map(|part| evaluate(part, given).map(|truth| !truth)))
        .map(|truth| !truth),
        Expression::Not(inner) => evaluate(inner, given).map(|truth| !truth),
        Expression::IsNull(inner) => Some(matches!(value(inner, given), Value::Null)),
        Expression::Compare(left, sign, right) => {
            compare(&value(left, given), *sign, &value(right, given))
        }
        Expression::In(left, list) => {
            let left = value(left, given);
            let none = all(list
                .iter()
                .map(|one| compare(&left, Sign::Different, &value(one, given))));
            none.map(|none| !none)
        }
        Expression::Exists {
            table,
            name,
            condition,
        } => {
            let Some(at) = given.world.find(table) else {
                return Some(false);
            };
            let world = given.world;
            let found = world.tables[at].rows.iter().any(|row| {
                given.bound.push((name, at, row));
                let truth = evaluate(condition, given);
                given.bound.pop();
                truth == Some(true)
            });
            Some(found)
        }
        other => match value(other, given) {
            Value::Flag(flag) => Some(flag),
            Value::Text(text) => match text.as_str() {
                "t" | "true" => Some(true),
                "f" | "false" => Some(false),
                _ => None,
            },
            Value::Null | Value::Number(_) => None,
        },
    }
}

/// SQL's `and` over any number.
fn all(truths: impl Iterator<Item = Truth>) -> Truth {
    let mut result = Some(true);
    for truth in truths {
        match truth {
            Some(false) => return Some(false),
            None => result = None,
            Some(true) => {}
        }
    }
    result
}

fn value<'a>(expression: &'a Expression, given: &mut Given<'a>) -> Value {
    match expression {
        Expression::Null => Value::Null,
        Expression::Flag(flag) => Value::Flag(*flag),
        Expression::Number(text) => text.parse().map_or(Value::Null, Value::Number),
        Expression::Text(text) => Value::Text(text.clone()),
        Expression::Lower(inner) => match value(inner, given) {
            Value::Text(text) => Value::Text(text.to_lowercase()),
            other => other,
        },
        Expression::Upper(inner) => match value(inner, given) {
            Value::Text(text) => Value::Text(text.to_uppercase()),
            other => other,
        },
        Expression::Coalesce(parts) => {
            let mut values = parts.iter().map(|part| value(part, given));
            let known = values.find(|value| !matches!(value, Value::Null));
            known.unwrap_or(Value::Null)
        }
        Expression::Sum(left, step, right) => {
            let (left, right) = (value(left, given), value(right, given));
            let (Some(left), Some(right)) = (as_number(&left), as_number(&right)) else {
                return Value::Null;
            };
            Value::Number(match step {
                Step::Plus => left + right,
                Step::Minus => left - right,
                Step::Times => left * right,
            })
        }
        Expression::Named(name) => {
            let column = given.names.iter().find(|(known, _)| known == name);
            column.map_or(Value::Null, |(_, column)| {
                cell(given.world, given.table, given.row, column)
            })
        }
        Expression::Column(whose, column) => {
            let bound = given.bound.iter().rev().find(|(name, ..)| name == whose);
            match bound {
                Some((_, table, row)) => cell(given.world, *table, row, column),
                None => cell(given.world, given.table, given.row, column),
            }
        }
        // Both are written by the server in the same way, so that texts compare as moments do.
        Expression::Context(key) if key == "now" => Value::Text(given.world.now.clone()),
        Expression::Context(key) => {
            let at = ["tenant", "user", "role"]
                .iter()
                .position(|known| known == key);
            text(at.and_then(|at| given.context[at]))
        }
        Expression::Claim(path) => {
            let claim = given.claims.iter().find(|(known, _)| known == path);
            text(claim.map(|(_, value)| value.as_str()))
        }
        condition => evaluate(condition, given).map_or(Value::Null, Value::Flag),
    }
}

fn cell(world: &World, table: usize, row: &Row, column: &str) -> Value {
    let at = world.tables[table].column(column);
    text(at.and_then(|at| row.get(at)?.as_deref()))
}

fn text(text: Option<&str>) -> Value {
    text.map_or(Value::Null, |text| Value::Text(text.to_owned()))
}

fn compare(left: &Value, sign: Sign, right: &Value) -> Truth {
    let ordering = match (left, right) {
        (Value::Null, _) | (_, Value::Null) => return None,
        (Value::Text(left), Value::Text(right)) => match (sign, number(left), number(right)) {
            (Sign::Equal | Sign::Different, ..) | (_, None, _) | (_, _, None) => left.cmp(right),
            (_, Some(left), Some(right)) => left.partial_cmp(&right)?,
        },
        (Value::Flag(_), _) | (_, Value::Flag(_)) => flag(left)?.cmp(&flag(right)?),
        (left, right) => as_number(left)?.partial_cmp(&as_number(right)?)?,
    };
    Some(match sign {
        Sign::Equal => ordering == Ordering::Equal,
        Sign::Different => ordering != Ordering::Equal,
        Sign::Less => ordering == Ordering::Less,
        Sign::LessOrEqual => ordering != Ordering::Greater,
        Sign::Greater => ordering == Ordering::Greater,
        Sign::GreaterOrEqual => ordering != Ordering::Less,
    })
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok()
}

fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        Value::Text(text) => number(text),
        Value::Null | Value::Flag(_) => None,
    }
}

fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Flag(flag) => Some(*flag),
        Value::Text(text) => match text.as_str() {
            "t" | "true" => Some(true),
            "f" | "false" => Some(false),
            _ => None,
        },
        Value::Null | Value::Number(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::rc::Rc;

    use super::*;
    use crate::catalog::{Catalog, Name, Object, Objects};
    use crate::policy::read_words;
    use crate::prove::world::Contents;

    #[test]
    fn the_words_of_conditions_come_to_what_the_document_says() {
        let cases = crate::sql::truths::truths(include_str!("../../../docs/words.md"));
        assert!(cases.len() > 50, "{}", cases.len());
        let columns = ["n", "s", "t", "f", "nothing"];
        let mut table = Object::default();
        let order = ("column order".to_owned(), columns.join(", "));
        table.properties.extend([order]);
        for column in columns {
            let held = [("type".to_owned(), "text".to_owned())].into();
            table.parts.insert(format!("column {column}"), held);
        }
        let objects: Objects = [("table t.facts".to_owned(), table)].into();
        let row: Row = [Some("5"), Some("open"), Some("t"), Some("f"), None]
            .map(|value| value.map(str::to_owned))
            .to_vec();
        let world = World {
            tables: vec![Rc::new(Contents {
                name: Name::new("t", "facts"),
                columns: Catalog::written(&objects).unwrap().columns,
                key: Vec::new(),
                bound: BTreeSet::new(),
                rows: vec![row.clone()],
            })],
            ..World::default()
        };
        for (condition, truth) in cases {
            let words = read_words(condition).unwrap();
            let mut given = Given {
                world: &world,
                table: 0,
                row: &row,
                names: &[],
                context: [None; 3],
                claims: &[],
                bound: Vec::new(),
            };
            assert_eq!(evaluate(&words, &mut given), truth, "{condition}");
        }
    }
}
