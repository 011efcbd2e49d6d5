//! What the expressions of a stranger's tables can do while rows are rehearsed: nothing that takes a superuser. The canary
//! is a file that must not be there afterwards.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::project::TestProject;

/// Expressions of every kind that call `shop.look`, which tries to reach out and to climb, and lets each row pass.
const TABLES: &str = "create schema shop;
create function shop.look(value text) returns boolean language plpgsql as $$
declare
  attempt text;
begin
  foreach attempt in array array[
    'copy (select 1) to program ''touch CANARY''',
    'reset role; copy (select 1) to program ''touch CANARY''',
    'set role postgres; copy (select 1) to program ''touch CANARY''',
    'set session authorization default; copy (select 1) to program ''touch CANARY'''
  ] loop
    begin
      execute attempt;
    exception when others then
      null;
    end;
  end loop;
  -- Later statements of the session must not be read in another way.
  perform set_config('search_path', 'shop', false), set_config('standard_conforming_strings', 'off', false);
  begin
    create or replace function pg_temp.workroom_act(statement text) returns text language plpgsql as
      'begin copy (select 1) to program ''touch CANARY''; return null; end';
    alter function pg_temp.workroom_act(text) security invoker;
  exception when others then
    null;
  end;
  return true;
end $$;
create function shop.count(value text) returns int language plpgsql immutable as $$
begin
  perform shop.look(value);
  return length(value);
end $$;
create function shop.usual() returns text language plpgsql as $$
begin
  perform shop.look('usual');
  return 'usual';
end $$;
create domain shop.name as text check (shop.look(value));
create table shop.people (
  id int primary key,
  name shop.name,
  names text[],
  letters int generated always as (shop.count(note)) stored,
  state text default shop.usual(),
  note text not null,
  constraint people_note_check check (shop.look(note) and note <> '')
);
create table shop.places (id int primary key, name shop.name, constraint places_name_check check (shop.look(name::text)));
";

/// The least that `seed init` looks at: it tries many values, and each calls the function.
const SPOTS: &str = "create table shop.spots (id int primary key, name text not null default shop.usual() check (shop.look(name)));\n";

const SEEDS: &str = "[seed]\nformat = 1\nas_of = 2026-03-31\n[table.\"shop.people\"]\nrows = 20\n[table.\"shop.people\".set]\nnote = { code = \"n{0}\" }\n[table.\"shop.places\"]\nrows = 20\n";

#[test]
fn rehearsals_of_a_superuser_reach_neither_programs_nor_files() {
    for major in [18, 16, 15] {
        let folder = tempfile::tempdir_in("/tmp").unwrap();
        let open = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(folder.path(), open).unwrap();
        let canary = folder.path().join("canary");
        let tables = TABLES.replace("CANARY", canary.to_str().unwrap());
        let project = TestProject::on_major(
            major,
            &[
                ("sql/shop/V001__create.sql", &tables),
                ("seeds/shop.toml", SEEDS),
            ],
        );
        project.migrate();
        let made = "select rolname from pg_roles where rolname like 'workroom_rehearsal_%'";
        let said = project.run(["seed", "plan"]);
        assert!(said.ends_with("exit status: 0\n"), "{major}: {said}");
        assert!(!canary.exists(), "{major}: a program was run");
        assert_eq!(project.query(made), [""; 0], "{major}");
        // What the server does not take is still told.
        project.query("alter table shop.people add constraint people_state_check check (state = 'other') not valid");
        let said = project.run(["seed", "plan"]);
        assert!(said.ends_with("exit status: 2\n"), "{major}: {said}");
        assert!(said.contains("people_state_check"), "{major}: {said}");
        assert!(!canary.exists(), "{major}: a program was run");
    }
}

#[test]
fn a_first_seed_file_is_written_without_reaching_out() {
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    let open = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(folder.path(), open).unwrap();
    let canary = folder.path().join("canary");
    let (functions, _) = TABLES.split_once("create domain").unwrap();
    let tables = format!("{functions}{SPOTS}").replace("CANARY", canary.to_str().unwrap());
    let project = TestProject::with_database(&[("sql/shop/V001__create.sql", &tables)]);
    project.migrate();
    let said = project.run(["seed", "init"]);
    assert!(said.ends_with("exit status: 0\n"), "{said}");
    assert!(!canary.exists(), "a program was run");
    // The canary sings where a superuser evaluates the expressions.
    project.query("insert into shop.spots values (1, 'x')");
    assert!(canary.exists(), "the expressions reach out no more");
}
