//! What surrounds a run: whose folder it stands in, who reads what it says, and the signals that end it.

use std::os::unix::fs::chown;

use rustix::process::Signal;

use crate::support::command::{eventually, workroom};
use crate::support::project::{ORDERS, TestProject};

#[test]
fn a_project_of_somebody_else_above_the_current_folder_is_taken_only_by_name() {
    let project = TestProject::with_database(&[ORDERS]);
    let below = project.folder().join("sql/shop");
    let run = |arguments: &[&str]| {
        let run = workroom(arguments).within(&below);
        run.on(&project.database().url()).run()
    };
    assert!(run(&["db", "plan"]).ends_with("exit status: 0\n"));
    if !rustix::process::geteuid().is_root() {
        return;
    }
    for path in [
        project.folder().to_owned(),
        project.folder().join("workroom.toml"),
    ] {
        chown(&path, Some(65534), None).unwrap();
    }
    let said = run(&["db", "plan"]);
    assert!(said.ends_with("exit status: 2\n"), "{said}");
    assert!(
        said.contains("belongs to somebody else (user 65534)"),
        "{said}"
    );
    assert!(
        said.contains("hint: if it is the project that you mean, name it: `--project "),
        "{said}"
    );
    let folder = project.folder().display().to_string();
    assert!(run(&["db", "plan", "--project", &folder]).ends_with("exit status: 0\n"));
    // Whoever stands in the folder itself has chosen it.
    assert!(project.run(["db", "plan"]).ends_with("exit status: 0\n"));
}

#[test]
fn a_password_in_a_mistyped_argument_is_not_shown() {
    for argument in [
        "postgres://ann:hunter2@db/x",
        "--database=postgres://ann:hunter2@db/x",
    ] {
        let said = workroom(["db", "migrate", argument]).run();
        assert!(said.ends_with("exit status: 2\n"), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
    for url in [
        "postgres://ann:hun@ter2@127.0.0.1:1/x",
        "postgres://ann:1/hunter2@127.0.0.1/x",
    ] {
        let said = TestProject::new(&[ORDERS])
            .workroom(["db", "status"])
            .on(url)
            .run();
        assert!(said.ends_with("exit status: 2\n"), "{said}");
        assert!(!said.contains("ter2"), "{said}");
        assert!(said.contains("%40"), "{said}");
    }
}

#[test]
fn a_message_of_the_server_is_no_command_to_a_ci_machine() {
    let raise = "do $$ begin\n  raise exception E'x\\n::error file=a::b\\n  ::set-output name=a::b\\n##[group]c';\nend $$;\n";
    for format in ["table", "json"] {
        let project = TestProject::with_database(&[ORDERS, ("sql/shop/V002__say.sql", raise)]);
        let said = project.run(["db", "migrate", "--format", format]);
        assert!(said.contains("exit status: 2\n"), "{said}");
        assert!(said.contains("set-output"), "{said}");
        for line in said.lines() {
            assert!(!line.trim_start().starts_with("::"), "{line}");
            assert!(!line.contains("##["), "{line}");
        }
    }
}

/// Whether whoever started these tests wants the end of a terminal ignored.
fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mut lines = status.lines();
    let bits = lines.find_map(|line| line.strip_prefix("SigIgn:"));
    bits.is_some_and(|bits| u64::from_str_radix(bits.trim(), 16).unwrap() & 1 == 1)
}

#[test]
fn a_signal_from_a_service_manager_or_a_closed_terminal_is_like_ctrl_c() {
    for (signal, status) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
        let sleeps = (
            "sql/shop/V002__sleep.sql",
            "create table shop.traces (id int);\nselect pg_sleep(30);\n",
        );
        let project = TestProject::with_database(&[ORDERS, sleeps]);
        let run = project.start(["db", "migrate"]);
        let sleeping = "select 1 from pg_stat_activity where datname = current_database() \
             and pid <> pg_backend_pid() and state = 'active' and query like '%pg_sleep(30)%'";
        eventually("the migration sleeps", || {
            !project.query(sleeping).is_empty()
        });
        run.signal(signal);
        // Under nohup, whose wish is inherited, the end of a terminal is no reason to stop.
        let status = if signal == Signal::HUP && ignores_hangup() {
            run.signal(Signal::TERM);
            143
        } else {
            status
        };
        let said = run.finish();
        assert!(said.contains("error: interrupted\n"), "{said}");
        assert!(
            said.ends_with(&format!("exit status: {status}\n")),
            "{said}"
        );
        assert!(
            project.query(sleeping).is_empty(),
            "the statement still runs on the server"
        );
        assert_eq!(project.query("select to_regclass('shop.traces')"), [""]);
    }
}

#[test]
fn the_embedded_server_is_named_or_meant_and_never_a_guess() {
    let project = TestProject::new(&[ORDERS]);
    let folder = crate::server::fast_folder();
    let run = |variables: &[(&str, &str)]| {
        let mut run = project
            .workroom(["db", "plan"])
            .without("DATABASE_URL")
            .env("WORKROOM_DATA", folder.path().join("data"));
        for (name, value) in variables {
            run = run.env(name, value);
        }
        run.run()
    };
    for (variables, cause) in [
        (&[("CI", "true")][..], "CI is set"),
        (
            &[("DATABSE_URL", "postgres://ann:hunter2@prod/x")],
            "DATABSE_URL holds a database URL",
        ),
        (&[("PGHOST", "prod")], "PGHOST is set"),
        (&[("DATABASE_URL", "")], "it is empty"),
    ] {
        let said = run(variables);
        assert!(said.ends_with("exit status: 2\n"), "{said}");
        assert!(said.contains(cause) && !said.contains("hunter2"), "{said}");
        assert!(
            !folder.path().join("data").exists(),
            "no server is made: {said}"
        );
    }
    project.write(".env", "DATABASE_URL=postgres://ann:hunter2@prod/x\n");
    let said = run(&[]);
    assert!(
        said.contains(".env` names one") && !said.contains("hunter2"),
        "{said}"
    );
    let said = run(&[("CI", "true"), ("DATABASE_URL", "embedded")]);
    assert!(said.ends_with("exit status: 0\n"), "{said}");
    assert!(
        said.contains("on the embedded server of this project ("),
        "{said}"
    );
    let server = |arguments: &[&str]| {
        let run = project.workroom(arguments).without("DATABASE_URL");
        run.env("WORKROOM_DATA", folder.path().join("data")).run()
    };
    // A mistake in a migration is no matter of the server's.
    project.write("sql/shop/V001__twice.sql", "select 1;\n");
    let said = server(&["server", "psql", "-Atc", "select 'answer'"]);
    assert!(said.starts_with("answer\n"), "{said}");
    let said = server(&["server", "list"]);
    assert!(
        said.contains("running") && said.contains("[project]"),
        "{said}"
    );
    let said = server(&["server", "stop", "--all"]);
    assert!(said.contains("1 embedded server is stopped"), "{said}");
    let said = server(&["server", "list", "--format", "json"]);
    assert!(said.contains("\"state\": \"stopped\""), "{said}");
    assert!(server(&["server", "reset", "--yes"]).ends_with("exit status: 0\n"));
}
