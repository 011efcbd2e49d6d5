//! An expression as it would be written.

use std::fmt;

use super::expression::{Expression, Sign, Step};

impl fmt::Display for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => formatter.write_str("null"),
            Self::Flag(flag) => write!(formatter, "{flag}"),
            Self::Number(number) => formatter.write_str(number),
            Self::Text(text) => write!(formatter, "'{}'", text.replace('\'', "''")),
            Self::Named(name) => write!(formatter, "row[{name}]"),
            Self::Column(whose, column) => write!(formatter, "{whose}.{column}"),
            Self::Context(key) => write!(formatter, "context.{key}"),
            Self::Claim(path) => write!(formatter, "context.claims.{}", path.join(".")),
            Self::Lower(inner) => write!(formatter, "lower({inner})"),
            Self::Upper(inner) => write!(formatter, "upper({inner})"),
            Self::Coalesce(parts) => write!(formatter, "coalesce({})", listed(parts, ", ")),
            Self::Sum(left, step, right) => {
                let step = match step {
                    Step::Plus => "+",
                    Step::Minus => "-",
                    Step::Times => "*",
                };
                write!(formatter, "({left} {step} {right})")
            }
            Self::Compare(left, sign, right) => {
                let sign = match sign {
                    Sign::Equal => "==",
                    Sign::Different => "!=",
                    Sign::Less => "<",
                    Sign::LessOrEqual => "<=",
                    Sign::Greater => ">",
                    Sign::GreaterOrEqual => ">=",
                };
                write!(formatter, "{left} {sign} {right}")
            }
            Self::In(left, list) => write!(formatter, "{left} in [{}]", listed(list, ", ")),
            Self::IsNull(inner) => write!(formatter, "{inner} is null"),
            Self::Not(inner) => write!(formatter, "not ({inner})"),
            Self::And(parts) => write!(formatter, "({})", listed(parts, " and ")),
            Self::Or(parts) => write!(formatter, "({})", listed(parts, " or ")),
            Self::Exists {
                table,
                name,
                condition,
            } => write!(formatter, "exists {table} as {name} where {condition}"),
        }
    }
}

fn listed(parts: &[Expression], between: &str) -> String {
    let parts = parts.iter().map(ToString::to_string);
    parts.collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    #[test]
    fn what_is_written_is_read_as_the_same() {
        for text in [
            "row[owner] == context.user and not row.kind in ['a', 'it''s']",
            "exists people as one where one.id == context.claims.app.id and (one.a is null or one.b + 2 * one.c >= -1)",
            "coalesce(lower(row.a), upper(row.b), 'x') != 'y' or true",
        ] {
            let read = parse(text).unwrap();
            assert_eq!(parse(&read.to_string()).unwrap(), read, "{read}");
        }
    }
}
