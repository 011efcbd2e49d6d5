//! The life of a database around migrations: baseline, fake, repair, out of order, reset.

use workroom::event::Silent;
use workroom::server::{Options, reset};

use crate::support::command::workroom;
use crate::support::server::{NEWEST, TestDatabase};
use crate::support::workspace::Workspace;

const FIRST: &str = "create schema shop;\ncreate table shop.orders (id integer);\n";
const SECOND: &str = "alter table shop.orders add column total integer;\n";
const THIRD: &str = "alter table shop.orders add column note text;\n";

fn three() -> Workspace {
    let workspace = Workspace::new();
    workspace.write("sql/shop/V001__create.sql", FIRST);
    workspace.write("sql/shop/V002__total.sql", SECOND);
    workspace.write("sql/shop/V003__note.sql", THIRD);
    workspace
}

fn history(workspace: &Workspace) -> Vec<String> {
    workspace.database.query("select version, name, applied_by, duration_ms = 0 from workroom.history_shop order by version")
}

#[test]
fn a_baseline_is_shown_first_and_then_recorded_without_running() {
    let workspace = three();
    workspace.database.execute(&format!("{FIRST}{SECOND}"));
    let said = workspace.run(&["db", "baseline", "--to", "2"]).done();
    assert!(
        said.contains("would be recorded") && said.contains("--yes"),
        "{said}"
    );
    assert_eq!(
        workspace
            .database
            .query("select to_regclass('workroom.history_shop')"),
        [""]
    );
    workspace
        .run(&["db", "baseline", "--to", "2", "--yes"])
        .done();
    assert_eq!(
        history(&workspace),
        ["1|create|postgres|t", "2|total|postgres|t"]
    );
    let said = workspace.migrate();
    assert!(
        said.contains("V003__note") && !said.contains("V002"),
        "{said}"
    );
    let said = workspace
        .run(&["db", "baseline", "--to", "3", "--yes"])
        .refused();
    assert!(
        said.contains("has a history in this database already"),
        "{said}"
    );
}

#[test]
fn a_baseline_names_what_the_database_has_otherwise() {
    let workspace = three();
    workspace.database.execute(FIRST);
    workspace
        .database
        .execute("create table shop.by_hand (); create table shop.__drizzle_migrations (id int)");
    let said = workspace.run(&["db", "baseline", "--to", "2"]).refused();
    for named in [
        "missing: table shop.orders, column total",
        "surplus: table shop.by_hand",
        "--unchecked",
    ] {
        assert!(said.contains(named), "{said}");
    }
    assert!(!said.contains("drizzle"), "{said}");
    let said = workspace
        .run(&["db", "baseline", "--to", "2", "--unchecked", "--yes"])
        .done();
    assert!(said.contains("was not compared"), "{said}");
}

#[test]
fn fake_records_the_next_version_and_no_other() {
    let workspace = three();
    workspace.run(&["db", "migrate", "--to", "1"]).done();
    let said = workspace
        .run(&["db", "migrate", "--fake", "--to", "3"])
        .refused();
    assert!(
        said.contains("one version at a time") && said.contains("--fake --to 2"),
        "{said}"
    );
    workspace.database.execute(SECOND);
    workspace
        .run(&["db", "migrate", "--fake", "--to", "2"])
        .done();
    workspace.migrate();
    assert_eq!(
        history(&workspace),
        [
            "1|create|postgres|f",
            "2|total|postgres|t",
            "3|note|postgres|f"
        ]
    );
    let said = workspace
        .run(&["db", "migrate", "--fake", "--to", "3"])
        .refused();
    assert!(said.contains("applied already"), "{said}");
    assert!(
        workspace
            .run(&["db", "migrate", "--fake"])
            .refused()
            .contains("--to")
    );
}

