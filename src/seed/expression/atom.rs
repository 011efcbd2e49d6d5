//! The innermost parts of expressions: literals, names, calls.

use std::ops::Range;

use super::arithmetic::arithmetic;
use super::complaint::Complaint;
use super::lexer::Token;
use super::parser::{Parser, describe};
use super::{Expression, Function, Operator};
use crate::seed::value::{Value, date, parse_number};

impl Parser<'_> {
    pub(super) fn atom(&mut self) -> Result<Expression, Complaint> {
        let Some((token, span)) = self.next() else {
            return Err(Complaint::new(
                self.end..self.end,
                "something is missing at the end",
            ));
        };
        let atom = match token {
            Token::Sign("(") => {
                let inner = self.disjunction()?;
                self.expect(")")?;
                inner
            }
            Token::Sign("-") => arithmetic(
                Operator::Subtract,
                Expression::Constant(Value::Int(0)),
                self.atom()?,
            ),
            Token::Number(text) => Expression::Constant(number(&text).ok_or_else(|| {
                Complaint::new(
                    span,
                    format!("`{text}` is not a number of up to four digits after the point"),
                )
            })?),
            Token::Text(text) => match (date::parse(&text), date::parse_instant(&text)) {
                (Some(days), _) => Expression::Constant(Value::Date(days)),
                (None, Some(instant)) => Expression::Constant(Value::Timestamp(instant)),
                (None, None) => Expression::Text(text.into()),
            },
            Token::Name(name) => self.name(&name, span)?,
            other => {
                return Err(Complaint::new(
                    span,
                    format!("{} does not belong here", describe(&other)),
                ));
            }
        };
        // A cast, as the server writes it into constraints, says nothing new.
        if self.sign("::") {
            self.next();
        }
        Ok(atom)
    }

    fn name(&mut self, name: &str, span: Range<usize>) -> Result<Expression, Complaint> {
        if self.sign("(") {
            return self.call(name, span);
        }
        Ok(match name.to_ascii_lowercase().as_str() {
            "as_of" => Expression::Constant(Value::Date(self.names.as_of())),
            "true" => Expression::Constant(Value::Bool(true)),
            "false" => Expression::Constant(Value::Bool(false)),
            "null" => Expression::Constant(Value::Null),
            _ => {
                let path = self
                    .names
                    .path(name)
                    .map_err(|(message, suggestion)| Complaint {
                        span,
                        message,
                        suggestion,
                    })?;
                Expression::Path(path)
            }
        })
    }

    fn call(&mut self, name: &str, span: Range<usize>) -> Result<Expression, Complaint> {
        let Some((_, function, least, most)) =
            Function::ALL.into_iter().find(|(known, ..)| *known == name)
        else {
            let known: Vec<_> = Function::ALL.iter().map(|(known, ..)| *known).collect();
            return Err(Complaint {
                suggestion: Some(format!("the functions are {}", known.join(", "))),
                ..Complaint::new(span, format!("there is no function `{name}`"))
            });
        };
        let mut arguments = Vec::new();
        if !self.sign(")") {
            arguments.push(self.disjunction()?);
            while self.sign(",") {
                arguments.push(self.disjunction()?);
            }
            self.expect(")")?;
        }
        if !(least..=most).contains(&arguments.len()) {
            return Err(Complaint::new(
                span,
                format!(
                    "{name} takes {least} to {most} arguments, not {}",
                    arguments.len()
                ),
            ));
        }
        Ok(Expression::Call(function, arguments))
    }
}

/// A number as the narrowest of the two kinds.
fn number(text: &str) -> Option<Value> {
    if let Ok(whole) = text.replace('_', "").parse() {
        return Some(Value::Int(whole));
    }
    parse_number(text).map(Value::Number)
}
