//! What statements leave behind.

use super::*;
use crate::sql::split;

fn declared(text: &str) -> Declared {
    let file = TextFile::new("V001__a.sql", text);
    let mut declared = Declared::default();
    declared.read(&file, &split(&file).unwrap()).unwrap();
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
fn a_table_that_cannot_be_read_is_an_error_at_its_statement() {
    let file = TextFile::new(
        "V001__a.sql",
        "select 1;\ncreate table app.a (id int,, b int);",
    );
    let error = Declared::default()
        .read(&file, &split(&file).unwrap())
        .unwrap_err();
    assert_eq!(error.place.unwrap().line_column(), Some((2, 1)));
}
