//! Files that workroom keeps beside a server: never opened through a link, and believed only from their owner.
//!
//! Root's server runs under an unprivileged account, and SQL of a project can do what that account can. What root writes
//! therefore lies in root's own folders, and what root reads of the account's is a plain file of that account.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;

use super::failure::failed;
use crate::error::Result;

/// None of the files that are read whole is anywhere near as long.
const LONGEST_BYTES: u64 = 1 << 20;

/// Flags with which no link is followed, and no pipe in a file's place is waited for.
pub(super) fn plainly() -> i32 {
    // The flags fit: they are those of the system's own `int`.
    (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed()
}

/// Opens a file of our own for appending; makes it, for its owner alone, where there is none.
///
/// # Errors
/// When it cannot be opened, or something else lies in its place.
pub(super) fn append(path: &Path) -> Result<File> {
    let open = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(plainly())
        .open(path)
        .and_then(|file| check(&file, None).map(|()| file));
    open.map_err(|error| failed("open", path, &error))
}

/// Makes a file that only its owner can read; whatever lay there before is removed, not written to.
///
/// # Errors
/// When it cannot be written.
pub(super) fn create(path: &Path, bytes: &[u8]) -> Result<File> {
    let write = || {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .custom_flags(plainly())
            .open(path)?;
        file.write_all(bytes)?;
        Ok(file)
    };
    write().map_err(|error| failed("write", path, &error))
}

/// Puts a file in its place in one step: a reader sees the old bytes or the new ones.
///
/// # Errors
/// When it cannot be written.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let unfinished = path.with_extension("new");
    create(&unfinished, bytes)?;
    fs::rename(&unfinished, path).map_err(|error| failed("write", path, &error))
}

/// Reads a file of our own, or where `account` names one, of that account.
///
/// # Errors
/// When it is not there, not a plain file, or somebody else's.
pub(super) fn read(path: &Path, account: Option<u32>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path, account)?
        .take(LONGEST_BYTES)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opens a file to be read under the same conditions.
///
/// # Errors
/// As [`read`].
pub(super) fn open(path: &Path, account: Option<u32>) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(plainly())
        .open(path)?;
    check(&file, account)?;
    Ok(file)
}

/// A plain file with one name. Only root tells owners apart: there is no border between a user and themselves.
fn check(file: &File, account: Option<u32>) -> io::Result<()> {
    let found = file.metadata()?;
    let ours = rustix::process::geteuid();
    let is_believed = !ours.is_root()
        || found.nlink() == 1 && (found.uid() == ours.as_raw() || account == Some(found.uid()));
    if found.is_file() && is_believed {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::PermissionDenied,
        "it is not a plain file of the user who must have made it",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_in_a_files_place_is_neither_written_nor_read() {
        let folder = tempfile::tempdir().unwrap();
        let (canary, link) = (
            folder.path().join("canary"),
            folder.path().join("server.log"),
        );
        fs::write(&canary, "sings").unwrap();
        std::os::unix::fs::symlink(&canary, &link).unwrap();

        assert!(append(&link).is_err());
        assert!(read(&link, None).is_err());
        replace(&link, b"new").unwrap();
        assert_eq!(fs::read(&canary).unwrap(), b"sings");
        assert_eq!(read(&link, None).unwrap(), b"new");
    }

    #[test]
    fn a_pipe_in_a_files_place_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("server.log");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        assert!(read(&pipe, None).is_err());
        assert!(append(&pipe).is_err());
    }

    #[test]
    fn root_believes_neither_another_users_file_nor_one_with_a_second_name() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("binaries");
        fs::write(&file, "18.4\n/somewhere").unwrap();
        assert!(read(&file, None).is_ok());
        fs::hard_link(&file, folder.path().join("other")).unwrap();
        assert!(read(&file, None).is_err());
        fs::remove_file(folder.path().join("other")).unwrap();
        std::os::unix::fs::chown(&file, Some(65534), Some(65534)).unwrap();
        assert!(read(&file, None).is_err());
        assert!(read(&file, Some(65534)).is_ok());
    }
}
