//! The files of a project lie in its folder. One that a link leads to elsewhere is not read, since messages show what
//! stands in a file, and whoever runs a command may never have looked at the project.

use std::fs::{File, Metadata};
use std::io::{Error, Read as _, Result};
use std::path::Path;

/// Reads a file of a folder.
pub(super) fn read(folder: &Path, path: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut file = open(folder, path)?;
    refuse_endless(&file.metadata()?)?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn open(folder: &Path, path: &str) -> Result<File> {
    if let Some(file) = beneath(folder, path) {
        return Ok(file);
    }
    let target = folder.join(path).canonicalize()?;
    refuse_outer(folder, &target)?;
    refuse_endless(&target.metadata()?)?;
    File::open(target)
}

/// Refuses what a read may wait for without end, such as a pipe or a terminal.
fn refuse_endless(found: &Metadata) -> Result<()> {
    if found.is_file() || found.is_dir() {
        return Ok(());
    }
    Err(Error::other("it is no regular file: put one in its place"))
}

/// Refuses what lies outside of a folder once all links are followed.
pub(super) fn refuse_outer(folder: &Path, target: &Path) -> Result<()> {
    if target.canonicalize()?.starts_with(folder.canonicalize()?) {
        return Ok(());
    }
    Err(Error::other(
        "a link leads out of the folder: put a copy in its place",
    ))
}

/// The system's own answer, where it has one: it does not follow links out of the folder, nor those that begin at the root.
#[cfg(target_os = "linux")]
fn beneath(folder: &Path, path: &str) -> Option<File> {
    use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat, openat2};

    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = openat(CWD, folder, flags, Mode::empty()).ok()?;
    // A pipe is opened without waiting for who writes into it.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = openat2(folder, path, flags, Mode::empty(), ResolveFlags::BENEATH);
    file.ok().map(File::from)
}

#[cfg(not(target_os = "linux"))]
fn beneath(_: &Path, _: &str) -> Option<File> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_inside_of_the_folder_are_followed_and_others_are_not() {
        let outer = tempfile::tempdir().unwrap();
        std::fs::write(outer.path().join("secret"), "canary").unwrap();
        let folder = outer.path().join("project");
        std::fs::create_dir_all(folder.join("sql")).unwrap();
        std::fs::write(folder.join("sql/a"), "a").unwrap();
        symlink("a", folder.join("sql/near")).unwrap();
        symlink(folder.join("sql"), folder.join("absolute")).unwrap();
        symlink("../../secret", folder.join("sql/far")).unwrap();
        symlink("..", folder.join("up")).unwrap();
        symlink("nowhere", folder.join("lost")).unwrap();
        for path in ["sql/a", "sql/near", "absolute/a"] {
            assert_eq!(read(&folder, path).unwrap(), b"a", "{path}");
        }
        for path in ["sql/far", "up/secret", "../secret"] {
            let said = read(&folder, path).unwrap_err().to_string();
            assert!(said.contains("leads out"), "{path}: {said}");
        }
        let pipe = rustix::fs::Mode::RUSR;
        rustix::fs::mkfifoat(rustix::fs::CWD, folder.join("sql/pipe"), pipe).unwrap();
        let said = read(&folder, "sql/pipe").unwrap_err().to_string();
        assert!(said.contains("no regular file"), "{said}");
        let said = read(&folder, "lost").unwrap_err().to_string();
        assert!(said.contains("No such file"), "{said}");
    }
}
