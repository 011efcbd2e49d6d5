//! `policy prove` on conditions whose SQL says a little more or less than their words: each is found.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::support::proof::failed;
use crate::support::workspace::Workspace;

/// What stands for the SQL of `kind in ('plain', 'fancy')` and of `manager = {{ user }}`: the first of each is right.
const LISTS: [&str; 8] = [
    "kind in ('plain', 'fancy')",
    "kind in ('plain', 'fancy', 'rosebud')",
    "kind = 'plain'",
    "kind in ('plain', 'FANCY')",
    "lower(kind) in ('plain', 'fancy')",
    "(kind in ('plain', 'fancy') or kind like 'ros%')",
    "(kind in ('plain', 'fancy') or day > now() + interval '1 hour')",
    "(kind in ('plain', 'fancy') and coalesce(current_setting('app.planted', true), '') <> 'on')",
];

const PEOPLE: [&str; 4] = [
    "manager = {{ user }}",
    "(manager = {{ user }} or coalesce(current_setting('app.planted', true), '') = 'on')",
    "(manager = {{ user }} and coalesce(current_setting('app.planted', true), '') <> 'on')",
    "(manager = {{ user }} and day < now() + interval '1 hour')",
];

fn project(name: &str, all: &[(&str, &str)]) -> Workspace {
    let mut sql = "create schema shop;\n".to_owned();
    let mut file = format!(
        "[roles.{name}_user]\nkind = \"application\"\nname = \"user\"\n\
         [context.user]\nsql = \"nullif(current_setting('app.user', true), '')\"\n\
         [macros.mine]\nsql = \"owner = {{{{ user }}}}\"\noracle = \"row.owner == context.user\"\n"
    );
    for (at, (condition, words)) in all.iter().enumerate() {
        writeln!(
            sql,
            "create table shop.t{at} (id int primary key, owner text not null, manager text not null, kind text not null, \
             day timestamptz not null);"
        )
        .unwrap();
        writeln!(
            file,
            "[macros.planted_{at}]\nsql = \"{condition}\"\noracle = \"{words}\"\n\
             [tables.t{at}]\nclass = \"global\"\nmatrix = {{ user = {{ select = [\"mine\", \"planted_{at}\"] }} }}"
        )
        .unwrap();
    }
    let workspace = Workspace::new();
    workspace.write("sql/shop/V001__create.sql", &sql);
    workspace.write("policies/shop.toml", &file);
    workspace.migrate();
    workspace
}

#[test]
fn what_the_sql_says_more_or_less_than_the_words_is_found_for_each_condition() {
    let lists = LISTS.map(|sql| (sql, "row.kind in ['plain', 'fancy']"));
    let people = PEOPLE.map(|sql| (sql, "row.manager == context.user"));
    let workspace = project("planted", &[lists.as_slice(), people.as_slice()].concat());
    let said = workspace.run(&["policy", "prove", "--here"]);
    let right = [0, LISTS.len()];
    let planted = (0..LISTS.len() + PEOPLE.len()).filter(|at| !right.contains(at));
    let planted: BTreeSet<String> = planted.map(|at| format!("shop.t{at}")).collect();
    assert_eq!(failed(&said.text), planted, "{}", said.text);
}
