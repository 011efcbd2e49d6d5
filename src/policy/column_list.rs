//! The columns that a privilege is for.

use std::collections::BTreeSet;

/// All columns, later ones included, or some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ColumnList {
    All,
    Some(BTreeSet<String>),
}

impl ColumnList {
    /// Those of a privilege as facts have it: `SELECT`, or `SELECT(a,b)`.
    pub(super) fn of(privilege: &str) -> Self {
        match privilege.split_once('(') {
            Some((_, list)) => {
                let list = list.trim_end_matches([')', '*']);
                Self::Some(list.split(',').map(str::to_owned).collect())
            }
            None => Self::All,
        }
    }

    /// Those of both.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Some(mut some), Self::Some(more)) => {
                some.extend(more);
                Self::Some(some)
            }
            _ => Self::All,
        }
    }

    /// Those that are not in the other list; `None` for none.
    pub(super) fn beyond(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (_, Self::All) => None,
            (Self::All, _) => Some(Self::All),
            (Self::Some(own), Self::Some(other)) => {
                let more: BTreeSet<String> = own.difference(other).cloned().collect();
                (!more.is_empty()).then_some(Self::Some(more))
            }
        }
    }

    /// Says beside what is allowed for which of the relation's columns it is: the shorter of two lists.
    pub(super) fn limit(&self, allowed: String, all: &[&str]) -> String {
        let Self::Some(some) = self else {
            return allowed;
        };
        let is_missing = |column: &&&str| !some.contains(**column);
        let missing: Vec<&str> = all.iter().filter(is_missing).copied().collect();
        if !all.is_empty() && missing.is_empty() {
            return allowed;
        }
        if missing.is_empty() || missing.len() > some.len() {
            let some: Vec<&str> = some.iter().map(String::as_str).collect();
            return format!("{allowed}, only ({})", some.join(", "));
        }
        format!("{allowed}, without ({})", missing.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shorter_list_of_columns_is_told() {
        let limited =
            |privilege: &str, all: &[&str]| ColumnList::of(privilege).limit("all".to_owned(), all);
        let all = ["a", "b", "c", "d"];
        assert_eq!(limited("SELECT", &all), "all");
        assert_eq!(limited("SELECT(a,b,c,d)", &all), "all");
        assert_eq!(limited("SELECT(a,b,c)", &all), "all, without (d)");
        assert_eq!(limited("SELECT(b)*", &all), "all, only (b)");
        assert_eq!(limited("SELECT(b)", &[]), "all, only (b)");
    }

    #[test]
    fn lists_are_joined_and_compared() {
        let (all, some) = (ColumnList::of("SELECT"), ColumnList::of("SELECT(a,b)"));
        assert_eq!(
            some.clone().and(ColumnList::of("SELECT(c)")),
            ColumnList::of("SELECT(a,b,c)")
        );
        assert_eq!(some.clone().and(all.clone()), all);
        assert_eq!(some.beyond(&all), None);
        assert_eq!(all.beyond(&some), Some(ColumnList::All));
        assert_eq!(some.beyond(&some), None);
        let more = ColumnList::of("SELECT(b,c)").beyond(&some);
        assert_eq!(more, Some(ColumnList::of("SELECT(c)")));
    }
}
