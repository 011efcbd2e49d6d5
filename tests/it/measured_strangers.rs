//! What the SQL of a stranger's project can do while `db plan --measure` executes it: nothing outside of the copy. The
//! canary is a file that must not be there afterwards.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use crate::support::project::TestProject;
use crate::support::server::{NEWEST, execute, own_server, query};

/// A folder in which the servers' account may make a file, and the file that nothing must make.
fn canary() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let file = folder.path().join("canary");
    (folder, file)
}

const CREATE: (&str, &str) = (
    "sql/shop/V001__create.sql",
    "create schema shop;\ncreate table shop.orders (id int primary key, note text);\n",
);

#[test]
fn programs_and_files_of_the_server_are_refused_and_the_message_says_what_to_do() {
    for major in [18, 16, 15] {
        let project = TestProject::on_major(major, &[CREATE]);
        project.migrate();
        let (_folder, file) = canary();
        let program = format!("copy (select 1) to program 'touch {}';\n", file.display());
        for statement in [
            program.as_str(),
            "select pg_catalog.pg_read_file('PG_VERSION');\n",
            "load 'auto_explain';\n",
        ] {
            project.write("sql/shop/V002__reach_out.sql", statement);
            let said = project.run(["db", "plan", "--measure"]);
            assert!(said.ends_with("exit status: 2\n"), "{major}: {said}");
            assert!(said.contains("sql/shop/V002__reach_out.sql:1:"), "{said}");
            assert!(said.contains("an owner without superuser"), "{said}");
            assert!(said.contains("hint: plan without `--measure`"), "{said}");
            assert!(!file.exists(), "{major}: a program was run");
        }
    }
}

#[test]
fn an_owner_cannot_give_itself_what_it_was_not_given() {
    for major in [18, 15] {
        let project = TestProject::on_major(major, &[CREATE]);
        project.migrate();
        for statement in [
            "grant pg_execute_server_program to current_user;\n",
            "alter role current_user superuser;\n",
            "set session authorization postgres;\n",
            "set role postgres;\n",
        ] {
            project.write("sql/shop/V002__climb.sql", statement);
            let said = project.run(["db", "plan", "--measure"]);
            assert!(
                said.ends_with("exit status: 2\n"),
                "{major} {statement}: {said}"
            );
            assert!(said.contains("42501"), "{major} {statement}: {said}");
        }
    }
}

#[test]
fn expressions_run_as_that_owner_when_tables_are_filled() {
    let (_folder, file) = canary();
    let create = format!(
        "create schema shop;\n\
         create function shop.is_fine(id int) returns boolean language plpgsql as $$\nbegin\n  \
         copy (select 1) to program 'touch {}';\n  return true;\nend $$;\n\
         create table shop.orders (id int primary key check (shop.is_fine(id)));\n",
        file.display()
    );
    let project = TestProject::with_database(&[
        ("sql/shop/V001__create.sql", create.as_str()),
        (
            "sql/shop/V002__note.sql",
            "alter table shop.orders add column note text;\n",
        ),
    ]);
    let said = project.run(["db", "migrate", "--to", "1"]);
    assert!(said.ends_with("exit status: 0\n"), "{said}");
    for whereabouts in [
        &["db", "plan", "--measure"][..],
        &["db", "plan", "--measure", "--beside"],
    ] {
        let said = project.run(whereabouts);
        assert!(said.contains("AccessExclusive on shop.orders"), "{said}");
        assert!(
            !file.exists(),
            "{whereabouts:?}: a check was evaluated by a superuser"
        );
    }
}

