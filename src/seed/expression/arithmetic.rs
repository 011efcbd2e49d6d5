//! Arithmetic over what is known.

use super::{Expression, Operator};
use crate::seed::value::Value;

/// The expression of an operator, computed at once where both sides are known.
pub(super) fn arithmetic(operator: Operator, one: Expression, other: Expression) -> Expression {
    if let (Expression::Constant(left), Expression::Constant(right)) = (&one, &other) {
        let known = match (operator, left, right) {
            (Operator::Add, Value::Date(days), Value::Int(count)) => {
                Some(Value::Date(days + *count as i32))
            }
            (Operator::Subtract, Value::Date(days), Value::Int(count)) => {
                Some(Value::Date(days - *count as i32))
            }
            (Operator::Subtract, Value::Int(one), Value::Int(other)) => {
                Some(Value::Int(one - other))
            }
            (Operator::Subtract, Value::Int(0), Value::Number(other)) => {
                Some(Value::Number(-other))
            }
            _ => None,
        };
        if let Some(known) = known {
            return Expression::Constant(known);
        }
    }
    Expression::Arithmetic(operator, Box::new(one), Box::new(other))
}
