//! From expressions to [`Code`].

use super::code::{self, Arithmetic, Code, Kind, bits, kind_of};
use super::compile::{Compiler, Made};
use super::kind::{self, common};
use super::place::place_of;
use crate::seed::expression::{Comparison, Expression, Function, Operator};

impl Compiler<'_> {
    /// Code that comes to 1 where a condition holds, and to 0 where it is false or unknown.
    pub(super) fn condition(&mut self, expression: &Expression) -> Option<Code> {
        match expression {
            Expression::Not(inner) => match &**inner {
                Expression::IsNull(_) => Some(Code::Not(Box::new(self.condition(inner)?))),
                inner => self.condition(&inner.negated()),
            },
            Expression::And(one, other) => Some(Code::And(
                Box::new(self.condition(one)?),
                Box::new(self.condition(other)?),
            )),
            Expression::Or(one, other) => Some(Code::Or(
                Box::new(self.condition(one)?),
                Box::new(self.condition(other)?),
            )),
            Expression::Compare(comparison, one, other) => {
                if let (Some((first, Kind::Row { table, column })), Comparison::Equal) =
                    (self.expression(one), comparison)
                    && let (
                        second,
                        Kind::Row {
                            table: theirs,
                            column: other,
                        },
                    ) = self.expression(other)?
                {
                    if (table, column) == (theirs, other) && kind::is_key(self.data, table, column)
                    {
                        // Keys of one table differ from row to row.
                        let (first, second) = (Box::new(first), Box::new(second));
                        return Some(Code::Compare(Comparison::Equal, first, second));
                    }
                    let slots = [
                        place_of(&mut self.keys, (table, column)),
                        place_of(&mut self.keys, (theirs, other)),
                    ];
                    return Some(Code::SameKey([
                        (slots[0], Box::new(first)),
                        (slots[1], Box::new(second)),
                    ]));
                }
                let is_equality = matches!(comparison, Comparison::Equal | Comparison::Different);
                let (one, other) = self.alike(one, other, is_equality)?;
                Some(Code::Compare(*comparison, Box::new(one), Box::new(other)))
            }
            Expression::Between(value, low, high) => {
                let (bounded, low) = self.alike(value, low, false)?;
                let (again, high) = self.alike(value, high, false)?;
                // One bound may be a day and the other an instant.
                if matches!(bounded, Code::Midnight(_)) != matches!(again, Code::Midnight(_)) {
                    return None;
                }
                Some(Code::Between(
                    Box::new(bounded),
                    Box::new(low),
                    Box::new(high),
                ))
            }
            Expression::In(value, options) => {
                let mut known = None;
                let mut codes = Vec::new();
                for option in options {
                    let (value, option) = self.alike(value, option, true)?;
                    codes.push(option);
                    let moved = matches!(value, Code::Midnight(_));
                    if known
                        .replace(value)
                        .is_some_and(|known| matches!(known, Code::Midnight(_)) != moved)
                    {
                        return None;
                    }
                }
                Some(Code::In(Box::new(known?), codes))
            }
            Expression::IsNull(inner) => {
                let (code, kind) = self.expression(inner)?;
                if !kind::tells_null(self.data, kind) {
                    return None;
                }
                Some(Code::IsNull(Box::new(code)))
            }
            value => match self.expression(value)? {
                (code, Kind::Truth) => Some(code),
                _ => None,
            },
        }
    }

    pub(super) fn expression(&mut self, expression: &Expression) -> Made {
        match expression {
            Expression::Constant(value) => {
                let kind = kind_of(value)?;
                Some((Code::Constant(bits(kind, value)?), kind))
            }
            Expression::Text(_) => None,
            Expression::Path(path) => self.path(path),
            Expression::Arithmetic(operator, one, other) => self.arithmetic(*operator, one, other),
            Expression::Call(function, arguments) => self.call(*function, arguments),
            Expression::IsNull(_) => Some((self.condition(expression)?, Kind::Truth)),
            condition => {
                // As a value it may be unknown.
                let is_true = (Some(self.condition(condition)?), Code::Constant(1));
                let is_false = (
                    Some(self.condition(&condition.negated())?),
                    Code::Constant(0),
                );
                Some((Code::Case(vec![is_true, is_false]), Kind::Truth))
            }
        }
    }

    /// Two expressions that can be compared as they are.
    pub(super) fn alike(
        &mut self,
        one: &Expression,
        other: &Expression,
        equal: bool,
    ) -> Option<(Code, Code)> {
        let ((one, first), (other, second)) = (self.expression(one)?, self.expression(other)?);
        let midnight = |code| Code::Midnight(Box::new(code));
        match (first, second) {
            (Kind::Number, Kind::Number)
            | (Kind::Day, Kind::Day)
            | (Kind::Instant, Kind::Instant)
            | (Kind::Truth, Kind::Truth) => Some((one, other)),
            (Kind::Word, Kind::Word) if equal => Some((one, other)),
            (Kind::Day, Kind::Instant) => Some((midnight(one), other)),
            (Kind::Instant, Kind::Day) => Some((one, midnight(other))),
            _ => None,
        }
    }

    pub(super) fn arithmetic(
        &mut self,
        operator: Operator,
        one: &Expression,
        other: &Expression,
    ) -> Made {
        let ((one, first), (other, second)) = (self.expression(one)?, self.expression(other)?);
        let kind = kind::arithmetic(operator, first, second)?;
        let midnight = |code, kind| match kind {
            Kind::Day => Code::Midnight(Box::new(code)),
            _ => code,
        };
        let sign = if operator == Operator::Add { 1 } else { -1 };
        let (operator, one, other) = match (operator, first, second) {
            (_, Kind::Day, Kind::Number) => (Arithmetic::MoveDay(sign), one, other),
            (_, Kind::Instant, Kind::Number) => (Arithmetic::MoveInstant(sign), one, other),
            (_, Kind::Day, Kind::Day) => (Arithmetic::Days, one, other),
            (_, Kind::Day | Kind::Instant, _) => (
                Arithmetic::Time,
                midnight(one, first),
                midnight(other, second),
            ),
            (Operator::Add, ..) => (Arithmetic::Add, one, other),
            (Operator::Subtract, ..) => (Arithmetic::Subtract, one, other),
            (Operator::Multiply, ..) => (Arithmetic::Multiply, one, other),
            (Operator::Divide, ..) => (Arithmetic::Divide, one, other),
            (Operator::Concatenate, ..) => return None,
        };
        if let (Code::Constant(one), Code::Constant(other)) = (&one, &other) {
            return Some((
                Code::Constant(code::arithmetic(operator, *one, *other)?),
                kind,
            ));
        }
        Some((
            Code::Arithmetic(operator, Box::new(one), Box::new(other)),
            kind,
        ))
    }

    pub(super) fn call(&mut self, function: Function, arguments: &[Expression]) -> Made {
        let made: Option<Vec<(Code, Kind)>> = if function == Function::If {
            let mut made = vec![(self.condition(&arguments[0])?, Kind::Nothing)];
            for argument in &arguments[1..] {
                made.push(self.expression(argument)?);
            }
            Some(made)
        } else {
            arguments
                .iter()
                .map(|argument| self.expression(argument))
                .collect()
        };
        let made = made?;
        let kind = common(made.iter().map(|(_, kind)| Some(*kind)))?;
        let is_fine = match function {
            Function::Round | Function::Floor => kind == Kind::Number,
            Function::Least | Function::Greatest => {
                matches!(kind, Kind::Number | Kind::Day | Kind::Instant)
            }
            Function::Coalesce => kind::tells_null(self.data, kind),
            Function::If => true,
            Function::Week | Function::Workday => kind == Kind::Day,
            Function::Lower | Function::Upper | Function::Slug => false,
        };
        is_fine.then(|| {
            let known: Option<Vec<i64>> = made
                .iter()
                .map(|(code, _)| match code {
                    Code::Constant(bits) => Some(*bits),
                    _ => None,
                })
                .collect();
            if let Some(known) =
                known.filter(|_| !matches!(function, Function::Coalesce | Function::If))
            {
                return (Code::Constant(code::call(function, &known)), kind);
            }
            let codes = made.into_iter().map(|(code, _)| code).collect();
            (Code::Call(function, codes), kind)
        })
    }
}
