//! A file lock that tells who waits for what; the system releases it when its holder ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use super::failure::failed;
use super::owned;
use crate::error::Result;
use crate::event::{Event, Observer};

/// Takes the lock of a file, waiting for whoever has it.
///
/// # Errors
/// When the file cannot be made or its file system has no locks.
pub(super) fn take(path: &Path, what: &str, observer: &dyn Observer) -> Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(owned::plainly())
        .open(path)
        .map_err(|error| failed("open", path, &error))?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => {}
        Err(TryLockError::Error(error)) => return Err(failed("lock", path, &error)),
    }
    observer.event(&Event::Waiting {
        what,
        holder: "another process of this machine",
        waited: Duration::ZERO,
    });
    file.lock().map_err(|error| failed("lock", path, &error))?;
    Ok(file)
}
