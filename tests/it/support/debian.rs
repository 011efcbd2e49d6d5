//! What tests need of Debian's packages, installed when the machine does not have it.

use std::path::Path;
use std::process::{Command, Stdio};

/// Installs a package, which needs root. The lists of packages may be missing altogether, so they are fetched when
/// the first try fails.
pub(crate) fn install(package: &str) -> bool {
    let install = format!("apt-get install -y --no-install-recommends {package}");
    run(Path::new("/"), &install) || run(Path::new("/"), &format!("apt-get update && {install}"))
}

/// Runs a command of the shell in a folder; what it prints is of no interest.
pub(crate) fn run(folder: &Path, command: &str) -> bool {
    let status = Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}
