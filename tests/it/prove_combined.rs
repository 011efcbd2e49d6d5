//! `policy prove` tries each value together with what else must hold for it to decide: where SQL and words differ in one
//! place of a condition of several, the table is named, and where they say the same nothing is.

use crate::support::proof::failed;
use crate::support::workspace::Workspace;

/// A condition in its two forms, on a table of its own.
struct Condition {
    sql: &'static str,
    words: &'static str,
    is_same: bool,
}

const fn same(sql: &'static str, words: &'static str) -> Condition {
    Condition {
        sql,
        words,
        is_same: true,
    }
}

const fn other(sql: &'static str, words: &'static str) -> Condition {
    Condition {
        sql,
        words,
        is_same: false,
    }
}

const CONDITIONS: [Condition; 14] = [
    other(
        "kind = 'PLAIN' and level > 1",
        "row.kind == 'plain' and row.level > 1",
    ),
    other(
        "kind = 'plain' and level > 1 or kind = 'rosebud' and level = 7 and note = 'x'",
        "row.kind == 'plain' and row.level > 1",
    ),
    other(
        "kind in ('plain', 'PLAIN') and level > 100 and note is distinct from 'x'",
        "row.kind == 'plain' and row.level > 100 and (row.note is null or row.note != 'x')",
    ),
    same(
        "kind in ('plain', 'PLAIN') and level > 100 and note is distinct from 'x'",
        "row.kind in ['plain', 'PLAIN'] and row.level > 100 and (row.note is null or row.note != 'x')",
    ),
    other(
        "kind = 'plain' and level between 30 and 50",
        "row.kind == 'plain' and row.level >= 30 and row.level < 50",
    ),
    other(
        "kind = 'plain' and (level = 40 or is_open)",
        "row.kind == 'plain' and row.level == 40",
    ),
    other(
        "owner = {{ user }} or kind = 'plain' and reviewer = {{ user }}",
        "row.owner == context.user",
    ),
    same(
        "owner = {{ user }} or kind = 'plain' and reviewer = {{ user }}",
        "row.owner == context.user or row.kind == 'plain' and row.reviewer == context.user",
    ),
    same(
        "kind = 'plain' and not (level < 30)",
        "row.kind == 'plain' and row.level >= 30",
    ),
    other(
        "kind = 'plain' and day >= '2024-05-01'",
        "row.kind == 'plain' and row.day > '2024-05-01'",
    ),
    same(
        "kind = 'plain' and day >= '2024-05-01'",
        "row.kind == 'plain' and row.day >= '2024-05-01'",
    ),
    other(
        "kind = 'plain' and level > 30 and note = 'x' and day > '2024-05-01'",
        "row.kind == 'plain' and row.level > 31 and row.note == 'x' and row.day > '2024-05-01'",
    ),
    other(
        "kind like 'pl%' and level = 70",
        "row.kind == 'plain' and row.level == 70",
    ),
    same(
        "coalesce(note, 'x') = 'x' and level = 70",
        "coalesce(row.note, 'x') == 'x' and row.level == 70",
    ),
];

#[test]
fn each_value_is_tried_while_the_rest_of_its_condition_holds() {
    let workspace = Workspace::new();
    let mut sql = "create schema shop;\n".to_owned();
    let mut policies = "[roles.combined_user]\nkind = \"application\"\nname = \"user\"\n\
        [context.user]\nsql = \"nullif(current_setting('app.user', true), '')\"\n"
        .to_owned();
    for (at, one) in CONDITIONS.iter().enumerate() {
        sql.push_str(&format!(
            "create table shop.notes_{at:02} (id int primary key, kind text not null, level int not null, note text, \
             day date not null, is_open boolean not null default false, owner text, reviewer text);\n"
        ));
        policies.push_str(&format!(
            "[macros.condition_{at}]\nsql = \"{}\"\noracle = \"{}\"\n\
             [tables.notes_{at:02}]\nclass = \"global\"\n\
             matrix = {{ user = {{ select = \"condition_{at}\", insert = \"condition_{at}\" }} }}\n",
            one.sql, one.words
        ));
    }
    workspace.write("sql/shop/V001__create.sql", &sql);
    workspace.write("policies/shop.toml", &policies);
    workspace.migrate();
    let said = workspace.run(&["policy", "prove", "--here"]);
    assert_eq!(said.status, 1, "{}", said.text);
    for (at, one) in CONDITIONS.iter().enumerate() {
        let name = format!("shop.notes_{at:02}");
        assert_eq!(
            failed(&said.text).contains(&name),
            !one.is_same,
            "{at}: {} against {}: {}",
            one.sql,
            one.words,
            said.text
        );
    }
}

/// Nobody but the manager may read or write the state, which has a default, and what anybody may do depends on it.
#[test]
fn a_default_that_a_condition_reads_is_the_servers_to_give() {
    let workspace = Workspace::new();
    workspace.write(
        "sql/shop/V001__create.sql",
        "create schema shop;\n\
         create table shop.notes (id int primary key, body text, state text not null default 'open', \
         rank text default lower('LOW'));\n\
         create table shop.ranks (id int primary key, body text, rank text default lower('LOW'));\n",
    );
    workspace.write(
        "policies/shop.toml",
        "[roles.defaulted_user]\nkind = \"application\"\nname = \"user\"\n\
         [roles.defaulted_boss]\nkind = \"application\"\nname = \"boss\"\n\
         [macros.open]\nsql = \"state = 'open'\"\noracle = \"row.state == 'open'\"\n\
         [macros.low]\nsql = \"rank = 'low'\"\noracle = \"row.rank == 'low'\"\n\
         [tables.notes]\nclass = \"global\"\nconfidential = { state = [\"boss\"] }\n\
         matrix = { user = { select = \"open\", insert = \"open\", update = \"open\" }, boss = { select = \"all\", insert = \"open\" } }\n\
         [tables.ranks]\nclass = \"global\"\nconfidential = { rank = [\"boss\"] }\n\
         matrix = { user = { select = \"low\", insert = \"low\", update = \"low\" }, boss = { select = \"all\", insert = \"low\" } }\n",
    );
    workspace.migrate();
    let said = workspace.run(&["policy", "prove", "--here"]);
    assert_eq!(said.status, 0, "{}", said.text);
}
