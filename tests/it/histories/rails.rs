//! Rails, with its schema in Ruby and as SQL.

use super::programs::becomes_a_baseline;
use super::{BODIES, NAMES, Tool};

fn rails(structure: Option<String>) -> Tool {
    let files = (0..5).map(|at| {
        (
            format!("db/migrate/2024050409024{at}_{}.rb", NAMES[at]),
            String::new(),
        )
    });
    let structure = structure.map(|text| ("db/structure.sql".to_owned(), text));
    Tool {
        name: "rails",
        files: files.chain(structure).collect(),
        history: |count| {
            let rows = (0..count).map(|at| format!("('2024050409024{at}')"));
            format!(
                "create table public.schema_migrations (version varchar primary key); \
                 create table public.ar_internal_metadata (key varchar primary key, value varchar); \
                 insert into public.schema_migrations values {};",
                rows.collect::<Vec<_>>().join(", ")
            )
        },
    }
}

#[test]
fn a_schema_in_ruby_is_taken_from_the_database() {
    becomes_a_baseline(&rails(None));
}

#[test]
fn a_schema_in_sql_is_taken_as_it_is() {
    let made: String = BODIES
        .map(|body| body.replace(" concurrently", ""))
        .concat();
    let made = made
        .split("insert into shop.runs")
        .enumerate()
        .map(|(at, part)| match at {
            0 => part.to_owned(),
            _ => part
                .split_once(";\n")
                .map_or(String::new(), |(_, rest)| rest.to_owned()),
        });
    let text = format!(
        "\\restrict abc\n\nSET statement_timeout = 0;\nSET transaction_timeout = 0;\nSELECT pg_catalog.set_config('search_path', '', false);\n\n\
         {}\nSET search_path TO \"$user\", public;\n\nINSERT INTO \"schema_migrations\" (version) VALUES\n('20240504090240');\n\n",
        made.collect::<String>()
    );
    let workspace = becomes_a_baseline(&rails(Some(text)));
    let path = workspace
        .folder
        .path()
        .join("sql/shop/V001__rails_baseline.sql");
    let text = std::fs::read_to_string(path).unwrap();
    assert!(
        !text.contains("schema_migrations") && !text.contains("SET statement_timeout"),
        "{text}"
    );
}
