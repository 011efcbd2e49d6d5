//! A policy file with a mistake opens nothing and leaves nothing open that it describes.

use super::closed::{Mini, READS};

/// What was deployed, opened by hand in every way that a deployment mends.
fn open_by_hand(mini: &Mini, prefix: &str) {
    mini.workspace.database.execute(&format!(
        "alter table shop.notes disable row level security; alter table shop.notes no force row level security; \
         drop policy notes_tenant_isolation on shop.notes; grant usage on schema shop to {prefix}_stranger; \
         grant select, insert on shop.notes to {prefix}_stranger; \
         grant usage on all sequences in schema shop to {prefix}_stranger; grant select on shop.notes to public"
    ));
    assert_eq!(mini.stranger_can(&READS), READS);
}

/// What the role of the file has, which a mistake does not take from it.
fn user_reads(mini: &Mini, prefix: &str) -> Vec<String> {
    mini.query(&format!(
        "select has_table_privilege('{prefix}_user', 'shop.notes', 'select') and has_schema_privilege('{prefix}_user', 'shop', 'usage')"
    ))
}

fn read(mini: &Mini, path: &str) -> String {
    std::fs::read_to_string(mini.workspace.folder.path().join(path)).unwrap()
}

const MINE: &str = "{{ owner | ident }} = {{ user }}";

/// Mistakes, by what is added to the file, and what each is called.
const MISTAKES: &[(&str, &str)] = &[
    ("update = 1\n", "has a mistake"),
    ("clerk = { select = \"all\" }\n", "there is no role `clerk`"),
    (
        "[[tables.notes.restrict]]\ncommands = [\"delete\"]\nusing = \"everything\"\nreason = \"x\"\n",
        "there is no macro `everything`",
    ),
    (
        "[tables.ghosts.matrix]\nuser = { select = \"all\" }\n",
        "there is no table `ghosts`",
    ),
    (
        "[views]\nghosts = [\"user\"]\n",
        "there is no view `ghosts`",
    ),
    (
        "[functions]\nghost = [\"user\"]\n",
        "there is no function `ghost`",
    ),
    ("[tabels.notes]\n", "has a mistake"),
    ("[macros.half]\noracle = \"true\"\n", "missing field `sql`"),
    (
        "[lookups.mine]\nreturns = \"uuid\"\nsql = \"select 1\"\nreads = [\"ghosts\"]\n",
        "the look-up `mine` has nowhere to live",
    ),
    ("[roles.ghost]\nkind = \"aplication\"\n", "has a mistake"),
];

#[test]
fn a_mistake_in_one_stanza_leaves_every_described_table_closed() {
    for (prefix, major) in [("mk8", 18), ("mk5", 15)] {
        let mini = Mini::new(prefix, major);
        mini.run(&["db", "migrate"]).done();
        for (mistake, called) in MISTAKES {
            for arguments in [["db", "migrate"], ["policy", "apply"]] {
                open_by_hand(&mini, prefix);
                mini.policies(MINE, mistake);
                let refused = mini.run(&arguments).refused();
                assert!(refused.contains(called), "{mistake}\n{refused}");
                let told = "tables of system `shop` were open and are closed";
                assert!(refused.contains(told), "{mistake}\n{refused}");
                assert_eq!(mini.protection(), ["t|t|1"], "{mistake}");
                assert_eq!(mini.stranger_can(&READS), Vec::<&str>::new(), "{mistake}");
                assert_eq!(user_reads(&mini, prefix), ["t"], "{mistake}");
                // What is closed is not said to have been open.
                let again = mini.run(&arguments).refused();
                assert!(!again.contains("were open"), "{mistake}\n{again}");
            }
        }
        mini.policies(MINE, "");
        mini.run(&["db", "migrate"]).done();
        mini.run(&["policy", "diff"]).done();
    }
}

#[test]
fn a_table_whose_heading_has_a_mistake_stays_closed_where_it_holds_rows_of_tenants() {
    let mini = Mini::new("mh8", 18);
    mini.run(&["db", "migrate"]).done();
    open_by_hand(&mini, "mh8");
    let path = "policies/shop.toml";
    let text = read(&mini, path);
    mini.workspace
        .write(path, &text.replace("tables.notes", "tables.nots"));
    let refused = mini.run(&["db", "migrate"]).refused();
    assert!(refused.contains("there is no table `nots`"), "{refused}");
    assert_eq!(mini.protection(), ["t|t|1"]);
    assert_eq!(mini.stranger_can(&READS), Vec::<&str>::new());
}

#[test]
fn what_else_refuses_a_deployment_keeps_no_described_table_open() {
    let mini = Mini::new("mo8", 18);
    mini.run(&["db", "migrate"]).done();
    let path = "sql/shop/V001__create_notes.sql";
    let text = read(&mini, path);
    open_by_hand(&mini, "mo8");
    mini.workspace
        .write(path, &text.replace("number serial", "number bigserial"));
    mini.run(&["db", "migrate"]).refused();
    assert_eq!(mini.protection(), ["t|t|1"]);
    assert_eq!(mini.stranger_can(&READS), Vec::<&str>::new());
    mini.workspace.write(path, &text);
    // The right to make a role is missing.
    open_by_hand(&mini, "mo8");
    mini.policies(MINE, "[roles.mo8_more]\nkind = \"group\"\n");
    mini.workspace
        .database
        .execute("alter role mo8_owner nocreaterole");
    let refused = mini.run(&["db", "migrate"]).refused();
    assert!(refused.contains("mo8_more"), "{refused}");
    assert_eq!(mini.protection(), ["t|t|1"]);
    assert_eq!(mini.stranger_can(&READS), Vec::<&str>::new());
}

#[test]
fn with_a_mistake_in_its_file_nothing_is_made_and_what_cannot_be_read_is_said() {
    let mini = Mini::new("mn8", 18);
    mini.open_what_is_new();
    mini.policies(MINE, MISTAKES[1].0);
    mini.run(&["db", "migrate"]).refused();
    assert_eq!(mini.query("select to_regnamespace('shop') is null"), ["t"]);
    mini.policies(MINE, "");
    mini.run(&["db", "migrate"]).done();
    mini.workspace.write(
        "sql/shop/V002__more.sql",
        "create table shop.more (tenant_id uuid not null, id uuid not null, constraint more_pkey primary key (tenant_id, id));\n",
    );
    for mistake in [MISTAKES[1].0, "= no TOML"] {
        mini.policies(
            MINE,
            &format!("[tables.more.matrix]\nuser = {{ select = \"all\" }}\n{mistake}"),
        );
        let refused = mini.run(&["db", "migrate"]).refused();
        let cannot = "closing what its policy file describes has failed";
        assert_eq!(
            refused.contains(cannot),
            mistake == "= no TOML",
            "{refused}"
        );
        assert_eq!(mini.query("select to_regclass('shop.more') is null"), ["t"]);
    }
}
