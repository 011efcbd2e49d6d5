//! Where an installed Postgres may be: on the PATH, where `pg_config` says, and where distributions put it.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use super::account::Account;

/// Where distributions put Postgres: a folder, how its entries begin, and the way from there to the programs.
const USUAL_PLACES: [(&str, &str, &str); 9] = [
    ("/usr/lib/postgresql", "", "bin"),         // Debian, Ubuntu
    ("/usr", "pgsql-", "bin"),                  // packages of the Postgres project for Red Hat
    ("/usr/lib", "postgresql", "bin"),          // SUSE
    ("/usr/libexec", "postgresql", ""),         // Alpine
    ("/usr/local", "pgsql", "bin"),             // built from source
    ("/opt/homebrew/opt", "postgresql", "bin"), // Homebrew on Apple silicon
    ("/usr/local/opt", "postgresql", "bin"),    // Homebrew on Intel
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql", "bin"), // Homebrew on Linux
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"), // Postgres.app
];

/// Every folder that may hold an installed Postgres, each once.
pub(super) fn folders() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .collect();
    let printed = folders
        .iter()
        .map(|folder| folder.join("pg_config"))
        .find(|program| program.is_file())
        .and_then(|program| printed_folder(&program, "--bindir"));
    folders.extend(printed);
    for (parent, beginning, rest) in USUAL_PLACES {
        let entries = fs::read_dir(parent).into_iter().flatten().flatten();
        folders.extend(
            entries
                .filter(|entry| {
                    entry
                        .file_name()
                        .as_encoded_bytes()
                        .starts_with(beginning.as_bytes())
                })
                .map(|entry| entry.path().join(rest)),
        );
    }
    // A folder on the PATH may hold links; the other programs are beside what they lead to.
    let mut folders: Vec<PathBuf> = folders
        .iter()
        .filter_map(|folder| {
            fs::canonicalize(folder.join("postgres"))
                .ok()?
                .parent()
                .map(Path::to_owned)
        })
        .filter(|folder| folder.join("initdb").is_file())
        .collect();
    folders.sort();
    folders.dedup();
    folders
}

/// Asks `pg_config` for one of its folders.
pub(super) fn printed_folder(program: &Path, flag: &str) -> Option<PathBuf> {
    let account = Account::for_this_process().ok()?;
    let output = account.command(program).arg(flag).output().ok()?;
    let line = output.stdout.strip_suffix(b"\n")?.to_vec();
    Some(PathBuf::from(OsString::from_vec(line)))
        .filter(|folder| folder.as_os_str() != OsStr::new(""))
}
