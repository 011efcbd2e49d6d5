//! A rebase gives applied migrations other numbers; status tells all that does not agree at once.

use crate::support::command::workroom;
use crate::support::workspace::Workspace;

const CREATE: &str = "create schema shop;\ncreate table shop.orders (id integer);\n";
const NOTE: &str = "alter table shop.orders add column note text;\n";
const CHANNEL: &str = "alter table shop.orders add column channel text;\n";

fn rename(workspace: &Workspace, from: &str, to: &str) {
    let folder = workspace.folder.path().join("sql/shop");
    std::fs::rename(folder.join(from), folder.join(to)).unwrap();
}

/// `V002__note` has run here; after the rebase it is `V003`, and a colleague's migration is `V002`.
fn rebased() -> Workspace {
    let workspace = Workspace::new();
    workspace.write("sql/shop/V001__create.sql", CREATE);
    workspace.write("sql/shop/V002__note.sql", NOTE);
    workspace.migrate();
    rename(&workspace, "V002__note.sql", "V003__note.sql");
    workspace.write("sql/shop/V002__channel.sql", CHANNEL);
    workspace
}

#[test]
fn what_was_renumbered_after_it_ran_is_recognised_and_recorded_under_its_new_number() {
    let workspace = rebased();
    let said = workspace.run(&["db", "migrate"]).refused();
    for what in [
        "V003__note was applied as version 2",
        "version 2 is V002__channel now, which did not run",
        "`workroom db repair --yes` records it as version 3",
        "V002__channel is late",
    ] {
        assert!(said.contains(what), "{what}: {said}");
    }
    assert!(!said.contains("was changed"), "{said}");
    let said = workspace.run(&["db", "repair", "--yes"]).done();
    assert!(
        said.contains("ran as version 2: record its number"),
        "{said}"
    );
    assert!(
        said.contains("`workroom db migrate --out-of-order 2`"),
        "{said}"
    );
    workspace.run(&["db", "migrate"]).refused();
    workspace
        .run(&["db", "migrate", "--out-of-order", "9"])
        .refused();
    let said = workspace.run(&["db", "plan", "--out-of-order", "2"]).done();
    assert!(said.contains("V002__channel"), "{said}");
    workspace
        .run(&["db", "migrate", "--out-of-order", "2"])
        .done();
    assert!(workspace.migrate().starts_with("nothing to do"));
    let history = "select version, name from workroom.history_shop order by version";
    assert_eq!(
        workspace.database.query(history),
        ["1|create", "2|channel", "3|note"]
    );
    // The checksum is that of the new number, so that other tools agree, too.
    let sums = "select count(distinct checksum) from workroom.history_shop";
    assert_eq!(workspace.database.query(sums), ["3"]);
}

#[test]
fn a_whole_branch_is_renumbered_also_with_other_comments_and_into_one_another() {
    let workspace = Workspace::new();
    workspace.write("sql/shop/V001__create.sql", CREATE);
    workspace.write("sql/shop/V002__note.sql", NOTE);
    workspace.write(
        "sql/shop/V003__more.sql",
        "alter table shop.orders add column more text;\n",
    );
    workspace.migrate();
    rename(&workspace, "V003__more.sql", "V004__more.sql");
    rename(&workspace, "V002__note.sql", "V003__note.sql");
    workspace.write(
        "sql/shop/V003__note.sql",
        &format!("-- Once version 2.\n{NOTE}"),
    );
    workspace.run(&["db", "repair", "--yes"]).done();
    assert!(workspace.migrate().starts_with("nothing to do"));
    assert_eq!(
        workspace
            .database
            .query("select version, name from workroom.history_shop order by version"),
        ["1|create", "3|note", "4|more"]
    );
}

#[test]
fn status_lists_all_that_does_not_agree_and_then_says_what_to_do() {
    let workspace = rebased();
    workspace.write("sql/shop/V001__create.sql", &format!("-- First.\n{CREATE}"));
    workspace.write("sql/shop/V004__twice.sql", "select 1;");
    workspace.write(
        "sql/shop/V004__again.sql",
        "create index concurrently i on shop.orders (id);",
    );
    let run = |arguments: &[&str]| {
        workroom(arguments)
            .on(&workspace.database.url())
            .within(workspace.folder.path())
            .run()
    };
    let said = run(&["db", "status"]);
    for what in [
        "V001__create    applied, comments changed",
        "V002__channel   late",
        "V003__note      applied as 2",
        "V004__again     version used twice",
        "V004__twice     version used twice",
        "error: version 4 is used twice",
        "error: sql/shop/V004__again.sql has a statement that cannot run in a transaction",
        "error: migration V003__note was applied as version 2",
        "exit status: 2",
    ] {
        assert!(said.contains(what), "{what}: {said}");
    }
    // What looks at the database alone, or at one file at a time, answers all the same.
    let said = run(&["policy", "lint"]);
    assert!(said.contains("no-primary-key:shop.orders"), "{said}");
    assert!(
        said.ends_with(": 1 finding\n----- stderr -----\nexit status: 1\n"),
        "{said}"
    );
    let said = run(&["lint"]);
    assert!(
        said.contains("files linted: 5") && said.contains("used twice"),
        "{said}"
    );
    assert!(said.contains("exit status: 2"), "{said}");
}

#[test]
fn what_stands_on_an_object_of_views_is_told_before_a_new_database_finds_out() {
    let workspace = Workspace::new();
    workspace.write(
        "sql/shop/V001__create.sql",
        "create schema shop; create table shop.t (id int primary key);",
    );
    workspace.write(
        "views/shop/touch.sql",
        "create or replace function shop.touch() returns trigger language plpgsql set search_path = pg_catalog, pg_temp \
         as $$ begin return new; end $$;",
    );
    let clean = workspace.run(&["db", "plan"]).done();
    assert!(!clean.contains("makes"), "{clean}");
    workspace.migrate();
    workspace.write(
        "sql/shop/V002__trigger.sql",
        "create trigger touch before update on shop.t for each row execute function shop.touch();",
    );
    let said = workspace.run(&["db", "plan"]).done();
    assert!(
        said.contains("V002__trigger uses shop.touch, which only views/shop/touch.sql makes"),
        "{said}"
    );
    workspace.migrate();
    let fresh = crate::support::server::TestDatabase::new(crate::support::server::NEWEST);
    let said = workspace.run_on(&fresh, &["db", "migrate"]).refused();
    assert!(
        said.contains("views/shop/touch.sql makes shop.touch, after all migrations"),
        "{said}"
    );
}

#[test]
fn files_that_are_applied_are_not_read_as_sql_again() {
    let workspace = Workspace::new();
    workspace.write("sql/shop/V001__create.sql", CREATE);
    workspace.migrate();
    // As an older version of the tool, or another tool, may have recorded it.
    let text = "select 'no tool reads this;\n";
    workspace.write("sql/shop/V001__create.sql", text);
    workspace.database.execute(&format!(
        "update workroom.history_shop set sha256 = encode(sha256(convert_to($w${text}$w$, 'UTF8')), 'hex')"
    ));
    workspace.write("sql/shop/V002__note.sql", NOTE);
    workspace.migrate();
    assert!(workspace.migrate().starts_with("nothing to do"));
    // What has not run is read.
    workspace.write("sql/shop/V003__wrong.sql", "select 'nor this;\n");
    let said = workspace.run(&["db", "migrate"]).refused();
    assert!(
        said.contains("V003__wrong.sql:1:8") && !said.contains("V001"),
        "{said}"
    );
}
