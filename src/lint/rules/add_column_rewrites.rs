//! New columns whose value must be computed for every row.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::Name;
use crate::sql::tree::{Change, ChangeKind, Column, ConstraintKind, CreateRoutine};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "add-column-rewrites",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Some((table, changes)) = at.changes_of_old() else {
        return Vec::new();
    };
    changes
        .iter()
        .filter_map(|change| {
            let ChangeKind::AddColumn(column) = &change.kind else {
                return None;
            };
            let is_computed = column.generated && !column.generated_stored;
            if is_computed {
                return reads_all(table, change, column);
            }
            let why = if column.identity || column.kind.contains("serial") {
                "an identity column takes a new number for every row"
            } else if column.generated_stored {
                "a stored generated column is computed for every row"
            } else if !column.default_calls.iter().all(|call| is_fixed(at, call)) {
                "a volatile default is computed for every row"
            } else if at.schema.refuses(&column.kind) {
                "a domain with a check or `not null` is tried for every row"
            } else {
                return None;
            };
            Some(
                Problem::new(
                    change.span.clone(),
                    format!("adding `{}` writes `{table}` anew while nobody can read or write it", column.name),
                )
                .why(format!("{why}: measured AccessExclusive for a rewrite of the table and all its indexes"))
                .instead("add the column nullable, set the default for new rows in a second statement, and fill old rows in batches"),
            )
        })
        .collect()
}

/// Functions of the server that come to the same for all rows of a statement, as they stand in defaults; nobody knows
/// of others whether they do. Source: `pg_proc.provolatile` of Postgres 18.
const FIXED: &str = " abs age array_fill array_remove array_to_json array_to_string ascii btrim ceil ceiling chr coalesce \
    concat concat_ws convert_from convert_to current_database current_schema current_setting date date_bin date_part \
    date_trunc daterange decode div encode exp floor format gcd greatest initcap int4range int8range interval \
    json_array json_build_array json_build_object json_object jsonb_build_array jsonb_build_object jsonb_object \
    jsonb_strip_nulls lcm least left length ln log lower lpad ltrim make_date make_interval make_time make_timestamp \
    make_timestamptz md5 mod now nullif num_nonnulls numrange overlay pi position power quote_ident quote_literal \
    repeat replace reverse right round row_to_json rpad rtrim sha224 sha256 sha384 sha512 sign split_part sqrt \
    statement_timestamp string_to_array strpos substr substring timestamp timestamptz timezone to_char to_date to_hex \
    to_json to_jsonb to_number to_timestamp to_tsquery to_tsvector transaction_timestamp translate trim trunc tsrange \
    tstzrange upper ";

fn is_fixed(at: &At<'_>, function: &Name) -> bool {
    if let Some(known) = at.schema.routines.routine(function) {
        return known.is_fixed || is_inlined(known);
    }
    let is_servers = function
        .schema
        .as_ref()
        .is_none_or(|schema| schema == "pg_catalog");
    is_servers && FIXED.contains(&format!(" {} ", function.name))
}

/// Whether the server puts the body in place of the call: a query in SQL of nothing but a value.
fn is_inlined(function: &CreateRoutine) -> bool {
    let body = function
        .body
        .as_deref()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let value = body
        .trim()
        .trim_end_matches(';')
        .strip_prefix("select ")
        .unwrap_or("(");
    let is_free = function.search_path.is_none() && !function.security_definer;
    function.language == "sql" && is_free && !value.contains('(') && !value.contains(" from ")
}

/// A column that is computed when it is read: its constraints look at every row all the same.
fn reads_all(table: &Name, change: &Change, column: &Column) -> Option<Problem> {
    let checks = column.constraints.iter().any(|constraint| {
        matches!(
            constraint.kind,
            ConstraintKind::Check | ConstraintKind::NotNull
        ) && !constraint.not_valid
    });
    (column.not_null || checks).then(|| {
        Problem::new(
            change.span.clone(),
            format!("adding `{}` reads all of `{table}` while nobody can read or write it", column.name),
        )
        .why("measured on Postgres 18: a virtual column is computed for every row to see whether its constraints hold")
        .instead("add the column without constraints, then each `not valid`, and validate it in a later migration")
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn every_way_to_compute_a_value_for_each_row_is_found() {
        catches(
            &RULE,
            &[
                "alter table t add column a float default random();",
                "alter table t add column a uuid default gen_random_uuid();",
                "alter table t add column a text default upper(secrets.token());",
                "alter table t add column a text default my_token();",
                "alter table t add column a bigserial;",
                "alter table t add column a int generated always as identity;",
                "alter table t add column a int generated always as (b * 2) stored;",
                "alter table t add column a int default 1, add column b float default random();",
                "create domain d as int check (value > 0);\n-- V002__x.sql\nalter table t add column a d;",
                "create domain d as int check (value > 0); create domain e as d; alter table t add column a e;",
                "create domain d as int not null; alter table t add column a d default 1;",
                "create function f() returns int language plpgsql as $$ begin return 4; end $$; alter table t add column a int default f();",
                "alter table t add column a int generated always as (b + 1) virtual not null;",
                "alter table t add column a int generated always as (b + 1) virtual check (a > 0);",
            ],
        );
        accepts(
            &RULE,
            &[
                "alter table t add column a int default 1;",
                "alter table t add column a timestamptz default now();",
                "alter table t add column a timestamptz default current_timestamp;",
                "alter table t add column a int not null default -1, add column b numeric default -1.5;",
                "alter table t add column a text default lower('A'), add column b date default current_date;",
                "alter table t add column a timestamptz default (now() at time zone 'utc');",
                "alter table t add column a text default current_user, add column b bool default not true;",
                "alter table t add column a int default coalesce(null, 1);",
                "alter table t add column a timestamptz default pg_catalog.to_timestamp(0);",
                "alter table t add column a int generated always as (b * 2) virtual;",
                "create table t (); alter table t add column a float default random();",
                "create domain d as int; alter table t add column a d;",
                "create function f() returns int immutable language sql as 'select 4'; alter table t add column a int default f();",
                "create function f() returns int language sql as 'select 4'; alter table t add column a int default f();",
            ],
        );
    }
}
