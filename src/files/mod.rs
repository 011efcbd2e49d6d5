//! Text files of a project, from a folder or from inside the binary; the only home of `std::fs` reading.
//!
//! Every text is UTF-8 without a byte-order mark, and line ends are read as LF, so that a checkout with
//! CRLF has the same checksums and error positions as one without.

pub mod csv;
mod embedded;
mod fingerprint;
mod inside;
mod owner;
pub(crate) mod suggest;
pub mod toml;

use std::io::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use embedded::Embedded;
pub use fingerprint::{fingerprint, fingerprint_of_bytes, source_hash};
pub use include_dir::Dir;
pub use owner::refuse_foreign;

use crate::error::{Error, Place, Result};

/// The file that makes a folder a project.
pub const PROJECT_FILE: &str = "workroom.toml";

/// A text file with the name that its user knows it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextFile {
    /// Path relative to the project, with forward slashes.
    pub path: String,
    /// The text, line ends as LF.
    pub text: Arc<str>,
}

impl TextFile {
    /// A file that does not lie anywhere: generated text and tests.
    #[must_use]
    pub fn new(path: impl Into<String>, text: impl Into<Arc<str>>) -> Self {
        Self {
            path: path.into(),
            text: text.into(),
        }
    }

    /// A byte range of this file, for an error.
    #[must_use]
    pub fn place(&self, span: Range<usize>) -> Place {
        Place::span(self.path.clone(), self.text.clone(), span)
    }

    /// SHA-256 of the text, 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.text)
    }
}

/// One name in a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The last part of the path.
    pub name: String,
    /// Whether it is a folder.
    pub is_folder: bool,
}

/// Where a project's files lie.
#[derive(Clone, Debug)]
pub enum Tree {
    /// A folder on disk.
    Folder(PathBuf),
    /// Inside the program.
    Embedded(Embedded),
}

impl Tree {
    /// The nearest folder at or above `start` that holds a `workroom.toml`.
    #[must_use]
    pub fn find_above(start: &Path) -> Option<Self> {
        start
            .ancestors()
            .find(|folder| folder.join(PROJECT_FILE).is_file())
            .map(|folder| Self::Folder(folder.to_path_buf()))
    }

    /// The folder on disk, if it is one.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Folder(folder) => Some(folder),
            Self::Embedded(_) => None,
        }
    }

    /// Reads a text file.
    ///
    /// # Errors
    /// When it cannot be read, is not UTF-8, or begins with a byte-order mark.
    pub fn read(&self, path: &str) -> Result<TextFile> {
        text_file(path, self.bytes(path)?)
    }

    /// What [`TextFile::fingerprint`] would be, and the file itself where it is text; `buffer` serves many files.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn fingerprinted(
        &self,
        path: &str,
        buffer: &mut Vec<u8>,
    ) -> Result<(String, Option<TextFile>)> {
        let length = match self {
            Self::Folder(folder) => fingerprint::read_into(&folder.join(path), buffer)
                .map_err(|error| unreadable(path, error))?,
            Self::Embedded(_) => {
                *buffer = self.bytes(path)?;
                buffer.len()
            }
        };
        let bytes = &buffer[..length];
        let file = text_file(path, bytes.to_vec()).ok();
        Ok((fingerprint::of_lines(bytes), file))
    }

    fn bytes(&self, path: &str) -> Result<Vec<u8>> {
        match self {
            Self::Folder(folder) => {
                inside::read(folder, path).map_err(|error| unreadable(path, error))
            }
            Self::Embedded(files) => files
                .file(path)
                .map(<[u8]>::to_vec)
                .ok_or_else(|| Error::project(format!("{path} is not among the embedded files"))),
        }
    }

    /// Whether a file or folder of this name exists.
    #[must_use]
    pub fn exists(&self, path: &str) -> bool {
        match self {
            Self::Folder(folder) => folder.join(path).exists(),
            Self::Embedded(files) => files.file(path).is_some() || files.list(path).is_some(),
        }
    }

    /// The names in a folder, sorted; `None` when there is no such folder. Hidden files are left out.
    ///
    /// # Errors
    /// When the folder exists and cannot be read.
    pub fn list(&self, path: &str) -> Result<Option<Vec<Entry>>> {
        let mut entries = match self {
            Self::Folder(root) => {
                let folder = root.join(path);
                if !folder.exists() {
                    return Ok(None);
                }
                let entries =
                    inside::refuse_outer(root, &folder).and_then(|()| list_folder(&folder));
                entries.map_err(|error| {
                    Error::project(format!("the folder {path} cannot be read"))
                        .at(Place::file(path))
                        .because(error)
                        .hint("check that it is a folder and that you may read it")
                })?
            }
            Self::Embedded(files) => match files.list(path) {
                Some(entries) => entries,
                None => return Ok(None),
            },
        };
        entries.retain(|entry| !entry.name.starts_with('.'));
        entries.sort();
        Ok(Some(entries))
    }

    /// Every file of the tree that belongs to a project, as `(path, bytes)`, sorted by path.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn project_files(&self) -> Result<Vec<(String, Vec<u8>)>> {
        let mut paths = vec![PROJECT_FILE.to_owned()];
        let mut folders: Vec<String> = ["sql", "views", "policies", "seeds", "manifests", "sync"]
            .map(String::from)
            .to_vec();
        while let Some(folder) = folders.pop() {
            for entry in self.list(&folder)?.unwrap_or_default() {
                let path = format!("{folder}/{}", entry.name);
                if entry.is_folder {
                    &mut folders
                } else {
                    &mut paths
                }
                .push(path);
            }
        }
        paths.sort();
        paths
            .into_iter()
            .map(|path| Ok((path.clone(), self.bytes(&path)?)))
            .collect()
    }
}

