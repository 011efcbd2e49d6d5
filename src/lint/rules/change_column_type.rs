//! `alter column … type`: a rewrite, unless the new type is a wider one of the same family; then checks and indexes that
//! compute with the column.

use crate::lint::rule::{At, Problem, Rule};
use crate::lint::schema::{Schema, mentions};
use crate::sql::Name;
use crate::sql::tree::{ChangeKind, ConstraintKind, CreateView};

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
            let ChangeKind::SetType { column, kind, using, collates } = &change.kind else {
                return None;
            };
            let known = at.schema.table(table);
            let from = known.and_then(|known| known.column(column));
            let from = from.map(|column| column.kind.as_str());
            let problem = |what: &str| {
                Problem::new(
                    change.span.clone(),
                    format!("changing `{column}` to `{kind}` {what} while nobody can read or write it"),
                )
            };
            if let Some(view) = at.schema.views().find(|view| uses(view, table, column)) {
                let view = &view.view;
                return Some(
                    Problem::new(
                        change.span.clone(),
                        format!("`{column}` cannot change its type: the view `{view}` uses it"),
                    )
                    .why("the server refuses it with SQLSTATE 0A000; `db migrate` moves only views of the folder `views/` out of the way")
                    .instead(format!("drop `{view}` before it and create it again after it, or move it to the folder `views/`")),
                );
            }
            let computed = known.and_then(|known| {
                let mut columns = known.columns.iter().filter(|other| other.generated);
                columns.find(|other| mentions(other.generated_from.iter(), column))
            });
            if let Some(computed) = computed {
                let computed = &computed.name;
                return Some(
                    Problem::new(
                        change.span.clone(),
                        format!("`{column}` cannot change its type: the generated column `{computed}` uses it"),
                    )
                    .why("the server refuses it with SQLSTATE 0A000")
                    .instead(format!("drop `{computed}` before it and add it again after it, which writes the table anew; or add a column of the new type")),
                );
            }
            let free = from.is_some_and(|from| !using && is_free(at.schema, from, kind));
            // Which of the two it is depends on the session's time zone: a rule of its own.
            let depends = from.is_some_and(|from| depends_on_time_zone(from, kind));
            if !free && !depends {
                let was = from.map_or_else(
                    || "a type that no file of the project tells".to_owned(),
                    |from| format!("`{from}`"),
                );
                return Some(
                    problem(&format!("writes `{table}` anew"))
                        .why(format!("it was {was}: measured AccessExclusive for a rewrite of the table and all its indexes"))
                        .instead("add a column of the new type, keep both in step with a trigger, fill it in batches, then swap the names"),
                );
            }
            let known = known?;
            if from == Some(kind) && !collates {
                return None;
            }
            if known.checks_of(column).next().is_some() {
                return Some(
                    problem(&format!("reads all of `{table}`"))
                        .why("measured: the rows stay as they are, but every check that mentions the column is done again")
                        .instead("drop the check before, change the type, and add the check again `not valid`, to be validated in a later migration"),
                );
            }
            let built = at.schema.indexes_of(table).find(|index| {
                let is_plain = index.columns.contains(column);
                mentions(index.mentions.iter(), column) || is_plain && (*collates || depends)
            });
            let excludes = known.constraints.iter().any(|constraint| {
                constraint.kind == ConstraintKind::Exclude
                    && mentions(constraint.conditions.iter().flatten(), column)
            });
            if built.is_none() && !excludes {
                return None;
            }
            let index = built.and_then(|built| built.index.as_ref());
            let index = index.map_or_else(|| "an index".to_owned(), |index| format!("`{index}`"));
            Some(
                problem(&format!("builds {index} of `{table}` anew"))
                    .why("measured: the rows stay as they are, but an index that computes with the column, or sorts it by another rule, is built again")
                    .instead("drop the index concurrently before, change the type, and create the index concurrently in a later migration"),
            )
        })
        .collect()
}

/// Whether a view of a migration reads the column: it names the table, and the column or everything.
fn uses(view: &CreateView, table: &Name, column: &str) -> bool {
    let reads = view.tables.iter().any(|read| read.is(table));
    let everything = view
        .words
        .windows(2)
        .any(|two| two[1] == "*" && ["select", ",", "."].contains(&two[0].as_str()));
    reads && (everything || mentions(view.words.iter(), column))
}

/// Timestamps with and without time zone: a rewrite, unless the session's time zone is UTC.
pub(in crate::lint) fn depends_on_time_zone(from: &str, to: &str) -> bool {
    let family = |kind: &str, name: &str| kind == name || kind.starts_with(&format!("{name}("));
    (family(from, "timestamp") && family(to, "timestamptz"))
        || (family(from, "timestamptz") && family(to, "timestamp"))
}

/// Whether the server changes the catalog only: measured on Postgres 15, 16 and 18.
fn is_free(schema: &Schema, from: &str, to: &str) -> bool {
    if from == to {
        return true;
    }
    // A domain is stored as what it stands on; one that refuses something is checked for every row.
    if schema.refuses(to) {
        return false;
    }
    let (from, to) = (schema.base(from), schema.base(to));
    // Every element of an array is written anew.
    if from.ends_with("[]") || to.ends_with("[]") {
        return from == to;
    }
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
    // Types that are stored as an object's number.
    let is_number = |kind: &str| kind == "int4" || kind == "oid" || kind.starts_with("reg");
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
        ("bit", "varbit") => to_size.is_empty(),
        ("cidr", "inet") => true,
        (from_base, to_base) => is_number(from_base) && is_number(to_base) || from == to,
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
        for (table, change) in [
            ("a varchar(10)[]", "varchar(20)[]"),
            (
                "a varchar(10), exclude using btree (lower(a) with =)",
                "text",
            ),
            ("a varchar(10), check (a <> '')", "varchar(20)"),
            ("a varchar(10)); create index on t (lower(a)", "text"),
            (
                "a varchar(10), b int); create index on t (b) where (a <> ''",
                "text",
            ),
            (
                "a varchar(10)); create index on t (a",
                "varchar(10) collate \"C\"",
            ),
            ("a int); create domain d as int check (value > 0", "d"),
            ("a varchar(10)); create view v as (select a from t", "text"),
            ("a varchar(10)); create view v as (select * from t", "text"),
            (
                "a varchar(10), g text generated always as (lower(a)) stored",
                "text",
            ),
        ] {
            let change = format!("alter table t alter column a type {change};");
            catches(
                &RULE,
                &[&format!(
                    "create table t ({table});\n-- V002__change.sql\n{change}"
                )],
            );
        }
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
            ("text", "text using a::text"),
            ("int", "oid"),
            ("bit(3)", "varbit"),
        ] {
            accepts(&RULE, &[&change(from, to)]);
        }
        for (table, change) in [
            (
                "a int); create domain d as int; create domain e as d; create table u (a int",
                "e",
            ),
            ("a varchar(10), check (a <> '') not valid", "varchar(20)"),
            ("a varchar(10)); create index on t (a", "text"),
            (
                "a varchar(10), b int); create view v as (select b from t",
                "text",
            ),
        ] {
            let change = format!("alter table t alter column a type {change};");
            accepts(
                &RULE,
                &[&format!(
                    "create table t ({table});\n-- V002__change.sql\n{change}"
                )],
            );
        }
        accepts(
            &RULE,
            &[
                "create table t (a int); alter table t alter a type bigint;",
                "create table n (a int); alter table n rename to t; alter table t alter a type bigint;",
            ],
        );
    }
}
