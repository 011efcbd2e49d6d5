//! Steps in processes of their own: for what only whole processes can show, such as racing and being killed.
//!
//! The test binary runs itself with the name of one test, which does the step that the environment names.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

use workroom::event::Silent;
use workroom::server::{Options, Server, Temporary};

/// The variable that names the step.
const VARIABLE: &str = "WORKROOM_TEST_STEP";

/// What stands before the lines of a step, among those of the test runner.
const MARK: &str = "step: ";

/// A command that does a step, with an environment that holds nothing else.
pub(crate) fn command(step: &str) -> Command {
    command_of(&std::env::current_exe().unwrap(), step)
}

/// The same from a copy of the test binary.
pub(crate) fn command_of(program: &Path, step: &str) -> Command {
    let mut command = Command::new(program);
    command
        .args([
            "--exact",
            "support::step::does_what_another_test_asks",
            "--nocapture",
        ])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env(VARIABLE, step)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    for name in ["HOME", "WORKROOM_CACHE", "XDG_CACHE_HOME", "TMPDIR"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

/// Runs a step to its end and returns its lines.
pub(crate) fn finish(mut command: Command) -> Vec<String> {
    let output = command.output().unwrap();
    lines(&String::from_utf8_lossy(&output.stdout))
}

/// The lines of a step among those of the test runner, which may stand before them on the same line.
pub(crate) fn lines(output: &str) -> Vec<String> {
    output
        .lines()
        .filter_map(|line| Some(line.split_once(MARK)?.1.to_owned()))
        .collect()
}

/// Nothing when run as a test; a step when another test asks for it.
#[test]
#[expect(clippy::print_stdout, reason = "the other test reads it")]
fn does_what_another_test_asks() {
    let say = |line: String| println!("{MARK}{line}");
    let options = Options {
        extensions: std::env::var("WORKROOM_TEST_EXTENSION")
            .into_iter()
            .collect(),
        major: std::env::var("WORKROOM_TEST_MAJOR")
            .ok()
            .map(|major| major.parse().unwrap()),
        ..Options::default()
    };
    match std::env::var(VARIABLE).as_deref() {
        Ok("start") => match Server::start(&options, &Silent) {
            Ok(server) => {
                say(server.url());
                for row in super::server::query(&server.url(), "select pg_postmaster_start_time()")
                {
                    say(row);
                }
            }
            Err(error) => {
                say(error.to_string());
                for hint in error.hints {
                    say(format!("hint: {hint}"));
                }
            }
        },
        Ok("reset") => say(format!("{:?}", workroom::server::reset(&options, &Silent))),
        Ok("temporary") => {
            let server = Temporary::start(&options, &Silent).unwrap();
            say(server.folder().display().to_string());
            // Until the other test closes the pipe, or kills this process.
            let _ = std::io::stdin().read(&mut [0]);
        }
        _ => {}
    }
}
