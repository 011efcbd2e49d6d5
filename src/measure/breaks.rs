//! What programs that ran before can do no longer: the catalog before a transaction and at its end, compared by what
//! programs name and rely on.

use std::collections::BTreeSet;

use crate::database::Session;
use crate::error::Result;

/// What a program may rely on at one moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Ground {
    /// (what it belongs to, what it is): relations, columns, routines, values, privileges.
    has: BTreeSet<(String, String)>,
    /// (relation, what fails): what a statement must or must not do.
    needs: BTreeSet<(String, String)>,
    /// The same for columns that may be null: to require one is what somebody means to do.
    may_be_null: BTreeSet<(String, String)>,
    /// (parent, child): whose rows the parent shows.
    children: BTreeSet<(String, String)>,
}

impl Ground {
    /// As the session sees it.
    pub(super) async fn read(session: &Session) -> Result<Self> {
        let sql = include_str!("breaks.sql");
        let results = session.run("looking at what programs rely on", sql).await?;
        let mut ground = Self::default();
        for row in results.first().into_iter().flatten() {
            let [Some(kind), Some(of), Some(what)] = row.as_slice() else {
                continue;
            };
            let set = match kind.as_str() {
                "has" => &mut ground.has,
                "needs" => &mut ground.needs,
                "null" => &mut ground.may_be_null,
                _ => &mut ground.children,
            };
            set.insert((of.clone(), what.clone()));
        }
        Ok(ground)
    }

    /// What a program can no longer do, in words. What hangs on something that is gone goes with it unsaid, and what is
    /// new has no programs.
    pub(super) fn lost(&self, after: &Self) -> Vec<String> {
        let is_there = |ground: &Self, name: &str| {
            name.is_empty() || ground.has.contains(&(String::new(), name.to_owned()))
        };
        let gone = self.has.difference(&after.has);
        let gone = gone.filter(|(of, _)| is_there(after, of));
        // A column that is gone is not one of another type besides.
        let gone: Vec<&str> = gone.map(|(_, what)| what.as_str()).collect();
        let is_said = |what: &str| {
            let column = what.split(" as what it was").next().unwrap_or_default();
            column != what && gone.contains(&column)
        };
        let mut lost: Vec<String> = gone
            .iter()
            .filter(|what| !is_said(what))
            .map(|what| format!("use {what}"))
            .collect();
        let needs = after.needs.difference(&self.needs);
        let needs = needs.filter(|need| !self.may_be_null.contains(*need));
        let needs = needs.filter(|(of, _)| is_there(self, of) && is_there(after, of));
        lost.extend(needs.map(|(_, what)| what.clone()));
        let left = self.children.difference(&after.children);
        let left = left.filter(|(parent, child)| is_there(after, parent) && is_there(after, child));
        lost.extend(left.map(|(parent, child)| format!("see the rows of {child} in {parent}")));
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ground(has: &[(&str, &str)], needs: &[(&str, &str)]) -> Ground {
        let owned = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter();
            pairs
                .map(|(of, what)| ((*of).to_owned(), (*what).to_owned()))
                .collect()
        };
        Ground {
            has: owned(has),
            needs: owned(needs),
            may_be_null: BTreeSet::new(),
            children: BTreeSet::new(),
        }
    }

    #[test]
    fn what_goes_with_something_else_is_not_said_twice() {
        let before = ground(
            &[
                ("", "s.t"),
                ("s.t", "s.t.a"),
                ("s.t", "s.t.a as what it was: a text"),
                ("", "s.v"),
                ("s.v", "s.v.a"),
            ],
            &[],
        );
        let after = ground(
            &[("", "s.t"), ("", "s.n")],
            &[
                ("s.t", "insert into s.t without b"),
                ("s.n", "insert into s.n without c"),
            ],
        );
        assert_eq!(
            before.lost(&after),
            ["use s.v", "use s.t.a", "insert into s.t without b"]
        );
        assert!(before.lost(&before).is_empty());
    }
}
