//! The built binary, run in an environment of its own, and what it said as one text.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use regex::Regex;
use rustix::process::{Pid, Signal, kill_process};

/// A database that nobody listens for: a run that needs none does not notice, one that does fails.
pub(crate) const NOWHERE: &str = "postgres://nobody@127.0.0.1:1/nothing";

/// Variables that decide where the embedded server is found, and those of a clock that is moved for client and server
/// alike; a test binary started with them passes them on.
const PASSED_ON: [&str; 10] = [
    "PATH",
    "HOME",
    "WORKROOM_CACHE",
    "WORKROOM_POSTGRES_BIN",
    "XDG_CACHE_HOME",
    "TMPDIR",
    "LLVM_PROFILE_FILE",
    "FAKETIME_DONT_FAKE_MONOTONIC",
    "NO_FAKE_STAT",
    "TZ",
];

/// A run of `workroom` that is being prepared.
pub(crate) struct Workroom {
    command: Command,
    hidden: Vec<(String, &'static str)>,
}

/// `workroom` with these arguments: without colour, without a database, without the caller's environment.
pub(crate) fn workroom(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Workroom {
    let mut command = Command::new(env!("CARGO_BIN_EXE_workroom"));
    command.args(arguments).env_clear().stdin(Stdio::null());
    for name in PASSED_ON {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100")
        .env("DATABASE_URL", NOWHERE);
    Workroom {
        command,
        hidden: Vec::new(),
    }
}

impl Workroom {
    /// Runs in a folder, which is shown as `[project]`.
    pub(crate) fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self.hide(folder.display().to_string(), "[project]")
    }

    /// Works on a database.
    pub(crate) fn on(self, url: &str) -> Self {
        self.env("DATABASE_URL", url)
    }

    /// Sets a variable of the environment.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Takes a variable out of the environment.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Shows `shown` wherever the output has `text`.
    pub(crate) fn hide(mut self, text: impl Into<String>, shown: &'static str) -> Self {
        self.hidden.push((text.into(), shown));
        self
    }

    /// Runs it to its end.
    #[must_use = "compare the output, which ends with the exit status"]
    pub(crate) fn run(mut self) -> String {
        let output = self.command.output().unwrap();
        shown(&output, &self.hidden)
    }

    /// Runs it to its end and returns what it wrote, as it is.
    pub(crate) fn output(mut self) -> Output {
        self.command.output().unwrap()
    }

    /// Starts it without listening to what it says.
    pub(crate) fn spawn(&mut self) -> Child {
        self.command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Starts it.
    pub(crate) fn start(mut self) -> Running {
        let child = self
            .command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Running {
            child,
            hidden: self.hidden,
        }
    }
}

/// A run under way.
pub(crate) struct Running {
    child: Child,
    hidden: Vec<(String, &'static str)>,
}

impl Running {
    /// Ctrl-C.
    pub(crate) fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// `kill -…`.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
    }

    /// Closes the reading end of its standard output.
    pub(crate) fn stop_reading(&mut self) {
        drop(self.child.stdout.take());
    }

    /// Waits for its end.
    #[must_use = "compare the output, which ends with the exit status"]
    pub(crate) fn finish(self) -> String {
        let output = self.child.wait_with_output().unwrap();
        shown(&output, &self.hidden)
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap()
    }
}

/// Waits until a condition holds; fails after half a minute.
pub(crate) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < Duration::from_secs(30), "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Standard output, standard error and the exit status as one text.
fn shown(output: &Output, hidden: &[(String, &'static str)]) -> String {
    let status = match output.status.code() {
        Some(code) => format!("exit status: {code}\n"),
        None => format!("ended by a signal: {}\n", output.status),
    };
    let text = format!(
        "{}----- stderr -----\n{}{status}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    normal(&text, hidden)
}

/// What differs from run to run: pattern and what is shown instead. The database that a run begins with is left out;
/// `destination.rs` looks at that.
static CHANGING: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (r"(?m)^on [^ ]+@.*/[^ ]+\n", ""),
        (r#"(?m)^\{.*"event":"target".*\}\n"#, ""),
        (r#"(?m)^  "target": ".*",\n"#, ""),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[timestamp]"),
        (r"since \d\d:\d\d:\d\d", "since [clock]"),
        (r"\(\d+(\.\d+)? (ms|s)\)", "([time])"),
        (r"waited \d+\.\d+ s", "waited [time]"),
        (r"in \d+\.\d+ s\b", "in [time]"),
        (r"\bprocess \d+", "process [pid]"),
        (r"127\.0\.0\.1:\d{2,}", "127.0.0.1:[port]"),
        (r"localhost:\d{2,}", "localhost:[port]"),
        (r"Postgres \d+\.\d+( \([^)]*\))?", "Postgres [version]"),
        // A column of durations is the last one, and as wide as the longest of them.
        (r"(?m) +\d+\.\d+$", "   [ms]"),
        (r"(?m)^(\w.*\S) +ms$", "$1   ms"),
        (r"─+", "───"),
    ]
    .into_iter()
    .map(|(pattern, shown)| (Regex::new(pattern).unwrap(), shown))
    .collect()
});

fn normal(text: &str, hidden: &[(String, &'static str)]) -> String {
    let mut text = text.to_owned();
    for (part, shown) in hidden {
        text = text.replace(part, shown);
    }
    for (pattern, shown) in CHANGING.iter() {
        text = pattern.replace_all(&text, *shown).into_owned();
    }
    text
}
