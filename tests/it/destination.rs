//! Which database a run works on: said first, named in several ways, waited for, made and dropped.

use crate::support::command::workroom;
use crate::support::project::{ORDERS, SHOP, TestProject};
use crate::support::server::query;

const STAGING: &str = "[environments.staging]\nurl_env = \"STAGING_DATABASE_URL\"\n\
     [environments.production]\nurl_env = \"STAGING_DATABASE_URL\"\ndisposable = false\n";

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn server_database_and_user_are_the_first_thing_that_a_run_says() {
    let project = TestProject::with_database(&[ORDERS]);
    let name = project.database().name().to_owned();
    let shown = format!(
        "postgres@{}:5432/{name}",
        project.database().socket_folder()
    );
    for command in [
        "db migrate",
        "db plan",
        "db status",
        "db verify",
        "db repair",
        "policy lint",
    ] {
        let run = project.workroom(command.split(' ')).output();
        let said = text(&run.stderr);
        assert_eq!(
            said.lines().next(),
            Some(format!("on {shown}").as_str()),
            "{command}: {said}"
        );
    }
    let run = project
        .workroom(["db", "status", "--format", "json"])
        .output();
    let first = text(&run.stderr)
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned();
    let first: serde_json::Value = serde_json::from_str(&first).unwrap();
    assert_eq!(
        (
            first["event"].as_str(),
            first["database"].as_str(),
            first["user"].as_str()
        ),
        (Some("target"), Some(name.as_str()), Some("postgres"))
    );
    let document: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(document["target"], shown.as_str());
    let quiet = project.workroom(["db", "status", "-q"]).output();
    assert_eq!(text(&quiet.stderr), "");
}

#[test]
fn an_environment_and_a_file_of_variables_name_a_database() {
    let toml = format!("{SHOP}{STAGING}");
    let project = TestProject::with_database(&[ORDERS, ("workroom.toml", &toml)]);
    let url = project.database().url();
    let file = format!("# ours\nexport STAGING_DATABASE_URL='{url}'\nDATABASE_URL=\"{url}\"\n");
    project.write(".env", file);
    let run = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut run = workroom(arguments)
            .within(project.folder())
            .without("DATABASE_URL");
        for (name, value) in variables {
            run = run.env(name, value);
        }
        run.run()
    };
    let staging = &[("STAGING_DATABASE_URL", url.as_str())][..];
    for (arguments, variables) in [
        (&["db", "plan", "--env", "staging"][..], staging),
        (
            &["db", "plan", "--env", "staging", "--env-file", ".env"],
            &[],
        ),
        (&["db", "plan", "--env-file", ".env"], &[]),
        // What the command line names goes before what the surroundings say.
        (
            &["db", "plan", "--env-file", ".env"],
            &[("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing")],
        ),
        (
            &["db", "plan", "--env", "staging"],
            &[
                staging[0],
                ("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing"),
            ],
        ),
    ] {
        let said = run(arguments, variables);
        assert!(
            said.contains("V001__create_orders") && said.ends_with("exit status: 0\n"),
            "{arguments:?} {said}"
        );
    }
    for (arguments, variables, cause) in [
        (
            &["db", "plan", "--env", "staging"][..],
            &[][..],
            "STAGING_DATABASE_URL is not set",
        ),
        (
            &["db", "plan", "--env", "test"],
            &[],
            "there are: production, staging",
        ),
        (
            &[
                "db",
                "plan",
                "--env",
                "staging",
                "--database-url",
                "postgres://x/y",
            ],
            staging,
            "two databases are named",
        ),
        (
            &["db", "plan", "--env-file", "nosuch"],
            &[],
            "cannot be read",
        ),
        (
            &["db", "reset", "--env", "production", "--into", "x"],
            staging,
            "is not disposable",
        ),
        (
            &["db", "drop", "--env", "production"],
            staging,
            "is not disposable",
        ),
        (&["db", "plan"], &[], "`--env-file "),
    ] {
        let said = run(arguments, variables);
        assert!(
            said.contains(cause) && said.ends_with("exit status: 2\n"),
            "{arguments:?} {said}"
        );
    }
}

#[test]
fn a_database_is_waited_for_made_and_dropped() {
    let project = TestProject::with_database(&[ORDERS]);
    let (own, url) = (project.database().name(), project.database().url());
    let name = format!("{own}_made");
    let made = url.replace(own, &name);
    let run = |arguments: &[&str], url: &str| project.workroom(arguments).on(url).run();
    let done = |arguments: &[&str], words: &str| {
        let said = run(arguments, &made);
        assert!(
            said.contains(words) && said.ends_with("exit status: 0\n"),
            "{arguments:?} {said}"
        );
    };
    done(&["db", "wait"], "does not exist yet: `workroom db create`");
    done(&["db", "create"], "is created");
    done(&["db", "create"], "nothing to do");
    done(&["db", "wait"], "answers");
    done(&["db", "migrate"], "V001__create_orders");
    let said = run(&["db", "drop", "--yes"], &made);
    assert!(
        said.contains("is not marked disposable") && said.ends_with("exit status: 2\n"),
        "{said}"
    );
    query(
        &made,
        &format!("comment on database {name} is 'workroom.disposable'"),
    );
    done(&["db", "drop"], "is dropped");
    done(&["db", "drop"], "nothing to do");
    let said = run(
        &["db", "wait", "--timeout", "200ms"],
        "postgres://nobody@127.0.0.1:1/nothing",
    );
    assert!(
        said.contains("cannot connect to nobody@127.0.0.1:") && said.ends_with("exit status: 2\n"),
        "{said}"
    );
}

#[test]
fn files_are_named_from_where_the_command_runs() {
    let project = TestProject::new(&[ORDERS]);
    project.write("shop/workroom.toml", SHOP);
    project.write(
        "shop/sql/shop/V001__a.sql",
        "create schema shop;\nselec 1;\n",
    );
    for (format, shown) in [
        ("github", "file=shop/sql/shop/V001__a.sql,"),
        ("sarif", "\"uri\": \"shop/sql/shop/V001__a.sql\""),
        ("junit", "file=\"shop/sql/shop/V001__a.sql\""),
        ("table", "--> shop/sql/shop/V001__a.sql:2:"),
    ] {
        let said = project.run(["--project", "shop", "lint", "--format", format]);
        assert!(said.contains(shown), "{said}");
    }
    let inside = workroom(["lint", "--format", "github"])
        .within(&project.folder().join("shop/sql"))
        .env("GITHUB_WORKSPACE", project.folder());
    assert!(inside.run().contains("file=shop/sql/shop/V001__a.sql,"));
}