#[test]
fn repair_shows_what_it_would_do_and_does_it_when_told() {
    let workspace = three();
    workspace.migrate();
    assert!(
        workspace
            .run(&["db", "repair"])
            .done()
            .starts_with("nothing to repair")
    );
    workspace.write(
        "sql/shop/V001__create.sql",
        &format!("-- First of all.\n{FIRST}"),
    );
    std::fs::rename(
        workspace.folder.path().join("sql/shop/V002__total.sql"),
        workspace.folder.path().join("sql/shop/V002__sum.sql"),
    )
    .unwrap();
    std::fs::remove_file(workspace.folder.path().join("sql/shop/V003__note.sql")).unwrap();
    workspace.database.execute("insert into workroom.steps (system, version, step, sha256) values ('shop', 2, 1, 'x'), ('shop', 9, 1, 'x')");
    workspace.run(&["db", "migrate"]).refused();
    let said = workspace.run(&["db", "repair"]).done();
    for what in [
        "only comments or white space changed",
        "renamed",
        "its file is gone",
        "steps of a migration",
        "nothing was changed",
    ] {
        assert!(said.contains(what), "{what}: {said}");
    }
    workspace.run(&["db", "migrate"]).refused();
    workspace.run(&["db", "repair", "--yes"]).done();
    assert!(workspace.migrate().starts_with("nothing to do"));
    assert_eq!(
        workspace
            .database
            .query("select count(*) from workroom.steps"),
        ["0"]
    );
    assert_eq!(
        workspace
            .database
            .query("select name, sql_text like '-- First%' from workroom.history_shop order by 1"),
        ["create|t", "sum|f"]
    );
}

#[test]
fn a_changed_file_is_shown_as_a_diff_and_adopted_only_by_name() {
    let workspace = three();
    workspace.migrate();
    workspace.write(
        "sql/shop/V002__total.sql",
        "alter table shop.orders add column total bigint;\n",
    );
    for command in [
        &["db", "migrate"][..],
        &["db", "repair", "--yes"],
        &["db", "status"],
    ] {
        let said = workspace.run(command).refused();
        assert!(
            said.contains("-alter table shop.orders add column total integer;"),
            "{said}"
        );
        assert!(
            said.contains("+alter table shop.orders add column total bigint;"),
            "{said}"
        );
    }
    workspace
        .database
        .execute("alter table shop.orders alter column total type bigint");
    workspace
        .run(&["db", "repair", "--adopt", "2", "--yes"])
        .done();
    assert!(workspace.migrate().starts_with("nothing to do"));
}

#[test]
fn a_late_file_runs_only_when_it_says_that_order_makes_no_difference() {
    let workspace = three();
    std::fs::remove_file(workspace.folder.path().join("sql/shop/V002__total.sql")).unwrap();
    workspace.migrate();
    workspace.write("sql/shop/V002__total.sql", SECOND);
    let said = workspace.run(&["db", "migrate"]).refused();
    assert!(
        said.contains("is late") && said.contains("out-of-order"),
        "{said}"
    );
    workspace.write(
        "sql/shop/V002__total.sql",
        &format!("--! out-of-order\n{SECOND}"),
    );
    let said = workspace.migrate();
    assert!(
        said.contains("V002__total") && !said.contains("V003"),
        "{said}"
    );
}

