//! Whoever may write what conditions read can give themselves more: `policy prove` shows it, unless the file accepts it.

use regex::Regex;

use crate::support::workspace::Workspace;

const TABLES: &str = "\
create schema shop;
create table shop.members (
  user_id text not null,
  team text not null check (team in ('red', 'blue')),
  primary key (user_id)
);
create table shop.orders (
  id uuid primary key default gen_random_uuid(),
  team text not null check (team in ('red', 'blue'))
);
";

const POLICIES: &str = r#"
[policies]
[roles.climb_clerk]
kind = "application"
name = "clerk"
[context.user]
sql = "nullif(current_setting('app.user', true), '')"

[macros.mine]
sql = "user_id = {{ user }}"
oracle = "row.user_id == context.user"
[macros.of_team]
sql = "team in (select member.team from shop.members as member where member.user_id = {{ user }})"
oracle = "exists members as member where member.user_id == context.user and member.team == row.team"

[tables.members]
class = "global"
[tables.members.matrix]
clerk = { select = "mine", update = "mine" }
[tables.orders]
class = "global"
[tables.orders.matrix]
clerk = { select = "of_team" }
"#;

#[test]
fn a_user_who_can_widen_what_they_see_is_shown_unless_that_is_accepted() {
    let shop = Workspace::new();
    shop.write("sql/shop/V001__create_orders.sql", TABLES);
    shop.write("policies/shop.toml", POLICIES);
    shop.migrate();
    let said = shop.run(&["policy", "prove", "--here"]);
    assert_eq!(said.status, 1, "{}", said.text);
    assert!(
        said.text.contains("update shop.members (escalation)")
            && said.text.contains("of shop.orders is seen"),
        "{}",
        said.text
    );
    let accept = Regex::new(r#"id = "([^"]+)", fingerprint = "([^"]+)""#).unwrap();
    let found = accept.captures(&said.text).expect("how to accept it");
    shop.write(
        "policies/shop.toml",
        &format!(
            "{POLICIES}[[accept]]\nid = \"{}\"\nfingerprint = \"{}\"\nreason = \"who is in which team is open\"\n",
            &found[1], &found[2]
        ),
    );
    shop.run(&["policy", "prove", "--here"]).done();
    // What they may not write they cannot widen.
    shop.write(
        "policies/shop.toml",
        &POLICIES.replace(", update = \"mine\"", ""),
    );
    shop.run(&["policy", "apply"]).done();
    shop.run(&["policy", "prove", "--here"]).done();
}
