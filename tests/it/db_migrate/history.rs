//! The table that records what was applied.

use insta::assert_snapshot;

use super::PAID;
use crate::support::project::{ORDERS, TestProject};

#[test]
fn the_history_is_in_the_format_of_refinery_with_its_checksums() {
    let project = TestProject::with_database(&[ORDERS, PAID]);
    project.migrate();
    assert_eq!(
        project.query(
            "select column_name || ' ' || udt_name || coalesce(character_maximum_length::text, '') \
             from information_schema.columns \
             where table_schema = 'workroom' and table_name = 'history_shop' \
             order by ordinal_position limit 4"
        ),
        [
            "version int8",
            "name varchar255",
            "applied_on varchar255",
            "checksum varchar255"
        ]
    );
    let rows = project.query(
        "select version, name, checksum, applied_by, duration_ms > 0, tool_version, \
         md5(sql_text), sha256 = encode(sha256(convert_to(sql_text, 'UTF8')), 'hex') \
         from workroom.history_shop order by version",
    );
    let expected: Vec<String> = [(1, "create_orders", ORDERS.1), (2, "add_paid_at", PAID.1)]
        .iter()
        .map(|(version, name, text)| {
            let refinery =
                refinery_core::Migration::unapplied(&format!("V{version}__{name}"), text).unwrap();
            let md5 = &project.query(&format!("select md5($workroom${text}$workroom$)"))[0];
            format!(
                "{version}|{name}|{}|postgres|t|{}|{md5}|t",
                refinery.checksum(),
                env!("CARGO_PKG_VERSION")
            )
        })
        .collect();
    assert_eq!(rows, expected);
    // refinery reads `applied_on` as RFC 3339 and panics on anything else.
    assert_eq!(
        project.query(
            r"select bool_and(applied_on ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$' and applied_on::timestamptz is not null) from workroom.history_shop"
        ),
        ["t"]
    );
}

#[test]
fn a_history_row_that_workroom_did_not_write_is_reported() {
    let project = TestProject::with_database(&[ORDERS]);
    project.migrate();
    project.database().execute(
        "alter table workroom.history_shop alter sha256 drop not null; update workroom.history_shop set sha256 = null",
    );
    assert_snapshot!(project.run(["db", "migrate"]), @"
        ----- stderr -----
        error: workroom.history_shop holds a row that workroom did not write
        hint: look at it with `select * from workroom.history_shop`, and correct or delete that row
        exit status: 2
        ");
}
