//! `policy prove --here` while others are at work: a second proof waits for the first, and a role that somebody drops
//! meanwhile is a note.

use crate::support::command::{eventually, workroom};
use crate::support::workspace::Workspace;

/// A policy that takes a moment each time, so that something can happen meanwhile.
fn slow(name: &str, moment: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.write(
        "sql/shop/V001__create.sql",
        "create schema shop;\ncreate table shop.notes (id int primary key, kind text not null);\n",
    );
    workspace.write(
        "policies/shop.toml",
        &format!(
            "[roles.{name}_user]\nkind = \"application\"\nname = \"user\"\n\
             [macros.plain]\nsql = \"({moment}) and kind = 'plain'\"\noracle = \"row.kind == 'plain'\"\n\
             [tables.notes]\nclass = \"global\"\nmatrix = {{ user = {{ select = \"plain\", update = \"plain\" }} }}\n"
        ),
    );
    workspace.migrate();
    workspace
}

/// Whether some session of the database runs probes.
fn is_proving(workspace: &Workspace) -> bool {
    let sql = "select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() \
        and state = 'active' and query like '%pg_temp.workroom_probe(%'";
    !workspace.database.query(sql).is_empty()
}

#[test]
fn two_proofs_of_a_database_take_turns() {
    let workspace = slow("turns", "select pg_sleep(0.02) is not null");
    let prove = || workspace.run(&["policy", "prove", "--here"]);
    std::thread::scope(|scope| {
        let first = scope.spawn(prove);
        eventually("a proof", || is_proving(&workspace));
        let second = scope.spawn(prove);
        let waiting = "select 1 from pg_locks where locktype = 'advisory' and not granted \
            and database = (select oid from pg_database where datname = current_database())";
        // Nobody stands in the server's queue: the second asks again and again.
        assert!(workspace.database.query(waiting).is_empty());
        first.join().unwrap().done();
        second.join().unwrap().done();
    });
    // Both have gone without a trace.
    assert_eq!(
        workspace.database.query("select count(*) from shop.notes"),
        ["0"]
    );
}

#[test]
fn a_role_that_is_dropped_meanwhile_is_a_note() {
    // Nothing takes time any more as soon as the role is gone, and its settings with it.
    let until_then = "select count(pg_sleep(0.1)) is not null from pg_db_role_setting as setting \
        join pg_roles as role on role.oid = setting.setrole \
        join pg_database as base on base.oid = setting.setdatabase and base.datname = current_database()";
    let workspace = slow("dropping", until_then);
    // Roles that no file names are asked last, by their names, and bypassing ones are among the first that are met.
    workspace.database.execute(&format!(
        "create role zz_dropped_meanwhile bypassrls; \
         alter role zz_dropped_meanwhile in database {} set statement_timeout = '1min'",
        workspace.database.name()
    ));
    let proof = workroom(["policy", "prove", "--here"])
        .within(workspace.folder.path())
        .on(&workspace.database.url())
        .start();
    eventually("a proof", || is_proving(&workspace));
    workspace.database.execute("drop role zz_dropped_meanwhile");
    let text = proof.finish();
    let note = "the role zz_dropped_meanwhile, which the file does not name, was dropped meanwhile";
    assert!(text.contains(note), "{text}");
    assert!(
        text.contains("exit status 0") || text.trim_end().ends_with("0"),
        "{text}"
    );
}
