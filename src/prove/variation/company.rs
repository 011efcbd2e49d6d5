//! What else must hold for a value to decide: for each comparison of a condition, a value that satisfies it, so that one
//! column is varied while the others let it through.

use std::collections::BTreeMap;

use super::beside::{is_date, is_moment, is_textual};
use crate::catalog::Column;
use crate::policy::Sign;
use crate::prove::fixture::{Nesting, has_to_hold};
use crate::prove::world::At;

/// A comparison of some text, and values of its column with which it is true and is not.
#[derive(Clone, Debug)]
pub(super) struct Satisfied {
    /// Which text it stands in.
    pub(super) text: usize,
    /// Where in it.
    pub(super) nesting: Nesting,
    /// Whether its text lets rows in beside others, so that those must not for it to decide.
    pub(super) is_alternative: bool,
    pub(super) at: At,
    /// As SQL.
    pub(super) value: String,
    pub(super) other: String,
}

/// Columns besides that of the comparison at a place, each with a value for which the comparison nearest to it leaves
/// the outcome to that one: of the same text, and of all texts.
pub(super) fn company(all: &[Satisfied], place: usize) -> [Company; 2] {
    let own = &all[place];
    let nearest = |is_meant: &dyn Fn(&Satisfied) -> bool| {
        let mut nearest: BTreeMap<At, (&Satisfied, (bool, usize))> = BTreeMap::new();
        for (other, one) in all.iter().enumerate() {
            if one.at == own.at || !is_meant(one) {
                continue;
            }
            let distance = (one.text != own.text, other.abs_diff(place));
            let known = nearest.entry(one.at).or_insert((one, distance));
            if distance < known.1 {
                *known = (one, distance);
            }
        }
        let values = nearest.into_iter().map(|(at, (one, _))| {
            let holds = if one.text == own.text {
                has_to_hold(&one.nesting, &own.nesting)
            } else {
                !(one.is_alternative && own.is_alternative)
            };
            let value = if holds { &one.value } else { &one.other };
            (at, value.clone())
        });
        values.collect()
    };
    [nearest(&|one| one.text == own.text), nearest(&|_| true)]
}

/// Columns with values as SQL.
pub(super) type Company = Vec<(At, String)>;

/// What is known of a column and a text.
pub(super) struct Known<'k> {
    /// What its type or a check lists, as SQL.
    pub(super) listed: &'k [String],
    /// What the text compares it with.
    pub(super) constants: &'k [&'k str],
    pub(super) has_clock: bool,
    pub(super) has_pattern: bool,
}

/// A value with which a comparison is true, as SQL.
pub(super) fn satisfying(column: &Column, sign: Sign, constant: &str, known: &Known<'_>) -> String {
    let Known {
        listed,
        constants,
        has_clock,
        has_pattern,
    } = *known;
    let quoted = |text: &str| crate::sql::literal(text);
    let is_above = matches!(sign, Sign::Greater | Sign::GreaterOrEqual);
    let is_below = matches!(sign, Sign::Less | Sign::LessOrEqual);
    if is_moment(column) {
        let is_span = has_clock && !is_date(constant);
        let from = if is_span {
            "pg_catalog.now()".to_owned()
        } else {
            format!("{}::timestamptz", quoted(constant))
        };
        let beyond = if is_span {
            format!("{}::interval + '1 day'::interval", quoted(constant))
        } else {
            "'1 day'::interval".to_owned()
        };
        return match (is_above, is_below) {
            (true, _) => format!("{from} + ({beyond})"),
            (_, true) => format!("{from} - ({beyond})"),
            _ if sign == Sign::Different => format!("{from} + ({beyond})"),
            _ => from,
        };
    }
    if let (Ok(number), false) = (constant.parse::<f64>(), is_textual(column)) {
        let is_taken = |one: &f64| constants.iter().any(|known| known.parse() == Ok(*one));
        return match sign {
            Sign::Different => {
                let mut others = (1..100).map(|step| number + f64::from(step));
                quoted(
                    &others
                        .find(|one| !is_taken(one))
                        .unwrap_or(number)
                        .to_string(),
                )
            }
            Sign::Greater => quoted(&(number + 1.0).to_string()),
            Sign::Less => quoted(&(number - 1.0).to_string()),
            _ => quoted(constant),
        };
    }
    if has_pattern && constant.contains(['%', '_', '^', '$', '*']) {
        let letters = constant.chars().filter(|letter| !"^$.*".contains(*letter));
        let filled = letters.map(|letter| if "%_".contains(letter) { 'x' } else { letter });
        return quoted(&filled.collect::<String>());
    }
    if sign == Sign::Different {
        let is_taken = |one: &String| constants.iter().any(|known| quoted(known) == *one);
        let other = listed.iter().find(|one| !is_taken(one));
        return other
            .cloned()
            .unwrap_or_else(|| quoted(&format!("{constant}xx")));
    }
    quoted(constant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prove::fixture::Step;

    #[test]
    fn the_company_of_a_value_leaves_the_outcome_to_it() {
        // kind = 'plain' and level > 1 or kind = 'rosebud' and level = 7; another text: note = 'x'
        let texts = [
            (0, 1, 0, "plain"),
            (0, 2, 0, "2"),
            (0, 1, 1, "rosebud"),
            (0, 2, 1, "7"),
            (1, 3, 0, "x"),
        ];
        let all: Vec<Satisfied> = (texts.iter())
            .map(|(text, column, alternative, value)| {
                let step = Step {
                    group: 0,
                    alternative: *alternative,
                    is_negated: false,
                };
                Satisfied {
                    text: *text,
                    nesting: vec![step],
                    is_alternative: true,
                    at: (0, *column),
                    value: (*value).to_owned(),
                    other: format!("not {value}"),
                }
            })
            .collect();
        let [same, every] = company(&all, 3);
        assert_eq!(same, [((0, 1), "rosebud".to_owned())]);
        assert_eq!(every[1], ((0, 3), "not x".to_owned()));
        let [same, _] = company(&all, 0);
        assert_eq!(same, [((0, 2), "2".to_owned())]);
        assert_eq!(company(&all, 4)[0], []);
    }
}
