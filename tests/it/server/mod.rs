//! The embedded server, really started, stopped, raced and killed.

mod border;
mod commands;
mod extensions;
mod kept;
mod temporary;
mod without;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use workroom::event::Silent;
use workroom::server::{Options, Status, reset, status};

/// A folder with a difficult name that every account can enter, and the servers kept in it.
struct Kept {
    options: Options,
    folder: tempfile::TempDir,
}

impl Kept {
    fn new() -> Self {
        let folder = fast_folder();
        let options = Options {
            data: Some(folder.path().join("däta of \"$HOME\"")),
            major: Some(crate::support::server::NEWEST),
            ..Options::default()
        };
        Self { options, folder }
    }

    fn data(&self) -> PathBuf {
        self.options.data.clone().unwrap().join("default/data")
    }

    /// The process id of the running server.
    fn process(&self) -> Option<i32> {
        match status(&self.options).unwrap() {
            Status::Running { process, .. } => Some(process),
            Status::Missing | Status::Stopped(_) => None,
        }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = reset(&self.options, &Silent);
    }
}

/// A temporary folder that the account of root's servers can enter too, and in which programs can be run.
fn open_folder() -> tempfile::TempDir {
    open_folder_in("/tmp")
}

/// The same in memory where there is enough of it: kept servers write through to the disk.
pub(crate) fn fast_folder() -> tempfile::TempDir {
    let memory = rustix::fs::statvfs("/dev/shm");
    let is_large = memory.is_ok_and(|found| found.f_bavail * found.f_frsize > 2 << 30);
    open_folder_in(if is_large { "/dev/shm" } else { "/tmp" })
}

fn open_folder_in(parent: &str) -> tempfile::TempDir {
    tempfile::Builder::new()
        .prefix("workroom tëst ")
        .permissions(fs::Permissions::from_mode(0o755))
        .tempdir_in(parent)
        .unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn kill(signal: &str, process: i32) {
    let status = std::process::Command::new("kill")
        .args([signal, &process.to_string()])
        .status();
    assert!(status.unwrap().success());
}

/// Waits for something that happens without us.
fn eventually(what: &str, mut happened: impl FnMut() -> bool) {
    let started = Instant::now();
    while !happened() {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "{what}: not within 20 s"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}
