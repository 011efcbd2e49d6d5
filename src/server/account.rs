//! Who runs the server: Postgres refuses root, so root's servers run under an unprivileged account.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown,
};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use rustix::fs::OFlags;

use super::failure::failed;
use super::program;
use crate::error::{Error, Result};

/// Accounts made for daemons, best first; `nobody` exists everywhere.
const CANDIDATES: [&str; 5] = ["postgres", "_postgres", "postgresql", "nobody", "daemon"];

/// The account that owns the data and runs the server.
#[derive(Clone, Debug)]
pub(super) struct Account {
    /// Set when the process is root and must step down: the account to step down to.
    other: Option<Entry>,
}

/// One line of `/etc/passwd`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    name: String,
    pub(super) user: u32,
    pub(super) group: u32,
}

impl Account {
    /// The account for this process: itself, or for root the first suitable daemon account.
    ///
    /// # Errors
    /// When the process is root and no such account exists.
    pub(super) fn for_this_process() -> Result<Self> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self { other: None });
        }
        let list = fs::read("/etc/passwd").unwrap_or_default();
        let entry = choose(&String::from_utf8_lossy(&list)).ok_or_else(|| {
            Error::database("root cannot run Postgres, and there is no account to run it under")
                .because(format!("/etc/passwd has none of {}", CANDIDATES.join(", ")))
                .hint(
                    "create one: `useradd --system postgres`, or run workroom as an ordinary user",
                )
        })?;
        Ok(Self { other: Some(entry) })
    }

    /// Whether this process is root and the server runs under another account.
    pub(super) fn is_root(&self) -> bool {
        self.other.is_some()
    }

    /// The account's name, when it is not the process's own.
    pub(super) fn name(&self) -> Option<&str> {
        self.other.as_ref().map(|entry| entry.name.as_str())
    }

    /// The user id that owns what the account makes.
    pub(super) fn user(&self) -> u32 {
        match &self.other {
            Some(entry) => entry.user,
            None => rustix::process::geteuid().as_raw(),
        }
    }

    /// The account to step down to, when this process is root.
    pub(super) fn other(&self) -> Option<&Entry> {
        self.other.as_ref()
    }

    /// An isolated command that runs under the account, in the C locale and in UTC.
    pub(super) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = program::isolated(program);
        command.env("LC_ALL", "C").env("TZ", "UTC");
        if let Some(entry) = &self.other {
            // Setting the user as root also drops the supplementary groups.
            command.gid(entry.group).uid(entry.user);
        }
        command
    }

    /// Makes a folder of mode 0700 that the account owns; fails when it exists.
    pub(super) fn make_folder(&self, path: &Path) -> Result<()> {
        fs::DirBuilder::new()
            .mode(0o700)
            .create(path)
            .map_err(|error| failed("create the folder", path, &error))?;
        self.own_folder(path)
    }

    /// Gives a folder of this process to the account. One that is the account's already, or anybody else's, is left.
    pub(super) fn own_folder(&self, path: &Path) -> Result<()> {
        if self.other.is_none() {
            return Ok(());
        }
        let own = || {
            let folder = open_folder(path)?;
            if folder.metadata()?.uid() == rustix::process::geteuid().as_raw() {
                return self.give(&folder);
            }
            Ok(())
        };
        own().map_err(|error| failed("change the owner of", path, &error))
    }

    /// Gives an open file to the account: whatever has come to lie under its name meanwhile stays as it is.
    pub(super) fn give(&self, file: &File) -> std::io::Result<()> {
        match &self.other {
            Some(entry) => fchown(file, Some(entry.user), Some(entry.group)),
            None => Ok(()),
        }
    }

    /// Whether the account can reach what lies in `folder`.
    pub(super) fn reaches(&self, folder: &Path) -> bool {
        if !self.is_root() {
            return true;
        }
        self.command("/bin/sh")
            .args(["-c", "test -x \"$1\"", "workroom"])
            .arg(folder)
            .status()
            .is_ok_and(|status| status.success())
    }
}

/// Opens a folder itself, never what a link in its place leads to.
pub(super) fn open_folder(path: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .read(true)
        .custom_flags((OFlags::NOFOLLOW | OFlags::DIRECTORY).bits().cast_signed())
        .open(path)
}

/// Makes a folder and its parents; those it makes can be entered by everybody, so that the account gets through.
pub(super) fn make_open_folders(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        make_open_folders(parent)?;
    }
    match fs::create_dir(path) {
        Ok(()) => {}
        // Another workroom was quicker.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && path.is_dir() => {
            return Ok(());
        }
        Err(error) => return Err(failed("create the folder", path, &error)),
    }
    // The mode of creation is cut down by the umask; this one is not.
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
        .map_err(|error| failed("set the mode of", path, &error))
}

/// The first of the candidates that `/etc/passwd` knows and that is not another name of root.
fn choose(list: &str) -> Option<Entry> {
    let entries: Vec<Entry> = list.lines().filter_map(parse).collect();
    CANDIDATES
        .iter()
        .find_map(|name| entries.iter().find(|entry| entry.name == *name))
        .cloned()
}

/// Reads one line; macOS writes the ids of `nobody` as negative numbers.
fn parse(line: &str) -> Option<Entry> {
    let mut fields = line.split(':');
    let name = fields.next()?;
    let user = id(fields.nth(1)?)?;
    let group = id(fields.next()?)?;
    (user != 0 && group != 0).then(|| Entry {
        name: name.to_owned(),
        user,
        group,
    })
}

/// A user or group id in decimal.
fn id(text: &str) -> Option<u32> {
    match text.strip_prefix('-') {
        Some(digits) => digits.parse::<u32>().ok().map(u32::wrapping_neg),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str =
        "root:x:0:0:root:/root:/bin/sh\n\n# a comment\nnobody:x:65534:65534::/:/bin/false\n";

    #[test]
    fn prefers_the_account_made_for_postgres() {
        let list = format!("{LIST}postgres:x:101:104::/var/lib/postgresql:/bin/bash\n");
        let entry = choose(&list).unwrap();
        assert_eq!(
            (entry.name.as_str(), entry.user, entry.group),
            ("postgres", 101, 104)
        );
    }

    #[test]
    fn falls_back_to_nobody_also_where_its_id_is_negative() {
        assert_eq!(choose(LIST).unwrap().user, 65534);
        assert_eq!(choose("nobody:*:-2:-2::/:/x").unwrap().user, u32::MAX - 1);
    }

    #[test]
    fn never_takes_another_name_of_root() {
        assert_eq!(choose("postgres:x:0:0::/:/bin/sh"), None);
    }
}
