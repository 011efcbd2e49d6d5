//! One section of a policy file for many tables: what it fits is found out at each deployment.

use crate::support::workspace::Workspace;

const POLICY: &str = r#"
[roles.patterns_reader]
kind = "application"
name = "reader"
[context.user]
sql = "nullif(current_setting('app.user', true), '')"
[macros.own]
sql = "{{ owner | ident }} = {{ user }}"
oracle = "row[owner] == context.user"
[tables.notes]
class = "global"
[tables."events_*"]
class = "global"
owner = "who"
matrix = { reader = { select = "own" } }
"#;
const EVENTS: &str = "(id bigint primary key, who text not null)";

fn project() -> Workspace {
    let workspace = Workspace::new();
    workspace.write(
        "sql/shop/V001__create.sql",
        &format!(
            "create schema shop;\ncreate table shop.notes (id int primary key);\ncreate table shop.events_2025 {EVENTS};\n"
        ),
    );
    workspace.write("policies/shop.toml", POLICY);
    workspace
}

fn closed(workspace: &Workspace) -> Vec<String> {
    workspace.database.query(
        "select relname, relrowsecurity and relforcerowsecurity, has_table_privilege('patterns_reader', oid, 'select'), \
         (select count(*) from pg_policy where polrelid = c.oid) from pg_class as c \
         where relnamespace = 'shop'::regnamespace and relkind = 'r' and relname like 'events%' order by 1",
    )
}

#[test]
fn tables_that_fit_a_pattern_are_described_by_it_whoever_makes_them_and_when() {
    let workspace = project();
    // Out of the reader's sight, in the very deployment.
    workspace.write(
        "sql/shop/V002__more.sql",
        &format!("do $$ begin execute 'create table shop.events_2026 {EVENTS}'; end $$;"),
    );
    workspace.migrate();
    assert_eq!(
        closed(&workspace),
        ["events_2025|t|t|1", "events_2026|t|t|1"]
    );
    // At night, by a job.
    workspace.database.execute(&format!(
        "create table shop.events_2027 {EVENTS}; grant all on shop.events_2027 to public;"
    ));
    assert_eq!(workspace.run(&["policy", "diff"]).status, 1);
    workspace.migrate();
    assert_eq!(
        closed(&workspace),
        [
            "events_2025|t|t|1",
            "events_2026|t|t|1",
            "events_2027|t|t|1"
        ]
    );
    for command in [
        &["db", "migrate"][..],
        &["policy", "diff"],
        &["policy", "drift"],
        &["policy", "matrix"],
        &["db", "verify"],
        &["policy", "lint"],
        &["policy", "prove"],
    ] {
        workspace.run(command).done();
    }
    // What fits none is named as before.
    workspace
        .database
        .execute("create table shop.other (id int);");
    let said = workspace.run(&["db", "migrate"]).refused();
    assert!(
        said.contains("the table shop.other is in the database and not in"),
        "{said}"
    );
}

#[test]
fn mistakes_of_a_pattern_name_the_table_or_the_pattern() {
    let workspace = project();
    let refused = |policy: &str| {
        workspace.write("policies/shop.toml", policy);
        workspace.run(&["policy", "render"]).refused()
    };
    let said = refused(&POLICY.replace("owner = \"who\"", "owner = \"whom\""));
    assert!(
        said.contains("the table `shop.events_2025` has no column `whom`"),
        "{said}"
    );
    let twice = format!("{POLICY}[tables.\"event*\"]\nclass = \"global\"\n");
    let said = refused(&twice);
    assert!(
        said.contains("shop.events_2025 fits two patterns"),
        "{said}"
    );
    let elsewhere = format!("{POLICY}[tables.\"other.log_*\"]\nclass = \"global\"\n");
    let said = refused(&elsewhere);
    assert!(
        said.contains("`other` of the pattern `other.log_*` is no schema of this system"),
        "{said}"
    );
    // A section of its own comes before any pattern.
    let own = format!("{POLICY}[tables.events_2025]\nclass = \"global\"\n");
    workspace.write("policies/shop.toml", &own);
    workspace.migrate();
    assert_eq!(closed(&workspace), ["events_2025|t|f|0"]);
}
