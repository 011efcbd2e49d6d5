//! `kill -9` in the middle of a load leaves everything as it was, and a plain second run succeeds.

use super::{SEEDS, TABLES, run, shop_with};
use crate::support::command::eventually;

#[test]
fn a_killed_load_leaves_tables_and_schema_as_they_were() {
    // As much as takes seconds, in a table that loses its indexes for the time.
    let project = shop_with(&SEEDS.replace("rows = 2_000", "rows = 900_000"));
    let schema = "select count(*), string_agg(indexdef, ';' order by indexdef) from pg_indexes where schemaname = 'shop'";
    let before = project.query(schema);
    let mut running = project.start(["seed", "run", "-q"]);
    eventually("rows of a large table arrive", || {
        project.query("select count(*) from pg_stat_progress_copy as p join pg_database as d on d.oid = p.datid where d.datname = current_database() and tuples_processed > 1000") == ["1"]
    });
    running.kill();
    let _ = running.finish();
    eventually("the server notices", || {
        project.query("select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()") == ["0"]
    });
    for table in TABLES {
        assert_eq!(
            project.query(&format!("select count(*) from {table}")),
            ["0"],
            "{table}"
        );
    }
    assert_eq!(project.query(schema), before);
    project.write("seeds/shop.toml", SEEDS);
    run(&project, &[]);
}
