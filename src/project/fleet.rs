//! `[fleet]` of `workroom.toml`: databases that are kept alike, one for each tenant or shard.

use std::num::NonZeroUsize;
use std::str::FromStr;

use serde::Deserialize;

use crate::files::toml::Spanned;

/// Which databases `workroom fleet` works on, and how many at a time.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fleet {
    /// Databases at a time.
    #[serde(default = "concurrency")]
    pub concurrency: NonZeroUsize,
    /// Of these, on one server. More than two to four for each of its cores wait for one another.
    #[serde(default = "per_server")]
    pub per_server: NonZeroUsize,
    /// So many may fail until no further ones are begun.
    #[serde(default)]
    pub max_failures: FailureBudget,
    /// Names of databases that come first: where one of them fails, the others are left alone.
    #[serde(default)]
    pub canaries: Vec<Spanned<String>>,
    /// Where the databases are listed.
    pub directory: Option<Spanned<Directory>>,
    /// Databases that stand in the file.
    #[serde(default)]
    pub targets: Vec<Spanned<FleetTarget>>,
}

impl Default for Fleet {
    fn default() -> Self {
        Self {
            concurrency: concurrency(),
            per_server: per_server(),
            max_failures: FailureBudget::default(),
            canaries: Vec::new(),
            directory: None,
            targets: Vec::new(),
        }
    }
}

fn concurrency() -> NonZeroUsize {
    NonZeroUsize::MIN.saturating_add(7)
}

fn per_server() -> NonZeroUsize {
    NonZeroUsize::MIN.saturating_add(3)
}

/// A database that lists others.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Directory {
    /// The variable with its URL; without it, the database that the command names.
    pub url_env: Option<String>,
    /// One statement with a row for each database: `name`, and one of `database` (on the directory's server), `url`,
    /// `url_env`.
    pub query: String,
}

/// A database by its name in reports and the variable with its URL.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FleetTarget {
    /// What it is called in reports.
    pub name: String,
    /// The variable with its URL, which may hold a password and so does not stand in the file.
    pub url_env: String,
}

/// How many databases may fail: a number, or a part of all such as `5%`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RawBudget")]
pub enum FailureBudget {
    /// So many.
    Databases(usize),
    /// So many of a hundred.
    Percent(usize),
}

impl Default for FailureBudget {
    fn default() -> Self {
        Self::Percent(5)
    }
}

impl FailureBudget {
    /// How many of so many databases may fail. A part of few is one all the same, unless it is none of a hundred.
    #[must_use]
    pub fn of(self, all: usize) -> usize {
        match self {
            Self::Databases(number) => number,
            Self::Percent(0) => 0,
            Self::Percent(part) => (all * part / 100).max(1),
        }
    }
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "expected a number such as 3, or a text such as \"5%\""
)]
enum RawBudget {
    Number(usize),
    Text(String),
}

impl TryFrom<RawBudget> for FailureBudget {
    type Error = String;

    fn try_from(raw: RawBudget) -> Result<Self, String> {
        match raw {
            RawBudget::Number(number) => Ok(Self::Databases(number)),
            RawBudget::Text(text) => text.parse(),
        }
    }
}

impl FromStr for FailureBudget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "so many may fail: a number such as 3, or a part such as 5%".to_owned();
        match text.strip_suffix('%') {
            Some(part) => {
                let part = part.trim().parse().map_err(|_| wrong())?;
                (part <= 100)
                    .then_some(Self::Percent(part))
                    .ok_or_else(wrong)
            }
            None => text
                .trim()
                .parse()
                .map(Self::Databases)
                .map_err(|_| wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_may_fail() {
        for (text, all, expected) in [
            ("3", 1000, 3),
            ("0", 10, 0),
            ("5%", 1000, 50),
            ("5%", 10, 1),
            ("0%", 10, 0),
            ("100 %", 7, 7),
        ] {
            let budget: FailureBudget = text.parse().unwrap();
            assert_eq!(budget.of(all), expected, "{text} of {all}");
        }
        for text in ["", "many", "101%", "-1", "5.5%"] {
            assert!(text.parse::<FailureBudget>().is_err(), "{text}");
        }
    }
}
