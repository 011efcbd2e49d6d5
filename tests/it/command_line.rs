//! The command line itself: help, completions, and starting a project.

use std::io::Write as _;
use std::process::{Command, Stdio};

use clap::CommandFactory as _;
use insta::assert_snapshot;
use tempfile::TempDir;
use workroom::cli::Cli;

use crate::support::command::workroom;
use crate::support::project::TestProject;
use crate::support::server::{NEWEST, TestDatabase, own_server};

/// The paths of all commands, a command before its parts.
fn paths(command: &clap::Command, path: &[String]) -> Vec<Vec<String>> {
    let below = command.get_subcommands().flat_map(|part| {
        let path = [path, &[part.get_name().to_owned()]].concat();
        paths(part, &path)
    });
    std::iter::once(path.to_vec()).chain(below).collect()
}

#[test]
fn the_help_of_every_command_is_the_reference() {
    let mut reference = String::new();
    for path in paths(&Cli::command(), &[]) {
        let shown = ["workroom"]
            .into_iter()
            .chain(path.iter().map(String::as_str));
        reference.push_str(&format!("## {}\n\n", shown.collect::<Vec<_>>().join(" ")));
        let output = workroom(path.iter().map(String::as_str).chain(["--help"]))
            .without("DATABASE_URL")
            .run();
        let end = "----- stderr -----\nexit status: 0\n";
        reference.push_str(output.strip_suffix(end).unwrap_or(&output));
        reference.push('\n');
    }
    assert_snapshot!(reference);
}

#[test]
fn without_a_command_the_help_is_an_error() {
    let output = workroom([""; 0]).without("DATABASE_URL").run();
    assert!(
        output.starts_with("----- stderr -----\nPostgres-first"),
        "{output}"
    );
    assert!(output.ends_with("exit status: 2\n"), "{output}");
}

