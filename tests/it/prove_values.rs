//! `policy prove` tries what the SQL compares with, not only what the words do: values of enums and checks, long lists,
//! either case, neighbours of numbers, other settings, patterns and stand-ins for a tenant.

use crate::support::proof::failed;
use crate::support::workspace::Workspace;

/// A look-up that compares the rank of the signed-in user, in two forms that should be one.
struct Ranks {
    kind: &'static str,
    sql: &'static str,
    words: &'static str,
}

/// Whether probes of the notes fail, which is all that may.
fn fails(workspace: &Workspace) -> (bool, String) {
    let said = workspace.run(&["policy", "prove", "--here"]);
    let fails = failed(&said.text).contains("shop.notes");
    assert_eq!(said.status, u8::from(fails), "{}", said.text);
    (fails, said.text)
}

fn proves(workspace: &Workspace, sql: &str, policies: &str) -> (bool, String) {
    workspace.write("sql/shop/V001__create.sql", sql);
    workspace.write("policies/shop.toml", policies);
    workspace.migrate();
    fails(workspace)
}

fn ranks(at: usize, one: &Ranks) -> (bool, String) {
    let workspace = Workspace::new();
    workspace.write(
        "workroom.toml",
        "[project]\nname = \"test\"\n[systems.shop]\ntitle = \"shop\"\nschemas = [\"shop\"]\nprivate_schemas = [\"shop_private\"]\n",
    );
    let sql = format!(
        "create schema shop;\n{};\ncreate table shop.people (id text primary key, rank {} not null);\n\
         create table shop.notes (id int primary key, body text not null);\n",
        match one.kind {
            "shop.rank" =>
                "create type shop.rank as enum ('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i')",
            "shop.grade" =>
                "create domain shop.grade as text check (value in ('a', 'b', 'c', 'd'))",
            _ => "select 1",
        },
        one.kind
    );
    let policies = format!(
        "[policies]\nprivate_schema = \"shop_private\"\n\
         [roles.values{at}_user]\nkind = \"application\"\nname = \"user\"\n\
         [roles.values{at}_definer]\nkind = \"definer\"\nlogin = false\n\
         [context.user]\nsql = \"nullif(current_setting('app.user', true), '')\"\n\
         [lookups.is_staff]\nreturns = \"boolean\"\nreads = [\"people\"]\n\
         sql = \"select exists (select from shop.people as person where person.id = {{{{ user }}}} and {})\"\n\
         [macros.staff]\nsql = \"(select shop_private.is_staff())\"\n\
         oracle = \"exists people as person where person.id == context.user and {}\"\n\
         [tables.people]\nclass = \"global\"\n\
         matrix = {{ values{at}_definer = {{ select = \"all\" }}, user = {{ select = \"all\" }} }}\n\
         [tables.notes]\nclass = \"global\"\n\
         matrix = {{ user = {{ select = \"staff\", insert = \"staff\" }} }}\n",
        one.sql, one.words
    );
    proves(&workspace, &sql, &policies)
}

#[test]
fn every_value_that_the_sql_compares_with_is_tried() {
    const CHECKED: &str = "text check (rank in ('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'))";
    let equal = |kind, sql, words| Ranks { kind, sql, words };
    for (at, one) in [
        equal(
            "shop.rank",
            "person.rank in ('a', 'i')",
            "person.rank == 'a'",
        ),
        equal(CHECKED, "person.rank in ('a', 'h')", "person.rank == 'a'"),
        equal(
            "shop.grade",
            "person.rank <> 'b'",
            "person.rank in ['a', 'c']",
        ),
        equal(
            "text",
            "person.rank in ('a', 'b', 'c')",
            "person.rank in ['a', 'b']",
        ),
        equal(
            "text",
            "person.rank in ('a', 'b', 'c', 'd')",
            "person.rank in ['a', 'b', 'c', 'd', 'e', 'f']",
        ),
        equal(
            "text",
            "lower(person.rank) in ('a', 'b')",
            "person.rank in ['a', 'b']",
        ),
        equal("text", "person.rank like 'a%'", "person.rank == 'a'"),
        equal(
            "text",
            "person.rank <> 'z'",
            "person.rank in ['a', 'b', 'c']",
        ),
        equal("int", "person.rank >= 5", "person.rank > 5"),
        equal("int", "person.rank in (5, 8)", "person.rank == 5"),
        equal(
            "timestamptz",
            "person.rank > now() - interval '1 day'",
            "person.rank > context.now",
        ),
    ]
    .iter()
    .enumerate()
    {
        let (fails, text) = ranks(at, one);
        assert!(fails, "{} against {}: {text}", one.sql, one.words);
    }
}

