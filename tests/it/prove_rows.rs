//! `policy prove` on schemas that nobody wrote for it: rows for any key, type, check and partition, and what is said of
//! a table for which none can be made up.

use crate::support::project::TestProject;
use crate::support::workspace::Workspace;

const PROJECT: &str = "\
[project]
name = \"shop\"

[systems.shop]
title = \"Shop\"
schemas = [\"shop\"]
extensions = [\"btree_gist\", \"citext\", \"hstore\", \"ltree\"]
";

/// One table for each kind: what its columns are, and what follows the table.
const TABLES: [(&str, &str, &str); 19] = [
    (
        "numbered",
        "id bigint generated always as identity primary key",
        "",
    ),
    (
        "numbered_by_tenant",
        "id int generated always as identity, primary key (tenant_id, id)",
        "",
    ),
    (
        "numbered_beside",
        "id uuid primary key, n int generated always as identity unique",
        "",
    ),
    (
        "computed",
        "id int primary key, double_id int generated always as (id * 2) stored",
        "",
    ),
    (
        "labelled",
        "kinds shop.kind[] not null, id shop.kind, primary key (tenant_id, id)",
        "",
    ),
    (
        "composite",
        "id int primary key, at shop.place not null",
        "",
    ),
    (
        "ranges",
        "id uuid primary key, during tstzrange not null, days datemultirange not null, \
         exclude using gist (tenant_id with =, during with &&)",
        "",
    ),
    (
        "shapes",
        "id int primary key, a point not null, b box not null, c circle not null, d polygon not null, e lseg not null, \
         f path not null, g line not null",
        "",
    ),
    (
        "networks",
        "id inet primary key, net cidr not null, card macaddr8 not null",
        "",
    ),
    (
        "extended",
        "id public.citext primary key, path public.ltree not null, more public.hstore not null",
        "",
    ),
    (
        "mailed",
        "id int primary key, mail shop.mail not null unique",
        "",
    ),
    (
        "checked",
        "id int primary key, e jsonb not null check (e ? 'kind'), hash bytea not null check (octet_length(hash) = 32), \
         code text not null check (length(code) = 17), n int not null check (n > 5000)",
        "",
    ),
    (
        "state",
        "id int primary key default 1 check (id between 1 and 40)",
        "",
    ),
    (
        "dated",
        "at timestamptz not null, id uuid not null, primary key (id, at)",
        "partition by range (at); create table shop.dated_2026 partition of shop.dated for values from ('2026-01-01') to \
         ('2027-01-01')",
    ),
    (
        "counted",
        "id bigint not null, primary key (id)",
        "partition by range (id); create table shop.counted_1 partition of shop.counted for values from (1) to (50); \
         create table shop.counted_2 partition of shop.counted for values from (50) to (maxvalue)",
    ),
    (
        "listed",
        "id int, place text not null, primary key (id, place)",
        "partition by list (place); create table shop.listed_1 partition of shop.listed for values in ('north', 'south')",
    ),
    (
        "below",
        "id int, place text not null, at date not null, primary key (id, place, at)",
        "partition by list (place); create table shop.below_1 partition of shop.below for values in ('it''s') partition by \
         range (at); create table shop.below_1_1 partition of shop.below_1 for values from (minvalue) to ('1999-01-01')",
    ),
    (
        "hashed",
        "id int primary key",
        "partition by hash (id); create table shop.hashed_1 partition of shop.hashed for values with (modulus 2, remainder \
         0); create table shop.hashed_2 partition of shop.hashed for values with (modulus 2, remainder 1)",
    ),
    (
        "bits",
        "id bit(4) not null, spot pg_lsn not null, money money not null, primary key (tenant_id, id)",
        "",
    ),
];

#[test]
fn rows_are_made_up_for_any_key_type_check_and_partition() {
    let mut sql = "create schema shop;\n\
        create type shop.kind as enum ('flat', 'house', 'mill', 'tent');\n\
        create type shop.place as (street text, number int);\n\
        create domain shop.mail as text not null check (value like '%@%');\n"
        .to_owned();
    let mut policies = "[policies]\ntenant_column = \"tenant_id\"\n\
        [roles.rows_clerk]\nkind = \"application\"\nname = \"clerk\"\n\
        [context.tenant]\nsetting = \"app.tenant\"\n\
        [context.user]\nsql = \"nullif(current_setting('app.user', true), '')\"\n\
        [macros.own]\nsql = \"who = {{ user }}\"\noracle = \"row.who == context.user\"\n"
        .to_owned();
    for (name, columns, after) in TABLES {
        // A unique key without the tenant tells what another tenant has, unless nobody of the clients may write it.
        sql.push_str(&format!(
            "create table shop.{name} (tenant_id uuid not null, who text not null, note text, {columns}) {after};\n"
        ));
        let writes = if columns.contains("primary key (tenant_id") || name == "numbered" {
            ", insert = \"own\", update = \"own\", delete = \"own\""
        } else {
            ""
        };
        policies.push_str(&format!(
            "[tables.{name}.matrix]\nclerk = {{ select = \"own\"{writes} }}\n"
        ));
    }
    let shop = TestProject::new(&[
        ("workroom.toml", PROJECT),
        ("sql/shop/V001__create.sql", &sql),
        ("policies/shop.toml", &policies),
    ]);
    let output = shop.run(["policy", "prove", "-q"]);
    assert!(output.ends_with("exit status: 0\n"), "{output}");
}

const MEMBERS: &str = "\
create schema shop;
create table shop.members (id text primary key check (id ~ '^usr_[a-z0-9]{8}$'), note text);
create table shop.notes (id bigint generated always as identity primary key, who text not null);
";

const READERS: &str = "\
[roles.sample_reader]
kind = \"application\"
[tables.notes]
class = \"global\"
matrix = { sample_reader = { select = \"all\", insert = \"all\" } }
[tables.members]
class = \"global\"
matrix = { sample_reader = { select = \"all\" } }
";

#[test]
fn a_table_without_rows_is_named_and_the_others_are_proven() {
    let shop = Workspace::new();
    shop.write("sql/shop/V001__create.sql", MEMBERS);
    shop.write("policies/shop.toml", READERS);
    shop.migrate();
    let said = shop.run(&["policy", "prove", "--here"]);
    assert_eq!(said.status, 1, "{}", said.text);
    for part in [
        "shop.members is not proven: id (text): ",
        "members_id_check",
        "sample = {",
        "shop.notes",
    ] {
        assert!(said.text.contains(part), "lacks {part}: {}", said.text);
    }
    shop.write(
        "policies/shop.toml",
        &format!("{READERS}sample = {{ id = [\"usr_abcdefgh\", \"usr_abcdefg1\"] }}\n"),
    );
    let said = shop.run(&["policy", "prove", "--here"]);
    assert_eq!(said.status, 0, "{}", said.text);
}

#[test]
fn a_sample_for_a_column_that_is_not_there_is_a_mistake_of_the_file() {
    let shop = Workspace::new();
    shop.write("sql/shop/V001__create.sql", MEMBERS);
    shop.write(
        "policies/shop.toml",
        &format!("{READERS}sample = {{ idd = [\"usr_abcdefgh\"], note = [] }}\n"),
    );
    let said = shop.run(&["policy", "render"]);
    assert_eq!(said.status, 2, "{}", said.text);
    for part in [
        "the table `members` has no column `idd`",
        "the sample of `note` has no values",
    ] {
        assert!(said.text.contains(part), "lacks {part}: {}", said.text);
    }
}

/// Tenants that partitions are made for, and an identity key that a client may override.
#[test]
fn tenants_come_from_partitions_that_are_made_for_them() {
    let shop = Workspace::new();
    shop.write(
        "sql/shop/V001__create.sql",
        "create schema shop;\n\
         create table shop.notes (tenant text not null, id bigint generated always as identity, note text, primary key \
         (tenant, id)) partition by list (tenant);\n\
         create table shop.notes_a partition of shop.notes for values in ('a');\n\
         create table shop.notes_b partition of shop.notes for values in ('b');\n",
    );
    shop.write(
        "policies/shop.toml",
        "[policies]\ntenant_column = \"tenant\"\n[roles.listed_clerk]\nkind = \"application\"\n\
         [context.tenant]\nsetting = \"app.tenant\"\ntype = \"text\"\n[tables.notes.matrix]\n\
         listed_clerk = { select = \"all\", insert = \"all\", update = \"all\", delete = \"all\" }\n",
    );
    shop.migrate();
    let said = shop.run(&["policy", "prove", "--here"]);
    assert_eq!(said.status, 0, "{}", said.text);
}

#[test]
fn a_database_without_the_system_is_said_to_be_undeployed() {
    let shop = Workspace::new();
    shop.write("sql/shop/V001__create.sql", MEMBERS);
    shop.write(
        "policies/shop.toml",
        &READERS.replace("sample_reader", "undeployed_reader"),
    );
    let said = shop.run(&["policy", "prove", "--here"]).refused();
    for part in ["shop is not deployed here", "workroom db migrate"] {
        assert!(said.contains(part), "lacks {part}: {said}");
    }
}

#[test]
fn a_reference_out_of_the_schemas_of_the_project_is_left_alone() {
    let shop = Workspace::new();
    shop.database
        .execute("create schema accounts; create table accounts.people (id uuid primary key)");
    shop.write(
        "sql/shop/V001__create.sql",
        "create schema shop;\ncreate table shop.notes (id uuid primary key default gen_random_uuid(), author uuid \
         references accounts.people (id), body text not null);\n",
    );
    shop.write(
        "policies/shop.toml",
        "[policies]\nunseen = [\"accounts.people\"]\n[roles.author_reader]\nkind = \"application\"\n[tables.notes]\n\
         class = \"global\"\nmatrix = { author_reader = { select = \"all\", insert = \"all\" } }\n",
    );
    shop.migrate();
    shop.run(&["policy", "prove", "--here"]).done();
}

#[test]
fn a_publication_a_login_and_another_proof_do_not_disturb_a_proof() {
    let shop = Workspace::new();
    shop.write(
        "sql/shop/V001__create.sql",
        "create schema shop;\ncreate table shop.notes (id int primary key, kind text, body text not null);\n",
    );
    shop.write(
        "policies/shop.toml",
        "[roles.published_reader]\nkind = \"application\"\n[tables.notes]\nclass = \"global\"\n\
         matrix = { published_reader = { select = \"all\", update = \"all\", delete = \"all\" } }\n",
    );
    shop.migrate();
    shop.database
        .execute("create publication part for table shop.notes where (kind = 'open')");
    // A login that inherits what its group may.
    shop.database
        .execute("create role published_login login in role published_reader");
    let other = shop.database.session();
    other.run("begin");
    other.run("select pg_advisory_xact_lock(2003530349, 2)");
    std::thread::scope(|scope| {
        let proof = scope.spawn(|| shop.run(&["policy", "prove", "--here"]));
        let asks = "select count(*) from pg_stat_activity where datname = current_database() \
             and query like 'select pg_catalog.pg_try_advisory_xact_lock(2003530349, 2)%'";
        while shop.database.query(asks) == ["0"] {
            assert!(!proof.is_finished(), "it did not wait for the other proof");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        other.run("rollback");
        proof.join().unwrap().done();
    });
    let left = shop
        .database
        .query("select count(*) from pg_publication_rel");
    assert_eq!(left, ["1"]);
    shop.database.execute("drop role published_login");
}
