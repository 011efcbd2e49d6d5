//! knex.

use super::programs::becomes_a_baseline;
use super::{BODIES, NAMES, Tool, import, migrate};
use crate::support::server::{NEWEST, TestDatabase};

fn knex() -> Tool {
    let files = (0..5).map(|at| {
        let path = format!("migrations/2024050409024{at}_{}.js", NAMES[at]);
        (path, "exports.up = async () => {};\n".to_owned())
    });
    Tool {
        name: "knex",
        files: files.collect(),
        history: |count| {
            let rows =
                (0..count).map(|at| format!("('2024050409024{at}_{}.ts', 1, now())", NAMES[at]));
            format!(
                "create table public.knex_migrations (id serial primary key, name varchar(255), batch integer, migration_time timestamptz); \
                 create table public.knex_migrations_lock (index serial primary key, is_locked integer); \
                 insert into public.knex_migrations (name, batch, migration_time) values {};",
                rows.collect::<Vec<_>>().join(", ")
            )
        },
    }
}

#[test]
fn another_database_that_has_them_all_is_compared_and_adopted() {
    let tool = knex();
    let workspace = becomes_a_baseline(&tool);
    let other = TestDatabase::new(NEWEST);
    migrate(&tool, &other, BODIES.len());
    other.execute("drop index shop.orders_total");
    let said = workspace
        .run_on(&other, &import(&tool, &["--yes"]))
        .refused();
    assert!(
        said.contains("missing: table shop.orders, index orders_total"),
        "{said}"
    );
    other.execute("create index orders_total on shop.orders (total)");
    let said = workspace.run_on(&other, &import(&tool, &["--yes"])).done();
    assert!(said.contains("1 of them adopted as applied"), "{said}");
}
