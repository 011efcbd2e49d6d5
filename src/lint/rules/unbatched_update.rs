//! Updates and deletes of a whole table in one statement.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::Action;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "unbatched-update",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let (verb, table) = match at.action() {
        Action::Update { table } => ("update", table),
        Action::Delete { table } => ("delete", table),
        _ => return Vec::new(),
    };
    if !at.is_old(table) {
        return Vec::new();
    }
    let text = at.text(&at.statement().span).to_ascii_lowercase();
    let words: Vec<&str> = text
        .split(|part: char| !part.is_alphanumeric() && part != '_')
        .collect();
    // A batch says how many rows or between which keys.
    let is_batch = words.contains(&"limit")
        || words.contains(&"between")
        || words
            .windows(3)
            .any(|three| three == ["where", "current", "of"])
        || text.contains('<')
        || text.contains('>');
    let names_rows = text
        .split_once("where")
        .is_some_and(|(_, condition)| is_one_row(condition));
    if is_batch || names_rows {
        return Vec::new();
    }
    vec![
        Problem::new(
            at.statement().span.clone(),
            format!("this {verb}s an unbounded number of rows of `{table}` in one transaction"),
        )
        .why("every row stays locked to the end, dead rows cannot be cleaned up meanwhile, and a failure near the end begins again")
        .instead("change rows in batches outside of the deployment, or name a range of keys or a `limit` in a sub-select"),
    ]
}

/// `id = …` or `code in (…)` with values written out.
fn is_one_row(condition: &str) -> bool {
    let bare = condition.trim().trim_end_matches(';').trim();
    let equals_value = bare.split(" and ").any(|part| {
        part.split_once('=').is_some_and(|(column, value)| {
            let (column, value) = (column.trim(), value.trim());
            (column.ends_with("id")
                || column.ends_with("code")
                || column.ends_with("key")
                || column.ends_with("name"))
                && (value.starts_with('\'')
                    || value.starts_with(|first: char| first.is_ascii_digit()))
        })
    });
    let listed = bare
        .split_once(" in ")
        .is_some_and(|(_, list)| list.trim_start().starts_with('(') && !list.contains("select"));
    equals_value || listed
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn a_bound_of_any_kind_makes_it_a_batch() {
        catches(
            &RULE,
            &[
                "update t set a = 1;",
                "delete from t where a is null;",
                "update t set a = b where a = b;",
                "delete from t where a in (select a from u);",
            ],
        );
        accepts(
            &RULE,
            &[
                "update t set a = 1 where id between 1 and 1000;",
                "delete from t where id in (select id from t where a is null limit 1000);",
                "update t set a = 1 where id = 7;",
                "delete from t where code in ('a', 'b');",
                "create table t (a int); update t set a = 1;",
                "insert into t values (1);",
            ],
        );
    }
}