/// Bytes as a text.
fn text_file(path: &str, bytes: Vec<u8>) -> Result<TextFile> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(&error.as_bytes()[..valid]).into_owned();
        let end = text.len();
        Error::project(format!("{path} is not UTF-8"))
            .at(Place::span(path, text, end..end))
            .because(format!(
                "byte {} is not part of a UTF-8 character",
                valid + 1
            ))
            .hint(format!(
                "save {path} as UTF-8, for example with `iconv -t utf-8`"
            ))
    })?;
    if text.starts_with('\u{feff}') {
        return Err(
            Error::project(format!("{path} begins with a byte-order mark"))
                .at(Place::span(path, text, 0..3))
                .because("the server would read it as part of the first word")
                .hint(format!("save {path} as UTF-8 without a byte-order mark")),
        );
    }
    let text = if text.contains('\r') {
        text.replace("\r\n", "\n")
    } else {
        text
    };
    Ok(TextFile::new(path, text))
}

fn unreadable(path: &str, error: std::io::Error) -> Error {
    Error::project(format!("{path} cannot be read"))
        .at(Place::file(path))
        .because(error)
        .hint("check that the file exists and that you may read it")
}

/// Writes new files under a folder, those of one folder best together. Nothing is written when one of them exists already.
///
/// # Errors
/// When a file is in the way, with all that are; and when one cannot be written.
pub fn write_new(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<()> {
    let in_the_way = files
        .iter()
        .filter(|(path, _)| folder.join(path).symlink_metadata().is_ok())
        .map(|(path, _)| {
            Error::refused(format!("{path} exists already"))
                .at(Place::file(path))
                .hint("choose an empty folder, or move the file away")
        });
    Error::all(in_the_way.collect())?;
    let mut looked_at = None;
    for (path, bytes) in files {
        let target = folder.join(path);
        let parent = target.parent().unwrap_or(folder);
        let prepare = || {
            let there = parent.ancestors().find(|one| one.exists());
            if let Some(one) = there.filter(|one| one.starts_with(folder)) {
                inside::refuse_outer(folder, one)?;
            }
            std::fs::create_dir_all(parent)
        };
        let is_known = looked_at.replace(parent.to_path_buf()).as_deref() == Some(parent);
        (if is_known { Ok(()) } else { prepare() })
            .and_then(|()| std::fs::File::create_new(&target)?.write_all(bytes))
            .map_err(|error| unwritable(&target, error))?;
    }
    Ok(())
}

/// Reads a file that a user names: `path` is relative to `folder`, and the file is shown by the name that was given.
///
/// # Errors
/// As [`Tree::read`].
pub fn read_named(folder: &Path, path: &Path) -> Result<TextFile> {
    let shown = path.to_string_lossy().replace('\\', "/");
    let bytes = std::fs::read(folder.join(path)).map_err(|error| unreadable(&shown, error))?;
    text_file(&shown, bytes)
}

/// Writes a changed text over a file that exists, with the line ends that the file has.
///
/// # Errors
/// When it cannot be read or written.
pub fn replace(path: &Path, text: &str) -> Result<()> {
    let failed = |error| unwritable(path, error);
    let before = std::fs::read(path).map_err(failed)?;
    let has_crlf = before.windows(2).any(|pair| pair == b"\r\n");
    let text = if has_crlf {
        text.replace('\n', "\r\n")
    } else {
        text.to_owned()
    };
    std::fs::write(path, text).map_err(failed)
}

/// Writes a text file, over one that exists; its folder is made.
///
/// # Errors
/// When it cannot be written.
pub fn write(path: &Path, text: &str) -> Result<()> {
    path.parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::write(path, text))
        .map_err(|error| unwritable(path, error))
}

