//! An error of the file system, with what was tried and where.

use std::io;
use std::path::Path;

use crate::error::Error;

/// The error, with the two folders named that the user can move.
pub(super) fn failed(action: &str, path: &Path, error: &io::Error) -> Error {
    let message = Error::database(format!("cannot {action} `{}`", path.display())).because(error);
    match error.kind() {
        io::ErrorKind::NotFound if !action.starts_with("create") => message,
        io::ErrorKind::NotFound
        | io::ErrorKind::PermissionDenied
        | io::ErrorKind::ReadOnlyFilesystem => {
            message.hint("set WORKROOM_DATA and WORKROOM_CACHE to folders that you can write to")
        }
        io::ErrorKind::StorageFull => message.hint(
            "free some space, or set WORKROOM_DATA and WORKROOM_CACHE to folders on another disk",
        ),
        _ => message,
    }
}
