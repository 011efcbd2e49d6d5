//! `alter column … type`: a rewrite, unless the new type is a wider one of the same family.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::ChangeKind;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "change-column-type",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Some((table, changes)) = at.changes_of_old() else {
        return Vec::new();
    };
    changes
        .iter()
        .filter_map(|change| {
            let ChangeKind::SetType { column, kind, using } = &change.kind else {
                return None;
            };
            let from = at
                .schema
                .table(table)
                .and_then(|table| table.column(column))
                .map(|column| column.kind.as_str());
            let free = from.is_some_and(|from| !using && is_free(from, kind));
            // Which of the two it is depends on the session's time zone: a rule of its own.
            let depends = from.is_some_and(|from| depends_on_time_zone(from, kind));
            (!free && !depends).then(|| {
                let was = from.map_or_else(
                    || "a type that no file of the project tells".to_owned(),
                    |from| format!("`{from}`"),
                );
                Problem::new(
                    change.span.clone(),
                    format!("changing `{column}` to `{kind}` writes `{table}` anew while nobody can read or write it"),
                )
                .why(format!("it was {was}: measured AccessExclusive for a rewrite of the table and all its indexes"))
                .instead("add a column of the new type, keep both in step with a trigger, fill it in batches, then swap the names")
            })
        })
        .collect()
}

/// Timestamps with and without time zone: a rewrite, unless the session's time zone is UTC.
pub(in crate::lint) fn depends_on_time_zone(from: &str, to: &str) -> bool {
    let family = |kind: &str, name: &str| kind == name || kind.starts_with(&format!("{name}("));
    (family(from, "timestamp") && family(to, "timestamptz"))
        || (family(from, "timestamptz") && family(to, "timestamp"))
}

/// Whether the server changes the catalog only: measured on Postgres 15, 16 and 18.
fn is_free(from: &str, to: &str) -> bool {
    let split = |kind: &str| -> (String, Vec<i64>) {
        let (base, modifier) = kind.split_once('(').unwrap_or((kind, ""));
        let numbers = modifier
            .trim_end_matches(')')
            .split(',')
            .filter_map(|number| number.parse().ok())
            .collect();
        (base.to_owned(), numbers)
    };
    let ((from_base, from_size), (to_base, to_size)) = (split(from), split(to));
    let grows = |at: usize| match (from_size.get(at), to_size.get(at)) {
        (_, None) => true,
        (Some(from), Some(to)) => from <= to,
        (None, Some(_)) => false,
    };
    match (from_base.as_str(), to_base.as_str()) {
        ("varchar", "text") => to_size.is_empty(),
        ("varchar" | "text", "varchar") => {
            to_size.is_empty() || (from_base == "varchar" && grows(0))
        }
        ("numeric", "numeric") => {
            to_size.is_empty() || (from_size.get(1) == to_size.get(1) && grows(0))
        }
        ("varbit" | "timestamp" | "timestamptz" | "time" | "timetz" | "interval", _) => {
            from_base == to_base && grows(0)
        }
        ("cidr", "inet") => true,
        _ => from == to,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    fn change(from: &str, to: &str) -> String {
        format!(
            "create table t (a {from});\n-- V002__change.sql\nalter table t alter column a type {to};"
        )
    }

    #[test]
    fn narrower_and_foreign_types_are_found() {
        for (from, to) in [
            ("int", "bigint"),
            ("varchar(20)", "varchar(10)"),
            ("text", "varchar(10)"),
            ("numeric(10,2)", "numeric(10,4)"),
            ("inet", "text"),
            ("text", "text using upper(a)"),
        ] {
            catches(&RULE, &[&change(from, to)]);
        }
        catches(&RULE, &["alter table unknown alter a type text;"]);
    }

    #[test]
    fn wider_types_of_the_same_family_are_not() {
        for (from, to) in [
            ("varchar(10)", "varchar(20)"),
            ("character varying(10)", "text"),
            ("text", "varchar"),
            ("numeric(10,2)", "numeric(12,2)"),
            ("numeric(10,2)", "numeric"),
            ("timestamp(3)", "timestamp"),
            ("int", "integer"),
        ] {
            accepts(&RULE, &[&change(from, to)]);
        }
        accepts(
            &RULE,
            &["create table t (a int); alter table t alter a type bigint;"],
        );
    }
}
