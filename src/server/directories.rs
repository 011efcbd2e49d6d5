//! Where things live: downloaded binaries in the cache, kept servers in the data folder, sockets in a short path.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::account::Account;
use super::connection::socket_in;
use super::failure::failed;
use crate::error::{Error, Result};
use crate::files::fingerprint_of_bytes;

/// The longest socket path that works on Linux (107) and macOS (103).
const LONGEST_SOCKET_PATH_BYTES: usize = 103;

/// The longest temporary folder that leaves room for a server's folder and socket.
const LONGEST_TEMPORARY_FOLDER_BYTES: usize = 60;

/// The free memory from which on throw-away servers are kept in it.
const PLENTY_BYTES: u64 = 4 << 30;

/// One of the two folders in which workroom keeps things for the next run.
#[derive(Clone, Copy, Debug)]
pub(super) enum Home {
    /// What can be fetched again.
    Cache,
    /// What cannot.
    Data,
}

impl Home {
    /// The variable that names the folder outright.
    pub(super) fn variable(self) -> &'static str {
        match self {
            Self::Cache => "WORKROOM_CACHE",
            Self::Data => "WORKROOM_DATA",
        }
    }

    /// The folder for this process.
    ///
    /// # Errors
    /// When the environment names none and there is no home folder either.
    pub(super) fn folder(self, account: &Account) -> Result<PathBuf> {
        self.choose(account.is_root(), &|name| std::env::var_os(name))
    }

    /// The folder for a given environment. Root's own home is closed to the account that runs the server.
    fn choose(self, is_root: bool, variable: &dyn Fn(&str) -> Option<OsString>) -> Result<PathBuf> {
        // The specification of the XDG variables says that relative paths are to be ignored.
        let absolute = |name: &str| {
            variable(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        if let Some(named) = variable(self.variable()).filter(|value| !value.is_empty()) {
            return std::path::absolute(&named)
                .map_err(|error| failed("find the folder", Path::new(&named), &error));
        }
        if is_root {
            return Ok(PathBuf::from(match self {
                Self::Cache => "/var/cache/workroom",
                Self::Data => "/var/lib/workroom",
            }));
        }
        let (specific, below_home) = match self {
            Self::Cache => ("XDG_CACHE_HOME", ".cache"),
            Self::Data => ("XDG_DATA_HOME", ".local/share"),
        };
        absolute(specific)
            .or_else(|| absolute("HOME").map(|home| home.join(below_home)))
            .map(|parent| parent.join("workroom"))
            .ok_or_else(|| {
                Error::database("there is no folder to keep the embedded server in")
                    .because("HOME is not set")
                    .hint(
                        "set HOME, or set WORKROOM_DATA and WORKROOM_CACHE to folders of your own",
                    )
            })
    }

    /// Refuses a folder for root's own files that the account, or everybody, may write to: they could put something
    /// else in the place of a file.
    pub(super) fn check(self, folder: &Path, account: &Account) -> Result<()> {
        let Some(entry) = account.other() else {
            return Ok(());
        };
        let found =
            fs::metadata(folder).map_err(|error| failed("find the folder", folder, &error))?;
        let mode = found.mode();
        let is_open = mode & 0o002 != 0 || (mode & 0o020 != 0 && found.gid() == entry.group);
        if found.uid() != entry.user && (!is_open || mode & 0o1000 != 0) {
            return Ok(());
        }
        Err(Error::refused(format!(
            "the folder `{}` is not root's alone",
            folder.display()
        ))
        .because(format!(
            "root's servers run under `{}`, and what SQL on them can do, that account can do to the files in it",
            account.name().unwrap_or_default()
        ))
        .hint(format!(
            "set {} to a folder of root that others cannot write to, or unset it",
            self.variable()
        )))
    }
}

/// The folder in which throw-away servers are made: the one that the user names, or else memory where there is
/// plenty of it, because making databases is mostly making files.
pub(super) fn temporary(account: &Account) -> PathBuf {
    let named = std::env::var_os("TMPDIR")
        .map(PathBuf::from)
        .filter(|folder| {
            let bytes = folder.as_os_str().as_bytes();
            folder.is_absolute()
                && bytes.len() <= LONGEST_TEMPORARY_FOLDER_BYTES
                && !bytes.contains(&b',')
        });
    let memory = PathBuf::from("/dev/shm");
    let memory = (named.is_none() && free_bytes(&memory) >= PLENTY_BYTES).then_some(memory);
    named
        .or(memory)
        .filter(|folder| folder.is_dir() && account.reaches(folder))
        .unwrap_or_else(|| PathBuf::from("/tmp"))
}

/// The free space of a file system; none when it is not there.
fn free_bytes(folder: &Path) -> u64 {
    rustix::fs::statvfs(folder).map_or(0, |found| found.f_bavail.saturating_mul(found.f_frsize))
}

/// Makes the folder for a kept server's socket: beside its data, or where that path does not do for a socket,
/// in the user's runtime folder, or else below `/tmp`. It belongs to the account, which root's folder of the server
/// does not.
///
/// # Errors
/// When the folder cannot be made, or somebody else made it.
pub(super) fn socket_folder(server: &Path, port: u16, account: &Account) -> Result<PathBuf> {
    let beside = if account.is_root() {
        server.join("socket")
    } else {
        server.to_owned()
    };
    if fits(&beside, port) {
        if account.is_root() {
            make_private(&beside, account)?;
        }
        return Ok(beside);
    }
    let name = &fingerprint_of_bytes(server.as_os_str().as_bytes())[..16];
    let runtime = std::env::var_os("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(|folder| folder.is_absolute() && !account.is_root())
        .map(|folder| folder.join("workroom"))
        .filter(|folder| fits(&folder.join(name), port));
    let parent =
        runtime.unwrap_or_else(|| PathBuf::from(format!("/tmp/workroom-{}", account.user())));
    let folder = parent.join(name);
    for folder in [&parent, &folder] {
        make_private(folder, account)?;
    }
    Ok(folder)
}

/// Makes a folder of the account's own, or finds that it is there.
fn make_private(folder: &Path, account: &Account) -> Result<()> {
    // Another workroom may make it at the same moment, so what counts is what is there in the end.
    let made = account.make_folder(folder);
    match fs::symlink_metadata(folder) {
        Ok(found) => {
            check_private(folder, &found, account)?;
            account.own_folder(folder)
        }
        Err(_) => made,
    }
}

/// Whether the socket's path is short enough, and free of what other programs cut it at: libpq takes a comma for
/// the start of another host, and `postmaster.pid` has one line for it.
fn fits(folder: &Path, port: u16) -> bool {
    let path = socket_in(folder, port);
    let bytes = path.as_os_str().as_bytes();
    bytes.len() <= LONGEST_SOCKET_PATH_BYTES && !bytes.iter().any(|byte| b",\n".contains(byte))
}

/// Refuses a folder below `/tmp` that somebody else has put in the way.
fn check_private(folder: &Path, found: &fs::Metadata, account: &Account) -> Result<()> {
    // Root makes it as root and gives it away afterwards.
    let owners = [account.user(), rustix::process::geteuid().as_raw()];
    if found.is_dir() && owners.contains(&found.uid()) && found.mode() & 0o077 == 0 {
        return Ok(());
    }
    Err(Error::refused(format!(
        "the folder `{}` for the server's socket is not private",
        folder.display()
    ))
    .because("it must be a folder of mode 0700 that belongs to the account that runs the server")
    .hint("remove it, or set WORKROOM_DATA to a shorter path so that it is not needed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(home: Home, is_root: bool, variables: &[(&str, &str)]) -> Result<PathBuf> {
        home.choose(is_root, &|name| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn an_ordinary_user_keeps_things_below_home() {
        let home = [("HOME", "/home/ada")];
        assert_eq!(
            choose(Home::Cache, false, &home).unwrap(),
            Path::new("/home/ada/.cache/workroom")
        );
        assert_eq!(
            choose(Home::Data, false, &home).unwrap(),
            Path::new("/home/ada/.local/share/workroom")
        );
    }

    #[test]
    fn the_xdg_variables_count_unless_they_are_relative() {
        let absolute = [("HOME", "/home/ada"), ("XDG_DATA_HOME", "/data")];
        assert_eq!(
            choose(Home::Data, false, &absolute).unwrap(),
            Path::new("/data/workroom")
        );
        let relative = [("HOME", "/home/ada"), ("XDG_DATA_HOME", "data")];
        assert_eq!(
            choose(Home::Data, false, &relative).unwrap(),
            Path::new("/home/ada/.local/share/workroom")
        );
    }

    #[test]
    fn root_keeps_things_where_the_servers_account_can_read_them() {
        let home = [("HOME", "/root"), ("XDG_DATA_HOME", "/root/data")];
        assert_eq!(
            choose(Home::Data, true, &home).unwrap(),
            Path::new("/var/lib/workroom")
        );
    }

    #[test]
    fn without_home_the_error_names_the_variables_that_help() {
        let error = choose(Home::Data, false, &[]).unwrap_err();
        assert!(error.hints[0].contains("WORKROOM_DATA"), "{error:?}");
        assert!(choose(Home::Data, false, &[("WORKROOM_DATA", "/x")]).is_ok());
    }
}
