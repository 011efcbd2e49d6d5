//! What cannot be adopted, and says why.

use super::without_project;

#[test]
fn a_project_an_empty_database_and_lost_files_are_refused() {
    let workspace = without_project();
    let said = workspace.run(&["adopt"]).refused();
    assert!(
        said.contains("nothing that a project could be made of"),
        "{said}"
    );
    workspace.database.execute(
        "create schema shop; create table shop.t (); create table public.pgmigrations (id int, name text, run_on timestamp); \
         insert into public.pgmigrations values (1, '1_a', now())",
    );
    let said = workspace.run(&["adopt"]).refused();
    assert!(
        said.contains("has a history of node-pg-migrate, and its files were not found"),
        "{said}"
    );
    workspace.write("sql/migrations/1_a.sql", "create schema shop;\n");
    let said = workspace.run(&["adopt"]).refused();
    assert!(said.contains("is the folder of node-pg-migrate"), "{said}");
    workspace.write("workroom.toml", "");
    let said = workspace.run(&["adopt"]).refused();
    assert!(said.contains("is there already"), "{said}");
}

#[test]
fn a_schema_without_a_history_becomes_the_first_migration() {
    let workspace = without_project();
    workspace
        .database
        .execute("create schema shop; create table shop.t (id int primary key)");
    let said = workspace
        .run(&["--system", "shop", "adopt", "--yes"])
        .done();
    assert!(
        said.contains("no history of another tool was found"),
        "{said}"
    );
    workspace.run(&["db", "verify"]).done();
    workspace.run(&["lint"]).done();
    assert!(workspace.migrate().starts_with("nothing to do"));
}