#[test]
fn other_peoples_tables_are_neither_copied_nor_filled_and_what_is_referred_to_is_there() {
    let (_folder, file) = canary();
    // Roles belong to the whole server: on one of its own nobody else's copies are seen.
    let server = own_server(NEWEST);
    let url = server.url();
    let project = TestProject::new(&[
        (
            "sql/shop/V001__create.sql",
            "create schema shop;\n\
             create table shop.orders (id int primary key, person int references other.people, mood other.mood,\n  \
             size other.size default other.usual());\n\
             create view shop.names as select orders.id, people.name from shop.orders join other.people on true;\n",
        ),
        (
            "sql/shop/V002__refer.sql",
            "alter table shop.orders add constraint orders_room_fk foreign key (id) references other.rooms (id);\n",
        ),
    ]);
    execute(&url, &format!(
        "create schema other;
         create function other.is_fine(id int) returns boolean language plpgsql as $$ begin
           copy (select 1) to program 'touch {}'; return true; end $$;
         create type other.mood as enum ('good', 'bad');
         create domain other.size as int check (other.is_fine(value));
         create function other.usual() returns other.size language sql as 'select 1::other.size';
         create table other.people (id int primary key check (other.is_fine(id)), name text, secret text);
         create table other.rooms (id int primary key check (other.is_fine(id)));",
        file.display()
    ));
    let run = |arguments: &[&str]| project.workroom(arguments).on(&url).run();
    let said = run(&["db", "migrate", "--to", "1"]);
    assert!(said.ends_with("exit status: 0\n"), "{said}");
    for whereabouts in [
        &["db", "plan", "--measure"][..],
        &["db", "plan", "--measure", "--beside"],
    ] {
        let said = run(whereabouts);
        assert!(said.contains("from a dump of the schema"), "{said}");
        assert!(said.contains("ShareRowExclusive on shop.orders"), "{said}");
        assert!(!said.contains("other.people"), "{said}");
        assert!(
            !file.exists(),
            "{whereabouts:?}: an expression of somebody else was evaluated"
        );
    }
    let left = "select rolname from pg_roles where rolname like 'workroom_scratch_%'";
    assert_eq!(query(&url, left), Vec::<String>::new());
}

/// A shop with a policy file and a role of its own.
fn shop_with_policies(major: u32) -> TestProject {
    let create = "create schema shop;\n\
         create table shop.orders (id uuid not null default gen_random_uuid(), tenant_id uuid not null, clerk text not null,\n  \
         constraint orders_pkey primary key (tenant_id, id));\n\
         create function shop.count_orders() returns bigint stable return (select count(*) from shop.orders);\n";
    let policies = "[policies]\nprivate_schema = \"shop_private\"\ntenant_column = \"tenant_id\"\n\
         [roles.strangers_clerk]\nkind = \"application\"\nname = \"clerk\"\n\
         [context.tenant]\nsetting = \"app.current_tenant\"\n\
         [context.user]\nsql = \"current_setting('app.clerk', true)\"\n\
         [macros.owner]\nsql = \"{{ owner | ident }} = (select current_setting('app.clerk', true))\"\n\
         oracle = \"row[owner] == context.user\"\ngroup = \"owner\"\n\
         [tables.orders]\nowner = \"clerk\"\n[tables.orders.matrix]\n\
         clerk = { select = \"all\", insert = \"owner\", update = \"owner\" }\n\
         [functions]\ncount_orders = [\"clerk\"]\n";
    let config = "[project]\nname = \"shop\"\n\n[systems.shop]\ntitle = \"Shop\"\nschemas = [\"shop\"]\n\
         private_schemas = [\"shop_private\"]\n";
    TestProject::on_major(
        major,
        &[
            ("workroom.toml", config),
            ("sql/shop/V001__create.sql", create),
            ("policies/shop.toml", policies),
        ],
    )
}

#[test]
fn a_schema_that_the_deployer_cannot_read_is_no_obstacle() {
    let server = own_server(18);
    execute(
        &server.url(),
        "create role deployer login createrole createdb",
    );
    execute(&server.url(), "create database owned owner deployer");
    let admin = server.connection().url_of("owned");
    let url = admin.replacen("postgres@", "deployer@", 1);
    let project = shop_with_policies(18);
    let run = |arguments: &[&str]| project.workroom(arguments).on(&url).run();
    let said = run(&["db", "migrate"]);
    assert!(said.ends_with("exit status: 0\n"), "{said}");
    execute(&admin, "create schema other; create table other.x ()");
    project.write("sql/shop/V002__m.sql", "select 1;\n");
    let said = run(&["db", "plan", "--measure"]);
    assert!(said.ends_with("exit status: 0\n"), "{said}");
    assert!(!said.contains("cannot be dumped"), "{said}");
    assert!(!said.contains("enable row level security"), "{said}");
    assert_eq!(
        query(
            &admin,
            "select count(*) from pg_roles where rolname like 'workroom%'"
        ),
        ["0"]
    );
}

