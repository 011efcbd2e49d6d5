//! Expressions from text, by operator precedence.

use std::ops::Range;

use super::arithmetic::arithmetic;
use super::complaint::Complaint;
use super::lexer::{Token, tokens};
use super::{Comparison, Expression, Operator, Path};
use crate::seed::value::Value;

/// What a name means in the place where the expression stands.
pub trait Names {
    /// The row and column that a dotted name leads to.
    ///
    /// # Errors
    /// When there is no such name: a sentence and what was probably meant.
    fn path(&mut self, name: &str) -> Result<Path, (String, Option<String>)>;

    /// The demo's present day.
    fn as_of(&self) -> i32;
}

/// Reads an expression.
///
/// # Errors
/// With the first thing that cannot be understood.
pub fn parse(text: &str, names: &mut dyn Names) -> Result<Expression, Complaint> {
    let tokens = tokens(text)?;
    let mut parser = Parser {
        end: text.len(),
        tokens: &tokens,
        names,
    };
    let expression = parser.disjunction()?;
    match parser.tokens.first() {
        None => Ok(expression),
        Some((token, span)) => Err(Complaint::new(
            span.clone(),
            format!("{} does not belong here", describe(token)),
        )),
    }
}

pub(super) struct Parser<'a> {
    pub(super) end: usize,
    tokens: &'a [(Token, Range<usize>)],
    pub(super) names: &'a mut dyn Names,
}

pub(super) fn describe(token: &Token) -> String {
    match token {
        Token::Name(name) | Token::Number(name) => format!("`{name}`"),
        Token::Text(text) => format!("'{text}'"),
        Token::Sign(sign) => format!("`{sign}`"),
    }
}

