//! Whose files a project is: one that lies above the current folder may be somebody else's trap.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::PROJECT_FILE;
use crate::error::{Error, Result};

/// Refuses a project that was found above the current folder and belongs to neither this user nor root. Its files would
/// decide which SQL runs. Whoever stands in the folder itself, or names it, has chosen it.
///
/// # Errors
/// When it is somebody else's.
pub fn refuse_foreign(project: &Path, current: &Path) -> Result<()> {
    if project == current {
        return Ok(());
    }
    let ours = rustix::process::geteuid().as_raw();
    let called_by = std::env::var("SUDO_UID")
        .ok()
        .and_then(|id| id.parse().ok());
    let trusted = [Some(ours), Some(0), called_by.filter(|_| ours == 0)];
    for path in [project.to_owned(), project.join(PROJECT_FILE)] {
        let Ok(found) = std::fs::metadata(&path) else {
            continue;
        };
        if !trusted.contains(&Some(found.uid())) {
            return Err(Error::refused(format!(
                "`{}` belongs to somebody else (user {})",
                path.display(),
                found.uid()
            ))
            .because(format!(
                "it lies above the current folder, and a {PROJECT_FILE} decides which SQL runs"
            ))
            .hint(format!(
                "if it is the project that you mean, name it: `--project {}`",
                project.display()
            )));
        }
    }
    Ok(())
}
