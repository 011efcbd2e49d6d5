//! `policy prove --triggers`: writes as they happen.

use crate::support::workspace::{Said, Workspace};

const TABLES: &str = "\
create schema shop;
create table shop.notes (id int primary key, owner text not null, body text);
create table shop.log (id bigint generated always as identity primary key, what text);
create table shop.counts (id int primary key, number int not null);
";

const POLICIES: &str = r#"
[roles.NAME_user]
kind = "application"
name = "user"
[context.user]
sql = "current_setting('app.user', true)"
[macros.mine]
sql = "owner = {{ user }}"
oracle = "row.owner == context.user"
[tables.notes]
class = "global"
matrix = { user = { select = "mine", insert = "mine", update = "mine", delete = "mine" } }
[tables.log]
class = "global"
matrix = { LOG }
[tables.counts]
class = "global"
matrix = { user = { select = "all" } }
"#;

/// Proves a shop whose notes have a trigger.
fn proven(name: &str, log: &str, function: &str, when: &str) -> (Workspace, Said) {
    let workspace = Workspace::new();
    let trigger = format!(
        "create function shop.noted() returns trigger language plpgsql {function} $$;\n\
         create trigger noted {when} on shop.notes for each row execute function shop.noted();\n"
    );
    workspace.write("sql/shop/V001__create.sql", &format!("{TABLES}{trigger}"));
    let policies = POLICIES.replace("NAME", name).replace("LOG", log);
    workspace.write("policies/shop.toml", &policies);
    workspace.migrate();
    let said = workspace.run(&["policy", "prove", "--here", "--triggers"]);
    (workspace, said)
}

const READ_AND_WRITTEN: &str = "user = { select = \"all\", insert = \"all\" }";

#[test]
fn an_allowed_write_that_a_trigger_may_not_finish_is_found() {
    let log = "as $$ begin insert into shop.log (what) values ('noted'); return new; end";
    let (workspace, said) = proven("trigger_fails", "", log, "after insert or update");
    assert_eq!(said.status, 1, "{}", said.text);
    assert!(
        said.text.contains("permission denied for table log"),
        "{}",
        said.text
    );
    assert!(said.text.contains("noted (shop.noted)"), "{}", said.text);
    // Without triggers nothing is wrong.
    workspace.run(&["policy", "prove", "--here"]).done();
}

#[test]
fn what_a_trigger_may_do_is_no_finding() {
    let log = "as $$ begin insert into shop.log (what) values ('noted'); return new; end";
    let (_, said) = proven(
        "trigger_fine",
        READ_AND_WRITTEN,
        log,
        "after insert or update",
    );
    let text = said.done();
    assert!(text.contains("trigger "), "{text}");
    // A rule of its own.
    let rule = "as $$ begin raise exception 'notes are closed'; end";
    proven("trigger_rule", READ_AND_WRITTEN, rule, "before update")
        .1
        .done();
}

#[test]
fn a_trigger_that_writes_what_nobody_may_write_is_found_unless_it_is_meant() {
    let counts = "security definer set search_path = pg_catalog, pg_temp as $$ begin update shop.counts set number = number + 1; return null; end";
    let (workspace, said) = proven("trigger_writes", "", counts, "after insert or update");
    assert_eq!(said.status, 1, "{}", said.text);
    let id = "trigger:shop.notes shop.counts";
    assert!(said.text.contains(id), "{}", said.text);
    let print = said.text.split("fingerprint = \"").nth(1).unwrap();
    let accepted = format!(
        "[[accept]]\nid = \"{id}\"\nreason = \"meant\"\nfingerprint = \"{}\"\n",
        &print[..16]
    );
    let policies = POLICIES
        .replace("NAME", "trigger_writes")
        .replace("LOG", "");
    workspace.write("policies/shop.toml", &format!("{policies}{accepted}"));
    let said = workspace.run(&["policy", "prove", "--here", "--triggers"]);
    // That the function runs with a superuser's rights is another finding.
    assert!(!said.text.contains(id), "{}", said.text);
    assert!(said.text.contains("shop.noted() as"), "{}", said.text);
}

#[test]
fn a_trigger_that_copies_what_others_may_not_read_is_found() {
    let copy =
        "as $$ begin insert into shop.log (what) values (upper('x') || new.body); return null; end";
    let (_, said) = proven(
        "trigger_copies",
        READ_AND_WRITTEN,
        copy,
        "after insert or update",
    );
    assert_eq!(said.status, 1, "{}", said.text);
    assert!(
        said.text.contains("does not read in shop.log"),
        "{}",
        said.text
    );
}
