//! The words with one place changed: one constant more, one less, in another case, a number beside.

use crate::policy::{Expression, Sign};

/// Words that say something else, and in which way.
#[derive(Clone, Debug)]
pub(in crate::prove) struct Variant {
    pub(in crate::prove) operator: &'static str,
    pub(in crate::prove) words: Expression,
    /// The constant that is new, where there is one, and what is compared with it.
    pub(in crate::prove) value: Option<(Expression, String)>,
}

/// All variants, each with one place changed.
pub(in crate::prove) fn variants(words: &Expression) -> Vec<Variant> {
    let made = |operator, words, value: Option<(&Expression, &str)>| Variant {
        operator,
        words,
        value: value.map(|(left, value)| (left.clone(), value.to_owned())),
    };
    match words {
        Expression::Compare(left, Sign::Equal, right) => {
            let Expression::Text(text) = &**right else {
                return numbers(words);
            };
            let more = longer(text);
            let list = [text, &more].map(|one| Expression::Text(one.clone()));
            let other = other_case(text);
            let in_other = Expression::Text(other.clone());
            // What `lower(…)` gives is never in the other case.
            let is_folded = matches!(**left, Expression::Lower(_) | Expression::Upper(_));
            let other_case = (other != *text && !is_folded).then(|| {
                let words = Expression::Compare(left.clone(), Sign::Equal, Box::new(in_other));
                made("WORDS_CASE", words, Some((left, &other)))
            });
            let words = Expression::In(left.clone(), list.to_vec());
            let more = made("WORDS_MORE", words, Some((left, &more)));
            std::iter::once(more).chain(other_case).collect()
        }
        Expression::Compare(..) => numbers(words),
        Expression::In(left, list) => {
            let mut all = Vec::new();
            for at in 0..list.len() {
                let mut less = list.clone();
                less.remove(at);
                all.push(made("WORDS_LESS", Expression::In(left.clone(), less), None));
            }
            if let Some(Expression::Text(text)) = list.first() {
                let more = longer(text);
                let mut longer = list.clone();
                longer.push(Expression::Text(more.clone()));
                let words = Expression::In(left.clone(), longer);
                all.push(made("WORDS_MORE", words, Some((left, &more))));
            }
            all
        }
        Expression::And(parts) => inside(parts, Expression::And),
        Expression::Or(parts) => inside(parts, Expression::Or),
        Expression::Not(inner) => around(inner, Expression::Not),
        Expression::Exists {
            table,
            name,
            condition,
        } => around(condition, |condition| Expression::Exists {
            table: table.clone(),
            name: name.clone(),
            condition,
        }),
        _ => Vec::new(),
    }
}

/// A number on either side one more.
fn numbers(words: &Expression) -> Vec<Variant> {
    let Expression::Compare(left, sign, right) = words else {
        return Vec::new();
    };
    let more = |one: &Expression| match one {
        Expression::Number(number) => {
            let number = number.parse::<f64>().ok()? + 1.0;
            Some(Box::new(Expression::Number(number.to_string())))
        }
        _ => None,
    };
    let left_more = more(left).map(|more| Expression::Compare(more, *sign, right.clone()));
    let right_more = more(right).map(|more| Expression::Compare(left.clone(), *sign, more));
    let all = left_more.into_iter().chain(right_more);
    all.map(|words| Variant {
        operator: "WORDS_NUMBER",
        words,
        value: None,
    })
    .collect()
}

fn inside(parts: &[Expression], join: fn(Vec<Expression>) -> Expression) -> Vec<Variant> {
    let all = parts.iter().enumerate().flat_map(|(at, part)| {
        variants(part).into_iter().map(move |variant| {
            let mut parts = parts.to_vec();
            parts[at] = variant.words;
            Variant {
                words: join(parts),
                ..variant
            }
        })
    });
    all.collect()
}

fn around(inner: &Expression, wrap: impl Fn(Box<Expression>) -> Expression) -> Vec<Variant> {
    let all = variants(inner).into_iter().map(|variant| Variant {
        words: wrap(Box::new(variant.words)),
        ..variant
    });
    all.collect()
}

/// A text that begins with another, as rows are given it besides.
fn longer(text: &str) -> String {
    format!("{text}xx")
}

fn other_case(text: &str) -> String {
    let upper = text.to_uppercase();
    if upper == text {
        text.to_lowercase()
    } else {
        upper
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_constant_is_changed_in_turn() {
        let column = || Box::new(Expression::Column("row".to_owned(), "kind".to_owned()));
        let text = |text: &str| Expression::Text(text.to_owned());
        let words = Expression::And(vec![
            Expression::In(column(), vec![text("a"), text("b")]),
            Expression::Not(Box::new(Expression::Compare(
                column(),
                Sign::Less,
                Box::new(Expression::Number("5".to_owned())),
            ))),
            Expression::Compare(column(), Sign::Equal, Box::new(text("c"))),
        ]);
        let all = variants(&words).into_iter();
        let all: Vec<String> = all
            .map(|one| format!("{} {}", one.operator, one.words))
            .collect();
        let rest = " and not (row.kind < 5) and row.kind == 'c')";
        assert_eq!(all.len(), 6);
        assert_eq!(all[0], format!("WORDS_LESS (row.kind in ['b']{rest}"));
        assert_eq!(
            all[2],
            format!("WORDS_MORE (row.kind in ['a', 'b', 'axx']{rest}")
        );
        assert!(all[3].contains("row.kind < 6"));
        assert!(all[4].contains("row.kind in ['c', 'cxx']"));
        assert!(all[5].contains("row.kind == 'C'"));
    }
}