impl Parser<'_> {
    pub(super) fn next(&mut self) -> Option<(Token, Range<usize>)> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first.clone())
    }

    pub(super) fn sign(&mut self, wanted: &str) -> bool {
        let found = matches!(self.tokens.first(), Some((Token::Sign(sign), _)) if *sign == wanted);
        if found {
            self.tokens = &self.tokens[1..];
        }
        found
    }

    fn word(&mut self, wanted: &str) -> bool {
        let found = matches!(self.tokens.first(), Some((Token::Name(name), _)) if name.eq_ignore_ascii_case(wanted));
        if found {
            self.tokens = &self.tokens[1..];
        }
        found
    }

    fn here(&self) -> Range<usize> {
        self.tokens
            .first()
            .map_or(self.end..self.end, |(_, span)| span.clone())
    }

    pub(super) fn expect(&mut self, sign: &str) -> Result<(), Complaint> {
        if self.sign(sign) {
            return Ok(());
        }
        Err(Complaint::new(
            self.here(),
            format!("`{sign}` is expected here"),
        ))
    }

    pub(super) fn disjunction(&mut self) -> Result<Expression, Complaint> {
        let mut left = self.conjunction()?;
        while self.word("or") {
            left = Expression::Or(Box::new(left), Box::new(self.conjunction()?));
        }
        Ok(left)
    }

    fn conjunction(&mut self) -> Result<Expression, Complaint> {
        let mut left = self.negation()?;
        while self.word("and") {
            left = Expression::And(Box::new(left), Box::new(self.negation()?));
        }
        Ok(left)
    }

    fn negation(&mut self) -> Result<Expression, Complaint> {
        if self.word("not") {
            return Ok(Expression::Not(Box::new(self.negation()?)));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Expression, Complaint> {
        const SIGNS: [(&str, Comparison); 8] = [
            ("<=", Comparison::AtMost),
            (">=", Comparison::AtLeast),
            ("<>", Comparison::Different),
            ("!=", Comparison::Different),
            ("==", Comparison::Equal),
            ("=", Comparison::Equal),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        let left = self.sum()?;
        for (sign, comparison) in SIGNS {
            if self.sign(sign) {
                let right = self.sum()?;
                // Nobody who writes this means what is never known.
                if right == Expression::Constant(Value::Null) {
                    let test = Expression::IsNull(Box::new(left));
                    match comparison {
                        Comparison::Equal => return Ok(test),
                        Comparison::Different => return Ok(Expression::Not(Box::new(test))),
                        _ => {
                            let message = "nothing is less or greater than null";
                            return Err(Complaint::new(self.here(), message));
                        }
                    }
                }
                return Ok(Expression::Compare(
                    comparison,
                    Box::new(left),
                    Box::new(right),
                ));
            }
        }
        if self.word("is") {
            let negated = self.word("not");
            if !self.word("null") {
                return Err(Complaint::new(self.here(), "`null` is expected here"));
            }
            let test = Expression::IsNull(Box::new(left));
            return Ok(if negated {
                Expression::Not(Box::new(test))
            } else {
                test
            });
        }
        let negated = self.word("not");
        let test = if self.word("between") {
            let low = self.sum()?;
            if !self.word("and") {
                return Err(Complaint::new(self.here(), "`and` is expected here"));
            }
            Expression::Between(Box::new(left), Box::new(low), Box::new(self.sum()?))
        } else if self.word("in") {
            let end = if self.sign("[") {
                "]"
            } else {
                self.expect("(")?;
                ")"
            };
            let mut options = Vec::new();
            while !self.sign(end) {
                if !options.is_empty() {
                    self.expect(",")?;
                }
                options.push(self.sum()?);
            }
            Expression::In(Box::new(left), options)
        } else if negated {
            return Err(Complaint::new(
                self.here(),
                "`between` or `in` is expected here",
            ));
        } else {
            return Ok(left);
        };
        Ok(if negated {
            Expression::Not(Box::new(test))
        } else {
            test
        })
    }

    fn sum(&mut self) -> Result<Expression, Complaint> {
        let mut left = self.product()?;
        loop {
            let operator = if self.sign("+") {
                Operator::Add
            } else if self.sign("-") {
                Operator::Subtract
            } else if self.sign("||") {
                Operator::Concatenate
            } else {
                return Ok(left);
            };
            left = arithmetic(operator, left, self.product()?);
        }
    }

    fn product(&mut self) -> Result<Expression, Complaint> {
        let mut left = self.atom()?;
        loop {
            let operator = if self.sign("*") {
                Operator::Multiply
            } else if self.sign("/") {
                Operator::Divide
            } else {
                return Ok(left);
            };
            left = arithmetic(operator, left, self.atom()?);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{End, Root};
    use super::*;

    struct Any;

    impl Names for Any {
        fn path(&mut self, name: &str) -> Result<Path, (String, Option<String>)> {
            if name == "nobody" {
                return Err(("nobody is unknown".to_owned(), None));
            }
            Ok(Path {
                root: Root::Own,
                hops: Vec::new(),
                end: End::Column(name.len()),
            })
        }

        fn as_of(&self) -> i32 {
            100
        }
    }

    #[test]
    fn operators_bind_as_in_sql() {
        let one = parse("a = 1 or b < 2 and not c between 1 + 2 * 3 and 9", &mut Any).unwrap();
        let other = parse(
            "(a = 1) or ((b < 2) and (not (c between (1 + (2 * 3)) and 9)))",
            &mut Any,
        );
        assert_eq!(one, other.unwrap());
    }

    #[test]
    fn the_words_of_policy_files_are_read_as_well() {
        for (one, other) in [
            ("a == 1 and b != 2", "a = 1 and b <> 2"),
            (
                "a in ['x', 'y'] or b not in [1]",
                "a in ('x', 'y') or b not in (1)",
            ),
            ("a == null or b != null", "a is null or b is not null"),
        ] {
            let (one, other) = (parse(one, &mut Any), parse(other, &mut Any));
            assert_eq!(one.unwrap(), other.unwrap());
        }
        assert_eq!(parse("a in ['x')", &mut Any).unwrap_err().span, 9..10);
    }

    #[test]
    fn what_is_known_is_computed_at_once() {
        assert_eq!(
            parse("as_of - 3", &mut Any).unwrap(),
            Expression::Constant(Value::Date(97))
        );
        assert_eq!(
            parse("-1.5", &mut Any).unwrap(),
            Expression::Constant(Value::Number(-15_000))
        );
    }

    #[test]
    fn a_mistake_is_found_at_its_place() {
        for (text, span) in [
            ("a = ", 4..4),
            ("a b", 2..3),
            ("a in 1", 5..6),
            ("nobody > 1", 0..6),
            ("a = 'x", 4..6),
            ("sqrt(2)", 0..4),
            ("a ? b", 2..3),
        ] {
            assert_eq!(parse(text, &mut Any).unwrap_err().span, span, "{text}");
        }
    }
}
