//! `workroom server …`, through the binary.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{Kept, eventually};

/// Runs `workroom server` and returns exit status, standard output and standard error.
fn run(data: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_workroom"));
    command
        .arg("server")
        .args(arguments)
        .env("WORKROOM_DATA", data)
        .env("NO_COLOR", "1")
        .current_dir("/");
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn a_server_is_started_used_stopped_and_removed_only_on_purpose() {
    let kept = Kept::new();
    let data = kept.options.data.clone().unwrap();
    let (status, _, _) = run(&data, &["status", "--check"]);
    assert_eq!(status, Some(1), "there is none yet");
    let (status, _, errors) = run(&data, &["url"]);
    assert_eq!(status, Some(2));
    assert!(errors.contains("`workroom server start`"), "{errors}");

    let (status, output, errors) = run(&data, &["start"]);
    assert_eq!(status, Some(0), "{errors}");
    assert!(output.contains("connect:  postgres://"), "{output}");
    assert!(output.contains("workroom server psql"), "{output}");
    let (status, output, _) = run(
        &data,
        &[
            "psql",
            "-d",
            "template1",
            "-Atc",
            "select current_database()",
        ],
    );
    assert_eq!((status, output.as_str()), (Some(0), "template1\n"));
    let (status, output, _) = run(&data, &["status", "--check"]);
    assert_eq!(status, Some(0));
    assert!(!output.contains("password"), "{output}");

    let (status, url, _) = run(&data, &["url"]);
    assert_eq!(status, Some(0));
    assert!(output.contains(url.trim_end()), "{url}");
    let (_, env, _) = run(&data, &["env"]);
    assert_eq!(env, format!("export DATABASE_URL='{}'\n", url.trim_end()));
    let (status, _, errors) = run(&data, &["url", "--tcp"]);
    assert_eq!(status, Some(2));
    assert!(errors.contains("--port"), "{errors}");

    let (status, _, errors) = run(&data, &["reset"]);
    assert_eq!(status, Some(2));
    assert!(
        errors.contains("hint: say so: `workroom server reset --yes`"),
        "{errors}"
    );
    assert_eq!(run(&data, &["stop"]).0, Some(0));
    assert_eq!(run(&data, &["status", "--check"]).0, Some(1));
    assert_eq!(run(&data, &["reset", "--yes"]).0, Some(0));
    assert!(!data.join("default").exists());
}

#[test]
fn the_server_outlives_the_process_group_of_its_command() {
    use std::os::unix::process::CommandExt as _;

    let kept = Kept::new();
    let data = kept.options.data.clone().unwrap();
    // The shell and all it starts in the foreground are hit, as by Ctrl-C in a terminal. Where this process was
    // started with interrupts ignored, its children ignore them too, so the group is terminated then.
    let script = "\"$1\" server start && kill -INT 0 && kill -TERM 0 && sleep 60";
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", script, "sh", env!("CARGO_BIN_EXE_workroom")])
        .env("WORKROOM_DATA", &data)
        .current_dir("/")
        .stdout(Stdio::null())
        .process_group(0);
    let mut shell = shell.spawn().unwrap();
    eventually("the end of the shell", || {
        shell.try_wait().unwrap().is_some()
    });
    assert_eq!(run(&data, &["status", "--check"]).0, Some(0));
}
