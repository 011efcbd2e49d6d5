//! New columns whose value must be computed for every row.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::Name;
use crate::sql::tree::ChangeKind;

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
            let why = if column.identity || column.kind.contains("serial") {
                "an identity column takes a new number for every row"
            } else if column.generated_stored {
                "a stored generated column is computed for every row"
            } else if !column.default_calls.iter().all(is_fixed) {
                "a volatile default is computed for every row"
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

fn is_fixed(function: &Name) -> bool {
    let is_servers = function
        .schema
        .as_ref()
        .is_none_or(|schema| schema == "pg_catalog");
    is_servers && FIXED.contains(&format!(" {} ", function.name))
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
            ],
        );
    }
}