#[test]
fn reset_wants_the_mark_and_makes_the_database_anew_with_all_that_belongs_to_it() {
    let workspace = three();
    workspace.migrate();
    workspace
        .database
        .execute("insert into shop.orders values (1)");
    let name = workspace.database.name();
    for arguments in [
        &["db", "reset", "--yes"][..],
        &["db", "reset", "--into", "other"],
    ] {
        let said = workspace.run(arguments).refused();
        assert!(
            said.contains("is not marked disposable") && said.contains(&format!("`--into {name}`")),
            "{said}"
        );
    }
    assert_eq!(
        workspace.database.query("select count(*) from shop.orders"),
        ["1"]
    );
    workspace.run(&["db", "reset", "--into", name]).done();
    assert_eq!(
        workspace.database.query("select count(*) from shop.orders"),
        ["0"]
    );
    let (owner, reader) = (format!("reset_owner_{name}"), format!("reset \"{name}\""));
    let quoted = format!("\"{}\"", reader.replace('"', "\"\""));
    workspace.database.execute(&format!(
        "create role {owner}; create role {quoted}; alter database {name} owner to {owner}; \
         revoke connect, temporary on database {name} from public; grant connect on database {name} to {quoted} with grant option; \
         alter database {name} set search_path = \"$user\", \"Other\", public; alter database {name} set workroom.disposable = 'yes'; \
         alter role {quoted} in database {name} set statement_timeout = '7s'; alter database {name} connection limit 42; \
         comment on database {name} is 'it''s mine';"
    ));
    let attributes = "select pg_get_userbyid(datdba), datacl, datconnlimit, encoding, datcollate, datctype, datlocprovider, \
         shobj_description(d.oid, 'pg_database'), (select array_agg((setrole::regrole, setconfig) order by setrole) \
         from pg_db_role_setting where setdatabase = d.oid) from pg_database as d where datname = current_database()";
    let before = workspace.database.query(attributes);
    workspace.run(&["db", "reset"]).done();
    assert_eq!(workspace.database.query(attributes), before);
    workspace.database.execute(&format!(
        "alter database {name} owner to current_user; drop owned by {quoted}; drop role {quoted}, {owner};"
    ));
    assert_eq!(history(&workspace).len(), 3);
}

#[test]
fn on_the_embedded_server_a_second_reset_copies_a_template() {
    let workspace = three();
    let folder = crate::server::fast_folder();
    let data = folder.path().join("data");
    let run = |arguments: &[&str]| {
        workroom(arguments)
            .without("DATABASE_URL")
            .env("WORKROOM_DATA", &data)
            .within(workspace.folder.path())
            .run()
    };
    let outputs = [
        run(&["db", "reset"]),
        run(&["db", "reset"]),
        {
            workspace.write(
                "sql/shop/V004__more.sql",
                "alter table shop.orders add column more text;",
            );
            run(&["db", "reset"])
        },
        run(&["db", "migrate"]),
    ];
    // Before anything can fail: the server would outlive the test.
    let options = Options {
        data: Some(data.clone()),
        ..Options::default()
    };
    let _ = reset(&options, &Silent);
    assert!(
        outputs[0].contains("deployed from its files") && outputs[0].contains("(3 things"),
        "{}",
        outputs[0]
    );
    assert!(
        outputs[1].contains("copied from its template") && outputs[1].contains("(0 things"),
        "{}",
        outputs[1]
    );
    assert!(
        outputs[2].contains("deployed from its files") && outputs[2].contains("(4 things"),
        "{}",
        outputs[2]
    );
    assert!(outputs[3].starts_with("nothing to do"), "{}", outputs[3]);
}

#[test]
fn status_tells_who_applied_what_and_how_long_it_took() {
    let workspace = three();
    workspace.run(&["db", "migrate", "--to", "2"]).done();
    let said = workspace.run(&["db", "status"]).done();
    assert!(
        said.contains("V003__note") && said.contains("pending"),
        "{said}"
    );
    assert_eq!(said.matches("postgres").count(), 2, "{said}");
    let other = TestDatabase::new(NEWEST);
    assert_eq!(
        workspace
            .run_on(&other, &["db", "status", "--check"])
            .status,
        1
    );
}

#[test]
fn json_is_one_document_with_the_events_as_lines_beside_it() {
    let workspace = three();
    workspace.write("sql/shop/V004__wrong.sql", "select nothing;");
    let numbers = regex::Regex::new(r#"("ms":|"ms": "|time=")[0-9.]+"#).unwrap();
    let run = |format: &str| {
        let output = workroom(["db", "migrate", "--format", format])
            .on(&workspace.database.url())
            .within(workspace.folder.path())
            .run();
        numbers.replace_all(&output, "$1[ms]").into_owned()
    };
    insta::assert_snapshot!(run("json"));
    insta::assert_snapshot!(run("junit"));
    workspace.write("sql/shop/V004__wrong.sql", "select 1;");
    insta::assert_snapshot!(run("json"));
    workspace.write("sql/shop/V005__right.sql", "select 1;");
    insta::assert_snapshot!(run("junit"));
}
