//! Seeds: a small shop with every trap that catches seed tools, and the agency at full size.

mod again;
mod agency;
mod any_schema;
mod beside;
mod criticised;
mod engines;
mod exported;
mod grammar;
mod holidays;
mod kept;
mod killed;
mod literal;
mod mill;
mod odd;
mod partitions;
mod refused;
mod regressions;
pub(crate) mod spoiled;
mod started;
mod story;
mod strangers;
mod types;
mod wrong_files;

use crate::support::project::TestProject;

/// The shop's schema: two keys that share the tenant, a partial key, a junction, a key that is also a reference, an
/// identity, a generated column, an enumeration with a space, a trigger.
pub(crate) const SCHEMA: &str = include_str!("shop.sql");

/// Its seed file.
pub(crate) const SEEDS: &str = include_str!("shop.toml");

/// A deployed shop with its seed file and nothing in its tables; the database is marked disposable.
pub(crate) fn shop() -> TestProject {
    shop_with(SEEDS)
}

/// A deployed shop with another seed file.
pub(crate) fn shop_with(seeds: &str) -> TestProject {
    shop_of(SCHEMA, seeds)
}

/// A deployed shop with another schema, too.
pub(crate) fn shop_of(schema: &str, seeds: &str) -> TestProject {
    let project = TestProject::with_database(&[
        ("sql/shop/V001__create_shop.sql", schema),
        ("seeds/shop.toml", seeds),
    ]);
    project.migrate();
    let database = project.database();
    database.execute(&format!(
        "alter database {} set workroom.disposable = 'on'",
        database.name()
    ));
    project
}

/// Runs `seed run` with more arguments, which must succeed.
#[track_caller]
pub(crate) fn run(project: &TestProject, more: &[&str]) -> String {
    let output = project.run(["seed", "run", "-q"].iter().chain(more));
    assert!(output.ends_with("exit status: 0\n"), "{output}");
    output
}

/// The digests of a run's output, table by table.
pub(crate) fn digests(output: &str) -> Vec<(String, String)> {
    output
        .lines()
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let digest = words.iter().find(|word| {
                word.len() == 16 && word.chars().all(|digit| digit.is_ascii_hexdigit())
            })?;
            Some((words[0].to_owned(), (*digest).to_owned()))
        })
        .collect()
}

/// What the tables hold, as one text for each row, sorted.
pub(crate) fn content(
    database: &crate::support::server::TestDatabase,
    tables: &[&str],
) -> Vec<String> {
    tables
        .iter()
        .flat_map(|table| database.query(&format!("select t::text from {table} as t order by 1")))
        .collect()
}

/// The shop's tables.
pub(crate) const TABLES: [&str; 7] = [
    "shop.customers",
    "shop.products",
    "shop.orders",
    "shop.lines",
    "shop.profiles",
    "shop.likes",
    "shop.contacts",
];
