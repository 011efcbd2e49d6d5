//! The value of an expression.

use super::{InScope, Worker};
use crate::seed::expression::{Comparison, Expression, Function, Operator};
use crate::seed::value::text::slug;
use crate::seed::value::{UNIT, Value, date, round_to, write_number};

impl Worker<'_> {
    /// Whether a condition holds: what is unknown does not.
    pub(crate) fn holds(&mut self, scope: &mut InScope<'_>, condition: &Expression) -> bool {
        self.truth(scope, condition) == Some(true)
    }

    /// Whether a condition is true, false, or unknown, as in SQL.
    fn truth(&mut self, scope: &mut InScope<'_>, condition: &Expression) -> Option<bool> {
        match condition {
            Expression::And(one, other) => match self.truth(scope, one) {
                Some(false) => Some(false),
                one => match self.truth(scope, other) {
                    Some(true) => one,
                    other => other,
                },
            },
            Expression::Or(one, other) => match self.truth(scope, one) {
                Some(true) => Some(true),
                one => match self.truth(scope, other) {
                    Some(false) => one,
                    other => other,
                },
            },
            Expression::Not(inner) => self.truth(scope, inner).map(|truth| !truth),
            Expression::Compare(comparison, one, other) => {
                let (one, other) = (self.evaluate(scope, one), self.evaluate(scope, other));
                let order = self.compare(&one, &other)?;
                Some(match comparison {
                    Comparison::Equal => order.is_eq(),
                    Comparison::Different => order.is_ne(),
                    Comparison::Less => order.is_lt(),
                    Comparison::AtMost => order.is_le(),
                    Comparison::Greater => order.is_gt(),
                    Comparison::AtLeast => order.is_ge(),
                })
            }
            Expression::Between(value, low, high) => {
                let value = self.evaluate(scope, value);
                let low = self.evaluate(scope, low);
                let is_above = self.compare(&value, &low).map(std::cmp::Ordering::is_ge);
                if is_above == Some(false) {
                    return Some(false);
                }
                let high = self.evaluate(scope, high);
                match self.compare(&value, &high).map(std::cmp::Ordering::is_le) {
                    Some(true) => is_above,
                    is_below => is_below,
                }
            }
            Expression::In(value, options) => {
                let value = self.evaluate(scope, value);
                let mut truth = Some(false);
                for option in options {
                    let option = self.evaluate(scope, option);
                    match self.compare(&value, &option) {
                        Some(order) if order.is_eq() => return Some(true),
                        Some(_) => {}
                        None => truth = None,
                    }
                }
                truth
            }
            Expression::IsNull(inner) => Some(self.evaluate(scope, inner) == Value::Null),
            other => match self.evaluate(scope, other) {
                Value::Bool(truth) => Some(truth),
                _ => None,
            },
        }
    }

    /// The value of an expression.
    pub(crate) fn evaluate(&mut self, scope: &mut InScope<'_>, expression: &Expression) -> Value {
        match expression {
            Expression::Constant(value) => value.clone(),
            Expression::Text(text) => Value::text(text),
            Expression::Path(path) => self.path(scope, path),
            Expression::Arithmetic(operator, one, other) => {
                let (one, other) = (self.evaluate(scope, one), self.evaluate(scope, other));
                if *operator == Operator::Concatenate {
                    let mut text = String::new();
                    self.write(&mut text, &one);
                    self.write(&mut text, &other);
                    return Value::text(&text);
                }
                arithmetic(*operator, &one, &other).unwrap_or(Value::Null)
            }
            Expression::Call(function, arguments) => self.call(scope, *function, arguments),
            condition => self
                .truth(scope, condition)
                .map_or(Value::Null, Value::Bool),
        }
    }

    fn call(
        &mut self,
        scope: &mut InScope<'_>,
        function: Function,
        arguments: &[Expression],
    ) -> Value {
        if function == Function::If {
            let chosen = if self.holds(scope, &arguments[0]) {
                &arguments[1]
            } else {
                &arguments[2]
            };
            return self.evaluate(scope, chosen);
        }
        let first = self.evaluate(scope, &arguments[0]);
        match function {
            Function::Coalesce => {
                let mut value = first;
                for argument in &arguments[1..] {
                    if value != Value::Null {
                        break;
                    }
                    value = self.evaluate(scope, argument);
                }
                value
            }
            Function::Least | Function::Greatest => {
                let wanted = if function == Function::Least {
                    std::cmp::Ordering::Less
                } else {
                    std::cmp::Ordering::Greater
                };
                let mut best = first;
                for argument in &arguments[1..] {
                    let value = self.evaluate(scope, argument);
                    let is_better =
                        best == Value::Null || self.compare(&value, &best) == Some(wanted);
                    if is_better {
                        best = value;
                    }
                }
                best
            }
            Function::Round => {
                let step = match arguments.get(1) {
                    Some(step) => self.evaluate(scope, step).number().unwrap_or(UNIT),
                    None => UNIT,
                };
                first
                    .number()
                    .map_or(Value::Null, |number| Value::Number(round_to(number, step)))
            }
            Function::Floor => first
                .number()
                .map_or(Value::Null, |number| Value::Int(number.div_euclid(UNIT))),
            Function::Week => first
                .day()
                .map_or(Value::Null, |day| Value::Date(date::monday(day))),
            Function::Workday => first.day().map_or(Value::Null, |day| {
                let weekday = date::weekday(day) as i32;
                Value::Date(if weekday > 4 { day + 7 - weekday } else { day })
            }),
            Function::Lower | Function::Upper | Function::Slug if first == Value::Null => first,
            Function::Lower | Function::Upper | Function::Slug => {
                let mut text = String::new();
                self.write(&mut text, &first);
                Value::text(&match function {
                    Function::Lower => text.to_lowercase(),
                    Function::Upper => text.to_uppercase(),
                    _ => slug(&text, '-'),
                })
            }
            Function::If => Value::Null,
        }
    }

    /// How two values stand to each other; nothing when one is null or they cannot be compared.
    pub(crate) fn compare(&self, one: &Value, other: &Value) -> Option<std::cmp::Ordering> {
        match (one, other) {
            (Value::Date(one), Value::Date(other)) => return Some(one.cmp(other)),
            (Value::Word(one), Value::Word(other)) if one == other => {
                return Some(std::cmp::Ordering::Equal);
            }
            (Value::Uuid(one), Value::Uuid(other)) => return Some(one.cmp(other)),
            _ => {}
        }
        if let (Some(one), Some(other)) = (one.number(), other.number()) {
            return Some(one.cmp(&other));
        }
        if let (Some(one), Some(other)) = (one.instant(), other.instant()) {
            return Some(one.cmp(&other));
        }
        Some(self.data.text(one)?.cmp(self.data.text(other)?))
    }

    /// Writes a value as a phrase shows it; dates are moved as they are on their way out.
    pub(crate) fn write(&self, out: &mut String, value: &Value) {
        use std::fmt::Write as _;
        match value {
            Value::Unset | Value::Null => {}
            Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Value::Int(value) => {
                // Writing to a String cannot fail.
                let _ = write!(out, "{value}");
            }
            Value::Number(value) => {
                let mut text = String::new();
                write_number(&mut text, *value, 4);
                out.push_str(text.trim_end_matches('0').trim_end_matches('.'));
            }
            Value::Date(days) => date::write(out, days + self.data.shift),
            Value::Timestamp(micros) => {
                date::write_timestamp(out, micros + i64::from(self.data.shift) * date::DAY);
            }
            Value::Uuid(uuid) => crate::seed::value::uuid::write(out, uuid),
            Value::Word(_) | Value::Text(_) => {
                out.push_str(self.data.text(value).unwrap_or_default());
            }
            Value::Json(text) => out.push_str(text),
            Value::List(items) => out.push_str(&items.join(", ")),
            Value::Vector(_) => out.push_str("[…]"),
        }
    }
}