#[test]
fn usage_mistakes_exit_with_2() {
    assert_snapshot!(workroom(["db", "migrat"]).run(), @"
        ----- stderr -----
        error: unrecognized subcommand 'migrat'

          tip: a similar subcommand exists: 'migrate'

        Usage: workroom db [OPTIONS] <COMMAND>

        For more information, try '--help'.
        exit status: 2
        ");
    assert_snapshot!(workroom(["db", "status", "--format", "yaml"]).run(), @"
        ----- stderr -----
        error: invalid value 'yaml' for '--format <FORMAT>'
          [possible values: table, json, junit, sarif, github, markdown]

        For more information, try '--help'.
        exit status: 2
        ");
    assert_snapshot!(workroom(["db", "migrate", "--lock-wait", "soon"]).run(), @"
        ----- stderr -----
        error: invalid value 'soon' for '--lock-wait <DURATION>': `soon` is not a duration: write a whole number with ms, s, min or h, such as 500ms

        For more information, try '--help'.
        exit status: 2
        ");
    assert_snapshot!(workroom(["db", "status", "--all", "--system", "shop"]).run(), @"
        ----- stderr -----
        error: the argument '--all' cannot be used with '--system <NAME>'

        Usage: workroom db status --all --database-url <URL>

        For more information, try '--help'.
        exit status: 2
        ");
}

#[test]
fn completion_scripts_are_written_and_bash_accepts_its_own() {
    for shell in ["bash", "zsh", "fish"] {
        let output = workroom(["completions", shell]).output();
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success());
        for word in ["workroom", "migrate", "--database-url", "completions"] {
            let word = word.trim_start_matches('-');
            assert!(script.contains(word), "{shell}: no {word}");
        }
        if shell == "bash" {
            let mut bash = Command::new("bash")
                .arg("-n")
                .stdin(Stdio::piped())
                .spawn()
                .unwrap();
            bash.stdin
                .take()
                .unwrap()
                .write_all(script.as_bytes())
                .unwrap();
            assert!(bash.wait().unwrap().success());
        }
    }
}

#[test]
fn init_writes_a_project_that_is_deployed_at_once() {
    let folder = TempDir::new().unwrap();
    let database = TestDatabase::new(NEWEST);
    let run = |arguments: &[&str]| {
        workroom(arguments)
            .within(folder.path())
            .on(&database.url())
            .run()
    };
    assert_snapshot!(run(&["init", "my notes"]), @"
        4 files written to my notes
        next: cd 'my notes' && workroom db migrate && workroom policy prove
        ----- stderr -----
        exit status: 0
        ");
    let project = ["--project", "my notes"];
    assert_snapshot!(run(&[["db", "migrate"], project].concat()), @"
        system   applied   ms
        ───
        app      V001__create_notes   [ms]
        app      app.recent_notes
        app      policies and grants (12 statements)
        ----- stderr -----
        app V001__create_notes ([time])
        app repeatable objects ([time])
        app policies ([time])
        exit status: 0
        ");
    assert_snapshot!(run(&[["db", "verify"], project].concat()), @"
        app: 9 checks, all ok
        status   check                   expected                            found
        ───
        ok       schemas                 every schema                        1/1
        ok       tables                  as the files make                   1
        ok       views                   as the files make                   1
        ok       row-level security      enabled and forced on every table   1/1
        ok       security_invoker        on every view                       1/1
        ok       valid indexes           every index                         3/3
        ok       validated constraints   every constraint                    2/2
        ok       indexed foreign keys    every foreign key                   none
        ok       grants to PUBLIC        none                                none
        ----- stderr -----
        exit status: 0
        ");
    assert_eq!(
        database.query("select count(*) from app.recent_notes"),
        ["0"]
    );
    for look in [["policy", "lint"], ["policy", "drift"], ["policy", "prove"]] {
        let output = run(&[look, project].concat());
        assert!(output.ends_with("exit status: 0\n"), "{output}");
    }
    // Ann's note is for everybody to read, and hers to change.
    let count = |user: &str, sql: &str| {
        database.query(&format!(
            "begin; set local role notes_writer; set local \"app\".\"user\" = '{user}'; \
             with touched as ({sql} returning 1) select count(*) from touched; commit"
        ))
    };
    let insert = "insert into app.notes (author, body) values ('ann', 'Hello')";
    assert_eq!(count("ann", insert), ["1"]);
    assert_eq!(count("bob", "update app.notes set body = 'Bye'"), ["0"]);
    assert_eq!(count("ann", "update app.notes set body = 'Bye'"), ["1"]);
}

#[test]
fn init_overwrites_nothing() {
    let project = TestProject::new(&[("views/app/recent_notes.sql", "mine")]);
    assert_snapshot!(project.run(["init"]), @"
        ----- stderr -----
        error: workroom.toml exists already
         --> workroom.toml
        hint: choose an empty folder, or move the file away

        error: views/app/recent_notes.sql exists already
         --> views/app/recent_notes.sql
        hint: choose an empty folder, or move the file away

        2 mistakes found
        exit status: 2
        ");
    assert!(!project.folder().join("sql/app").exists());
    let kept = std::fs::read_to_string(project.folder().join("views/app/recent_notes.sql"));
    assert_eq!(kept.unwrap(), "mine");
}

#[test]
fn a_new_migration_gets_the_next_version_and_a_new_view_its_place() {
    let project = TestProject::new(&[]);
    let read = |path: &str| std::fs::read_to_string(project.folder().join(path)).unwrap();
    let output = project.run(["db", "new", "add", "order notes"]);
    assert!(
        output.contains("made sql/shop/V001__add_order_notes.sql\n")
            && output.ends_with("exit status: 0\n"),
        "{output}"
    );
    let text = read("sql/shop/V001__add_order_notes.sql");
    assert!(text.starts_with("-- add order notes"), "{text}");
    // A file with nothing in it yet counts all the same.
    let more = project.run(["db", "new", "more"]);
    assert!(more.ends_with("exit status: 0\n"), "{more}");
    assert!(read("sql/shop/V002__more.sql").starts_with("-- more"));
    let output = project.run(["db", "new", "--view", "open_notes"]);
    assert!(
        output.contains("made views/shop/open_notes.sql"),
        "{output}"
    );
    assert!(
        read("views/shop/open_notes.sql")
            .contains("create or replace view shop.open_notes with (security_invoker = true)")
    );
    let output = project.run(["db", "new", "--view", "open_notes"]);
    assert!(
        output.contains("exists already") && output.ends_with("exit status: 2\n"),
        "{output}"
    );
    let output = project.run(["db", "new", "42"]);
    assert!(
        output.contains("makes no name") && output.ends_with("exit status: 2\n"),
        "{output}"
    );
}

#[test]
fn init_from_an_unknown_system_lists_the_shipped_ones() {
    let project = TestProject::new(&[]);
    let output = project.run(["init", "copy", "--from", "nothing"]);
    assert_snapshot!(output, @"
        ----- stderr -----
        error: there is no shipped system `nothing`
        hint: the systems are: agency, approvals, needthisdone, neighbours, platform, sage, worktrackr
        exit status: 2
        ");
}

#[test]
fn a_copy_of_the_shipped_systems_is_deployed_verified_and_filled() {
    // Policies make roles, which belong to the whole server.
    let server = own_server(NEWEST);
    let folder = TempDir::new().unwrap();
    let run = |folder: &std::path::Path, arguments: &[&str]| {
        let output = workroom(arguments).within(folder).on(&server.url()).run();
        assert!(output.ends_with("exit status: 0\n"), "{output}");
        output
    };
    let _ = run(folder.path(), &["init", "copy", "--from", "agency"]);
    let copy = folder.path().join("copy");
    let _ = run(&copy, &["db", "migrate"]);
    let _ = run(&copy, &["db", "verify"]);
    assert!(run(&copy, &["db", "migrate"]).starts_with("nothing to do"));
    let _ = run(
        &copy,
        &["seed", "run", "--scale", "0.05", "--into", "postgres"],
    );
}
