//! What a migration does in a few words, read off the first words of its statements.

use std::collections::BTreeMap;

use crate::sql::Statement;

/// Words that stand between `create` and the kind of what is created.
const BETWEEN: &[&str] = &[
    "or",
    "replace",
    "unique",
    "temp",
    "temporary",
    "unlogged",
    "foreign",
    "global",
    "local",
    "recursive",
    "event",
    "default",
    "constraint",
    "trusted",
    "procedural",
];

/// "creates 2 tables, 3 indexes; alters 1 table; writes 1 time".
#[must_use]
pub fn summary(statements: &[Statement]) -> String {
    let mut counts: BTreeMap<(usize, &str), BTreeMap<String, usize>> = BTreeMap::new();
    for statement in statements {
        let words: Vec<&str> = statement.words.iter().map(String::as_str).collect();
        let (verb, kind) = match words.as_slice() {
            ["create", rest @ ..] => ((0, "creates"), kind(rest)),
            ["alter", rest @ ..] => ((1, "alters"), kind(rest)),
            ["drop", rest @ ..] => ((2, "drops"), kind(rest)),
            ["insert" | "update" | "delete" | "merge" | "truncate", ..] => {
                ((3, "writes"), "table".to_owned())
            }
            ["do" | "call", ..] => ((4, "runs"), "block".to_owned()),
            ["select" | "with" | "values" | "table", ..] => ((4, "runs"), "query".to_owned()),
            _ => continue,
        };
        *counts.entry(verb).or_default().entry(kind).or_default() += 1;
    }
    let parts: Vec<String> = counts
        .into_iter()
        .map(|((_, verb), kinds)| {
            let kinds: Vec<String> = kinds
                .into_iter()
                .map(|(kind, count)| format!("{count} {}", plural(&kind, count)))
                .collect();
            format!("{verb} {}", kinds.join(", "))
        })
        .collect();
    if parts.is_empty() {
        "changes no object".to_owned()
    } else {
        parts.join("; ")
    }
}

/// The kind after `create`, `alter` or `drop`: "table", "materialized view".
fn kind(words: &[&str]) -> String {
    let mut rest = words
        .iter()
        .copied()
        .skip_while(|word| BETWEEN.contains(word));
    match (rest.next(), rest.next()) {
        (Some("materialized"), _) => "materialized view".to_owned(),
        (Some("text"), Some("search")) => "text search object".to_owned(),
        (Some("access"), _) => "access method".to_owned(),
        (Some("data"), Some("wrapper")) => "foreign data wrapper".to_owned(),
        (Some("user"), Some("mapping")) => "user mapping".to_owned(),
        (Some(kind), _) => kind.to_owned(),
        (None, _) => "object".to_owned(),
    }
}

fn plural(kind: &str, count: usize) -> String {
    if count == 1 {
        return kind.to_owned();
    }
    match kind {
        "index" => "indexes".to_owned(),
        "policy" => "policies".to_owned(),
        "query" => "queries".to_owned(),
        _ => format!("{kind}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::TextFile;
    use crate::sql;

    fn of(text: &str) -> String {
        summary(&sql::split(&TextFile::new("a.sql", text)).unwrap())
    }

    #[test]
    fn verbs_and_kinds_are_counted() {
        assert_eq!(
            of(
                "create table a (); create unique index i on a (b); create index j on a (b);\
                create or replace function f() returns int language sql as 'select 1';\
                alter table a add b int; drop materialized view v; update a set b = 1; comment on table a is 'x';"
            ),
            "creates 1 function, 2 indexes, 1 table; alters 1 table; drops 1 materialized view; writes 1 table"
        );
    }

    #[test]
    fn a_query_is_no_block_and_names_of_two_words_are_whole() {
        assert_eq!(
            of(
                "select 1; with a as (select 1) select 2; do $$ begin end $$; create foreign data wrapper w;"
            ),
            "creates 1 foreign data wrapper; runs 1 block, 2 queries"
        );
    }

    #[test]
    fn what_changes_no_object_says_so() {
        assert_eq!(of("comment on table a is 'x';"), "changes no object");
    }
}