#[test]
fn what_is_measured_is_what_will_be_sent_also_for_policies_that_are_there() {
    for major in [18, 16, 15] {
        let project = shop_with_policies(major);
        project.migrate();
        project.write("sql/shop/V002__m.sql", "select 1;\n");
        let said = project.run(["db", "plan", "--measure"]);
        assert!(said.ends_with("exit status: 0\n"), "{major}: {said}");
        assert!(
            said.contains("from a dump of the schema"),
            "{major}: {said}"
        );
        for not_sent in [
            "drop policy",
            "create policy",
            "create role",
            "not measured",
        ] {
            assert!(!said.contains(not_sent), "{major} {not_sent}: {said}");
        }
    }
}

#[test]
fn declared_extensions_are_there_for_an_owner_who_may_not_make_them() {
    let config = "[project]\nname = \"shop\"\n\n[systems.shop]\ntitle = \"Shop\"\nschemas = [\"shop\", \"tools\"]\n\
         extensions = [\"vector\"]\n";
    let project = TestProject::with_database(&[
        ("workroom.toml", config),
        (
            "sql/shop/V001__create.sql",
            "create schema tools;\ncreate extension vector schema tools;\ncreate schema shop;\n\
             create table shop.items (id int primary key, place tools.vector(2));\n",
        ),
        (
            "sql/shop/V002__index.sql",
            "alter table shop.items add column other tools.vector(3);\n",
        ),
    ]);
    // Nothing is applied: everything is pending and measured.
    let said = project.run(["db", "plan", "--measure"]);
    assert!(said.ends_with("exit status: 0\n"), "{said}");
    let said = project.run(["db", "migrate", "--to", "1"]);
    assert!(said.ends_with("exit status: 0\n"), "{said}");
    let said = project.run(["db", "plan", "--measure"]);
    assert!(said.ends_with("exit status: 0\n"), "{said}");
    assert!(said.contains("from 1 applied migration"), "{said}");
}

#[test]
fn a_proof_deploys_and_fills_its_clone_as_an_owner_without_superuser() {
    let (_folder, file) = canary();
    let project = shop_with_policies(18);
    let check = format!(
        "create function shop.is_fine(clerk text) returns boolean language plpgsql as $$ begin\n  \
         copy (select 1) to program 'touch {}';\n  return true;\nend $$;\n\
         alter table shop.orders add constraint orders_fine check (shop.is_fine(clerk));\n",
        file.display()
    );
    let said = project.run(["policy", "prove"]);
    assert!(said.ends_with("exit status: 0\n"), "{said}");
    project.write("sql/shop/V002__check.sql", &check);
    let said = project.run(["policy", "prove"]);
    assert!(said.ends_with("exit status: 1\n"), "{said}");
    assert!(
        said.contains("permission denied to COPY to or from"),
        "{said}"
    );
    assert!(!file.exists(), "a check was evaluated by a superuser");
    let program = format!("copy (select 1) to program 'touch {}';\n", file.display());
    project.write("sql/shop/V002__check.sql", &program);
    let said = project.run(["policy", "prove"]);
    assert!(said.ends_with("exit status: 2\n"), "{said}");
    assert!(said.contains("an owner without superuser"), "{said}");
    assert!(!file.exists(), "a program was run");
}

#[test]
fn a_proof_has_the_extensions_that_are_declared() {
    let project = shop_with_policies(18);
    let config = "[project]\nname = \"shop\"\n\n[systems.shop]\ntitle = \"Shop\"\nschemas = [\"shop\", \"tools\"]\n\
         private_schemas = [\"shop_private\"]\nextensions = [\"vector\"]\n";
    project.write("workroom.toml", config);
    project.write(
        "sql/shop/V002__place.sql",
        "create schema tools;\ncreate extension vector schema tools;\n\
         alter table shop.orders add column place tools.vector(2);\n",
    );
    let said = project.run(["policy", "prove"]);
    assert!(said.ends_with("exit status: 0\n"), "{said}");
}
