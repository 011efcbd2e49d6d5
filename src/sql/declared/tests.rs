//! What statements leave behind.

use super::*;
use crate::sql::split;

fn declared(text: &str) -> Declared {
    let file = TextFile::new("V001__a.sql", text);
    let mut declared = Declared::default();
    declared.read(&file, &split(&file).unwrap());
    declared
}

fn columns(declared: &Declared, table: &str) -> Vec<String> {
    let name = ("app".to_owned(), table.to_owned());
    let columns = &declared.tables[&name].columns;
    columns.iter().map(|column| column.name.clone()).collect()
}

#[test]
fn a_table_has_its_columns_with_what_nobody_can_write() {
    let declared = declared(
        "create table app.docs (tenant_id uuid not null, Id bigserial, \"Odd \"\"Name\"\"\" text, \
         embedding vector(1536), hours numeric(4, 2), \
         total numeric(12, 2) generated always as (round(hours * 2, 2)) stored, \
         seen bigint generated always as identity, \
         constraint docs_pkey primary key (tenant_id, id), check (hours > 0));",
    );
    assert_eq!(
        columns(&declared, "docs"),
        [
            "tenant_id",
            "id",
            "Odd \"Name\"",
            "embedding",
            "hours",
            "total",
            "seen"
        ]
    );
    let table = &declared.tables[&("app".into(), "docs".into())];
    let generated: Vec<_> = table
        .columns
        .iter()
        .filter(|column| column.generated)
        .collect();
    assert_eq!(generated.len(), 1);
    assert_eq!(table.columns[1].sequence.as_deref(), Some("docs_id_seq"));
}

#[test]
fn later_statements_change_what_earlier_ones_declared() {
    let declared = declared(
        "create table app.a (id int, b text, c text);\n\
         create table app.gone (id int);\n\
         alter table app.a add column d uuid references app.a (id);\n\
         alter table only app.a drop column if exists b;\n\
         alter table app.a rename column c to e;\n\
         alter table app.a add constraint a_check check (id > 0);\n\
         alter table app.a alter column d set default gen_random_uuid();\n\
         alter table app.a rename to z;\n\
         drop table if exists app.gone, app.never cascade;",
    );
    assert_eq!(declared.tables.len(), 1);
    assert_eq!(columns(&declared, "z"), ["id", "e", "d"]);
}

#[test]
fn views_and_functions_are_known_by_name() {
    let declared = declared(
        "create or replace view app.v with (security_invoker = true) as select 1;\n\
         create materialized view app.m as select 1;\n\
         create function app.f(a int default 1) returns int return 1;\n\
         create function app.f(a text) returns int language sql begin atomic select 1; end;\n\
         create or replace procedure app.p() language sql as $$ create table x (y int) $$;\n\
         create function app.old() returns int return 1;\n\
         drop function app.old();\n\
         drop view app.v;",
    );
    assert_eq!(declared.views.len(), 1);
    assert_eq!(declared.functions[&("app".into(), "f".into())], 2);
    assert_eq!(declared.functions.len(), 2);
    assert!(declared.tables.is_empty());
}

#[test]
fn what_cannot_be_read_of_a_table_is_left_out_with_its_place_and_spoils_no_other() {
    let declared = declared(
        "create table app.a (id int primary key,, b int);\n\
         create table app.b (c text);\ncreate index on app.b (c) with nonsense;\n\
         alter table app.b add column d int what is this;",
    );
    assert_eq!(columns(&declared, "a")[..1], ["id"]);
    assert_eq!(columns(&declared, "b"), ["c", "d"]);
    assert!(declared.tables.values().all(|table| !table.complete));
    let lines: Vec<_> = declared
        .unreadable
        .iter()
        .filter_map(|(place, _)| place.line_column())
        .map(|(line, _)| line)
        .collect();
    // An index has no bearing on what is declared.
    assert_eq!(lines, [1, 4]);
}

#[test]
fn columns_come_from_other_tables_too() {
    let declared = declared(
        "create table app.t (id int primary key, a int generated always as (id) virtual);\n\
         create table app.l (z int, like app.t including all, y int);\n\
         create table app.i (b text) inherits (app.t);\n\
         create table app.p (id int, at date, primary key (id, at)) partition by range (at);\n\
         create table app.p1 partition of app.p (id default 1) for values from ('2026-01-01') to ('2027-01-01');\n\
         create table app.o of app.kind; create table app.u (like elsewhere.t);\n\
         create table app.q as select 1 as x; select 2 as y into app.s; select 3 as z into temp app_t;\n\
         create foreign table app.f (id int options (name 'x')) server s;",
    );
    assert_eq!(columns(&declared, "l"), ["z", "id", "a", "y"]);
    assert_eq!(columns(&declared, "i"), ["id", "a", "b"]);
    assert_eq!(columns(&declared, "p1"), ["id", "at"]);
    assert_eq!(columns(&declared, "f"), ["id"]);
    let incomplete: Vec<_> = declared
        .tables
        .iter()
        .filter(|(_, table)| !table.complete)
        .map(|((_, name), _)| name.as_str())
        .collect();
    assert_eq!(incomplete, ["o", "q", "s", "u"]);
    let key = |table: &str| declared.tables[&("app".into(), table.into())].key.clone();
    assert_eq!(key("p1"), ["id", "at"]);
    assert_eq!(key("i"), [""; 0]);
}

#[test]
fn names_are_found_where_the_server_puts_them() {
    let long = "l".repeat(70);
    let declared = declared(&format!(
        "create schema z create table k (id int) create view v as select 1;\n\
         set search_path to app, public;\n\
         create table here (id int, \"A\"\"\" int, U&\"d\\0061t\" int, É int);\n\
         alter table here add constraint here_pkey primary key (id);\n\
         create table {long} (id int);\n\
         create view one as select 1; alter view one rename to two; alter view two set schema z;\n\
         alter table here rename id to number; create aggregate app.sum(int) (sfunc = int4pl, stype = int);\n\
         create schema gone; create table gone.t (id int); drop schema gone cascade;",
    ));
    assert_eq!(columns(&declared, "here"), ["number", "A\"", "dat", "É"]);
    let tables: Vec<_> = declared.tables.keys().cloned().collect();
    assert_eq!(
        tables,
        [
            ("app".to_owned(), "here".to_owned()),
            ("app".to_owned(), "l".repeat(63)),
            ("z".to_owned(), "k".to_owned()),
        ]
    );
    let views: Vec<_> = declared.views.iter().map(|(_, name)| name).collect();
    assert_eq!(views, ["two", "v"]);
    let here = &declared.tables[&("app".into(), "here".into())];
    assert_eq!(here.key, ["number"]);
    assert!(
        declared
            .functions
            .contains_key(&("app".into(), "sum".into()))
    );
}
