//! `policy prove` of a part: the tables that are named, or what has to do with files that have changed.

use std::process::Command;

use crate::support::workspace::{Said, Workspace};

const TABLES: &str = "\
create schema shop;
create table shop.members (id text primary key, rank text not null);
create table shop.notes (id int primary key, kind text not null);
create table shop.tags (id int primary key, kind text not null);
create function shop.is_chief() returns boolean language sql stable as
  $$ select exists (select from shop.members where id = current_setting('app.user', true) and rank = 'chief') $$;
";

const POLICIES: &str = r#"
[roles.NAME_user]
kind = "application"
name = "user"
[context.user]
sql = "current_setting('app.user', true)"
[macros.chief]
sql = "(select shop.is_chief())"
oracle = "exists members as one where one.id == context.user and one.rank == 'chief'"
[macros.plain]
sql = "kind = 'plain'"
oracle = "row.kind == 'plain'"
[functions]
is_chief = ["user"]
[tables.members]
class = "global"
matrix = { user = { select = "all" } }
[tables.notes]
class = "global"
matrix = { user = { select = "chief" } }
[tables.tags]
class = "global"
matrix = { user = { select = "plain" } }
"#;

/// A shop that is deployed with one constant of a condition changed on the server.
fn shop(name: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.write("sql/shop/V001__create.sql", TABLES);
    workspace.write("policies/shop.toml", &POLICIES.replace("NAME", name));
    workspace.migrate();
    workspace
}

fn prove(workspace: &Workspace, arguments: &[&str]) -> Said {
    let all = ["policy", "prove", "--here"];
    workspace.run(&[&all, arguments].concat())
}

#[test]
fn tables_that_are_named_are_proven_and_no_other() {
    let workspace = shop("part");
    workspace
        .database
        .execute("alter policy tags_plain_select on shop.tags using (kind = 'other')");
    let text = prove(&workspace, &["--only", "notes"]).done();
    assert!(text.contains("a part is proven, 1 of 3 tables"), "{text}");
    assert!(text.contains("left out: shop.members, shop.tags"), "{text}");
    let found = prove(&workspace, &["--only", "shop.t*", "notes"]);
    assert_eq!(found.status, 1, "{}", found.text);
    assert!(found.text.contains("select shop.tags"), "{}", found.text);
    assert!(found.text.contains("2 of 3 tables"), "{}", found.text);
    let text = prove(&workspace, &["--only", "note"]).refused();
    assert!(text.contains("did you mean `notes`?"), "{text}");
}

#[test]
fn what_a_branch_touches_is_proven_with_what_rests_on_it() {
    let workspace = shop("since");
    let git = |arguments: &[&str]| {
        let said = Command::new("git")
            .arg("-C")
            .arg(workspace.folder.path())
            .args(["-c", "user.name=x", "-c", "user.email=x@shop.example"])
            .args(arguments)
            .output()
            .unwrap();
        assert!(said.status.success(), "{said:?}");
    };
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "first"]);
    git(&["checkout", "-q", "-b", "work"]);
    let text = prove(&workspace, &["--changed-since", "main"]).done();
    assert!(text.contains("nothing is proven"), "{text}");
    let change = "create or replace function shop.is_chief() returns boolean language sql stable as\n\
                  $$ select exists (select from shop.members where id = current_setting('app.user', true) and rank = 'boss') $$;\n";
    workspace.write("sql/shop/V002__boss.sql", change);
    workspace.migrate();
    let found = prove(&workspace, &["--changed-since", "main"]);
    assert_eq!(found.status, 1, "{}", found.text);
    assert!(found.text.contains("select shop.notes"), "{}", found.text);
    assert!(
        found.text.contains("sql/shop/V002__boss.sql"),
        "{}",
        found.text
    );
    assert!(
        found.text.contains("left out: shop.members, shop.tags"),
        "{}",
        found.text
    );
    let text = prove(&workspace, &["--changed-since", "nosuch"]).refused();
    assert!(text.contains("git knows no commit `nosuch` here"), "{text}");
}
