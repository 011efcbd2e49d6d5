//! What became of each database, and those of which the same became together.

use std::collections::BTreeMap;

use crate::error::Error;

use super::inventory::Member;

/// What became of a database.
#[derive(Debug)]
pub enum Outcome<T> {
    /// It was worked on.
    Done(T),
    /// It failed, and is as it was but for what its own history says.
    Failed(Box<Error>),
    /// It was not begun.
    Skipped(Skip),
}

/// Why a database was not begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skip {
    /// One that comes first has failed.
    Canary,
    /// More have failed than may.
    Budget,
    /// The run was interrupted.
    Interrupted,
}

impl Skip {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Canary => "not begun: a canary failed",
            Self::Budget => "not begun: more have failed than may",
            Self::Interrupted => "not begun: interrupted",
        }
    }
}

/// Databases of which the same became.
#[derive(Debug, PartialEq, Eq)]
pub struct Group<'m> {
    /// What.
    pub what: String,
    /// Their names.
    pub names: Vec<&'m str>,
}

/// Puts together what is said alike; the largest group first. The name of the database itself does not count, in quotes or
/// behind its server.
#[must_use]
pub fn groups<'m>(said: impl Iterator<Item = (&'m Member, String)>) -> Vec<Group<'m>> {
    let mut found: BTreeMap<String, Vec<&'m str>> = BTreeMap::new();
    for (member, text) in said {
        let target = &member.target;
        let (user, server, database) = (target.user(), target.server(), target.database());
        let text = text.replace(&target.to_string(), &format!("{user}@{server}/…"));
        let text = text.replace(&format!("\"{database}\""), "\"…\"");
        found.entry(text).or_default().push(&member.name);
    }
    let mut groups: Vec<Group<'m>> = found
        .into_iter()
        .map(|(what, names)| Group { what, names })
        .collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.names.len()));
    groups
}

impl Group<'_> {
    /// The names of the first few, and how many more there are.
    #[must_use]
    pub fn few(&self) -> String {
        const FEW: usize = 5;
        let shown = self
            .names
            .iter()
            .take(FEW)
            .copied()
            .collect::<Vec<_>>()
            .join(", ");
        match self.names.len().checked_sub(FEW) {
            Some(more) if more > 0 => format!("{shown} and {more} more"),
            _ => shown,
        }
    }
}

impl<T> Outcome<T> {
    /// Whether it failed or was not begun.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        !matches!(self, Self::Done(_))
    }

    /// What became of it, where it was not worked on.
    #[must_use]
    pub fn missing(&self) -> Option<String> {
        match self {
            Self::Done(_) => None,
            Self::Failed(error) => Some(error.to_string()),
            Self::Skipped(skip) => Some(skip.words().to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::Target;

    #[test]
    fn what_is_said_alike_but_for_the_database_is_together() {
        let members: Vec<Member> = (0..7)
            .map(|at| Member {
                name: format!("t{at}"),
                target: Target::parse(&format!("postgres://a@h/tenant_{at}")).unwrap(),
                server: "h".to_owned(),
                is_canary: false,
            })
            .collect();
        let said = members.iter().map(|member| {
            let at = member.target.database();
            (
                member,
                if at == "tenant_3" {
                    "other".to_owned()
                } else {
                    format!("no \"{at}\" there")
                },
            )
        });
        let groups = groups(said);
        assert_eq!(groups[0].what, "no \"…\" there");
        assert_eq!(groups[0].few(), "t0, t1, t2, t4, t5 and 1 more");
        assert_eq!(groups[1].few(), "t3");
    }
}
