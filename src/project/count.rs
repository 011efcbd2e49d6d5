//! How many objects of a kind `db verify` expects.

use std::fmt;

use serde::Deserialize;

/// A number with a comparison: `15` or `">=50"`; or `"as the files make"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RawCount")]
pub struct Count {
    /// How the found number is compared.
    pub comparison: Comparison,
    /// With what.
    pub number: u64,
}

/// How a found number is compared with an expected one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Exactly,
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `as the files make`: whatever their number is.
    AsTheFilesMake,
}

const AS_THE_FILES_MAKE: &str = "as the files make";

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "expected a number such as 15, or a text such as \">=50\" or \"as the files make\""
)]
enum RawCount {
    Number(u64),
    Text(String),
}

impl TryFrom<RawCount> for Count {
    type Error = String;

    fn try_from(raw: RawCount) -> Result<Self, String> {
        let (comparison, number) = match &raw {
            RawCount::Text(text) if text.trim() == AS_THE_FILES_MAKE => {
                (Comparison::AsTheFilesMake, Some(0))
            }
            RawCount::Number(number) => (Comparison::Exactly, Some(*number)),
            RawCount::Text(text) => {
                let (comparison, rest) = [
                    (">=", Comparison::AtLeast),
                    ("<=", Comparison::AtMost),
                    ("=", Comparison::Exactly),
                ]
                .into_iter()
                .find_map(|(sign, comparison)| Some((comparison, text.trim().strip_prefix(sign)?)))
                .unwrap_or((Comparison::Exactly, text));
                (comparison, rest.trim().parse().ok())
            }
        };
        let number = number.ok_or(
            "a count is a number such as 15, or a text such as \">=50\" or \"as the files make\"",
        )?;
        Ok(Self { comparison, number })
    }
}

impl Count {
    /// Whether a found number is as expected.
    #[must_use]
    pub fn holds(self, found: u64) -> bool {
        match self.comparison {
            Comparison::Exactly => found == self.number,
            Comparison::AtLeast => found >= self.number,
            Comparison::AtMost => found <= self.number,
            Comparison::AsTheFilesMake => true,
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.comparison {
            Comparison::Exactly => "",
            Comparison::AtLeast => "≥",
            Comparison::AtMost => "≤",
            Comparison::AsTheFilesMake => return formatter.write_str(AS_THE_FILES_MAKE),
        };
        write!(formatter, "{sign}{}", self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_compare_as_they_are_written() {
        let count = |text: &str| Count::try_from(RawCount::Text(text.to_owned()));
        assert!(count(">=50").unwrap().holds(51));
        assert!(!count("<= 3").unwrap().holds(4));
        assert!(count("15").unwrap().holds(15));
        assert!(count("as the files make").unwrap().holds(7));
        assert!(count("many").is_err());
    }
}