fn arithmetic(operator: Operator, one: &Value, other: &Value) -> Option<Value> {
    match (operator, one, other) {
        (Operator::Add | Operator::Subtract, Value::Int(one), Value::Int(other)) => {
            Some(Value::Int(if operator == Operator::Add {
                one.checked_add(*other)?
            } else {
                one.checked_sub(*other)?
            }))
        }
        (Operator::Multiply, Value::Int(one), Value::Int(other)) => {
            Some(Value::Int(one.checked_mul(*other)?))
        }
        (
            Operator::Subtract,
            Value::Date(_) | Value::Timestamp(_),
            Value::Date(_) | Value::Timestamp(_),
        ) => {
            if let (Value::Date(one), Value::Date(other)) = (one, other) {
                return Some(Value::Int(i64::from(one - other)));
            }
            let days = (one.instant()? - other.instant()?) / (date::DAY / UNIT);
            Some(Value::Number(days))
        }
        (Operator::Add, Value::Date(days), _) => {
            Some(Value::Date(days + (other.number()? / UNIT) as i32))
        }
        (Operator::Subtract, Value::Date(days), _) => {
            Some(Value::Date(days - (other.number()? / UNIT) as i32))
        }
        (Operator::Add, Value::Timestamp(micros), _) => Some(Value::Timestamp(
            micros + other.number()? * (date::DAY / UNIT),
        )),
        (Operator::Subtract, Value::Timestamp(micros), _) => Some(Value::Timestamp(
            micros - other.number()? * (date::DAY / UNIT),
        )),
        _ => {
            let (one, other) = (i128::from(one.number()?), i128::from(other.number()?));
            let unit = i128::from(UNIT);
            let result = match operator {
                Operator::Add => one + other,
                Operator::Subtract => one - other,
                Operator::Multiply => one * other / unit,
                Operator::Divide if other == 0 => return None,
                Operator::Divide => one * unit / other,
                Operator::Concatenate => return None,
            };
            Some(Value::Number(i64::try_from(result).ok()?))
        }
    }
}