/// Writes a text file of a folder, over one that exists, but not through a link that leads out of the folder.
///
/// # Errors
/// When it cannot be written, or such a link is in the way.
pub fn write_over(folder: &Path, path: &str, text: &str) -> Result<()> {
    let target = folder.join(path);
    if target.symlink_metadata().is_err() {
        return write_new(folder, &[(path.to_owned(), text.into())]);
    }
    inside::refuse_outer(folder, &target)
        .map_err(|error| unwritable(&target, error))
        .and_then(|()| write(&target, text))
}

fn unwritable(path: &Path, error: std::io::Error) -> Error {
    Error::refused(format!("{} cannot be written", path.display()))
        .because(error)
        .hint("check that you may write there and that the disk has room")
}

fn list_folder(folder: &Path) -> std::io::Result<Vec<Entry>> {
    std::fs::read_dir(folder)?
        .map(|entry| {
            let entry = entry?;
            Ok(Entry {
                name: entry.file_name().to_string_lossy().into_owned(),
                // A linked folder is a folder; asking only for links spares a question for each file.
                is_folder: match entry.file_type()? {
                    kind if kind.is_symlink() => entry.path().is_dir(),
                    kind => kind.is_dir(),
                },
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_over_but_not_through_a_link_that_leads_out() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("project");
        let secret = outer.path().join("secret");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(&secret, "canary").unwrap();
        for text in ["first", "second"] {
            write_over(&folder, "manifests/shop.json", text).unwrap();
            let written = std::fs::read_to_string(folder.join("manifests/shop.json")).unwrap();
            assert_eq!(written, text);
        }
        std::os::unix::fs::symlink(&secret, folder.join("linked")).unwrap();
        std::os::unix::fs::symlink(outer.path(), folder.join("up")).unwrap();
        for path in ["linked", "up/secret", "up/new"] {
            let error = write_over(&folder, path, "overwritten").unwrap_err();
            assert!(error.causes[0].contains("leads out"), "{path}: {error:?}");
        }
        assert_eq!(std::fs::read_to_string(&secret).unwrap(), "canary");
        assert!(!outer.path().join("new").exists());
    }

    #[test]
    fn line_ends_do_not_change_the_fingerprint() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("lf"), "a\nb\n").unwrap();
        std::fs::write(folder.path().join("crlf"), "a\r\nb\r\n").unwrap();
        let tree = Tree::Folder(folder.path().to_path_buf());
        let [lf, crlf] = ["lf", "crlf"].map(|path| tree.read(path).unwrap().fingerprint());
        assert_eq!(lf, crlf);
        let mut buffer = Vec::new();
        let of_bytes = ["crlf", "lf"].map(|path| tree.fingerprinted(path, &mut buffer).unwrap().0);
        assert_eq!(of_bytes, [lf, crlf]);
    }

    #[test]
    fn a_byte_that_is_not_utf8_is_found_at_its_line() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.sql"), b"select 1;\nselect '\xff';").unwrap();
        let error = Tree::Folder(folder.path().to_path_buf())
            .read("a.sql")
            .unwrap_err();
        assert_eq!(error.place.unwrap().line_column(), Some((2, 9)));
    }
}