#[test]
fn what_says_the_same_in_both_forms_is_no_alarm() {
    let equal = |kind, sql, words| Ranks { kind, sql, words };
    for (at, one) in [
        equal(
            "shop.rank",
            "person.rank in ('a', 'i')",
            "person.rank in ['a', 'i']",
        ),
        equal(
            "text",
            "lower(person.rank) in ('a', 'b', 'c', 'd', 'e', 'f')",
            "lower(person.rank) in ['a', 'b', 'c', 'd', 'e', 'f']",
        ),
        equal("int", "person.rank >= 5", "person.rank >= 5"),
        equal(
            "timestamptz",
            "person.rank > now()",
            "person.rank > context.now",
        ),
    ]
    .iter()
    .enumerate()
    {
        let (fails, text) = ranks(20 + at, one);
        assert!(!fails, "{} against {}: {text}", one.sql, one.words);
    }
}

const NOTES: &str = "create schema shop;\ncreate table shop.notes (tenant text not null, id int not null, kind text not null, \
    primary key (tenant, id));\n";

fn notes(at: usize, sql: &str) -> (bool, String) {
    let workspace = Workspace::new();
    let policies = format!(
        "[policies]\ntenant_column = \"tenant\"\n[roles.noted{at}_user]\nkind = \"application\"\nname = \"user\"\n\
         [context.tenant]\nsetting = \"app.tenant\"\ntype = \"text\"\n\
         [macros.plain]\nsql = \"{sql}\"\noracle = \"row.kind == 'plain'\"\n\
         [tables.notes.matrix]\nuser = {{ select = \"plain\", update = \"plain\" }}\n"
    );
    proves(&workspace, NOTES, &policies)
}

#[test]
fn settings_that_no_file_names_and_other_spellings_are_tried() {
    for (at, (sql, wanted)) in [
        ("kind = 'plain'", false),
        (
            "kind = 'plain' or current_setting('app.debug', true) = 'on'",
            true,
        ),
        (
            "kind = 'plain' or current_setting('app.debug', true) = 'rosebud'",
            true,
        ),
        ("kind = 'plain' or kind = 'rosebud'", true),
        ("lower(kind) = 'plain'", true),
        ("kind ~ '^plain'", true),
    ]
    .into_iter()
    .enumerate()
    {
        let (found, text) = notes(at, sql);
        assert_eq!(found, wanted, "{sql}: {text}");
    }
}

/// What an administrator does to a deployed database.
#[test]
fn a_floor_that_takes_patterns_or_has_a_stand_in_is_found() {
    for (at, floor) in [
        "tenant like current_setting('app.tenant', true)",
        "tenant ~ current_setting('app.tenant', true)",
        "tenant = coalesce(nullif(current_setting('app.tenant', true), ''), 'nobody-has-this')",
    ]
    .into_iter()
    .enumerate()
    {
        let workspace = Workspace::new();
        let policies = format!(
            "[policies]\ntenant_column = \"tenant\"\n[roles.floored{at}_user]\nkind = \"application\"\nname = \"user\"\n\
             [context.tenant]\nsetting = \"app.tenant\"\ntype = \"text\"\n\
             [tables.notes.matrix]\nuser = {{ select = \"all\" }}\n"
        );
        let (found, text) = proves(&workspace, NOTES, &policies);
        assert!(!found, "{text}");
        workspace.database.execute(&format!(
            "alter policy notes_tenant_isolation on shop.notes using ({floor}) with check ({floor})"
        ));
        let (found, text) = fails(&workspace);
        assert!(found, "{floor}: {text}");
    }
}

#[test]
fn sums_either_case_and_what_stands_for_null_can_be_said_in_words() {
    for (at, (sql, wanted)) in [
        (
            "upper(kind) = 'PLAIN' and coalesce(note, '') = '' and level + 1 > 2 * 1",
            false,
        ),
        (
            "upper(kind) = 'PLAIN' and note = '' and level + 1 > 2 * 1",
            true,
        ),
        (
            "upper(kind) = 'PLAIN' and coalesce(note, '') = '' and level + 1 >= 2 * 1",
            true,
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let policies = format!(
            "[roles.summed{at}_user]\nkind = \"application\"\nname = \"user\"\n[macros.plain]\nsql = \"{sql}\"\n\
             oracle = \"upper(row.kind) == 'PLAIN' and coalesce(row.note, '') == '' and row.level + 1 > 2 * 1\"\n\
             [tables.notes]\nclass = \"global\"\nmatrix = {{ user = {{ select = \"plain\", update = \"plain\" }} }}\n"
        );
        let (found, text) = proves(
            &Workspace::new(),
            "create schema shop;\ncreate table shop.notes (id int primary key, kind text not null, note text, \
             level int not null);\n",
            &policies,
        );
        assert_eq!(found, wanted, "{sql}: {text}");
    }
}
