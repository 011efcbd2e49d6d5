//! What a folder holds: files of CSV, JSON lines and JSON, and the parts of an exported `localStorage`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::json;
use super::mapping::FILE;
use crate::error::{Error, Place, Result};
use crate::files::{TextFile, Tree, read_named};

/// Something that rows come from.
#[derive(Clone, Debug)]
pub struct Source {
    /// What a mapping calls it: `contacts.csv`, `export.json`, or `localStorage.json#contacts` for a part of an object.
    pub name: String,
    /// The file, as its user knows it.
    pub shown: String,
    /// How rows are read.
    pub(super) form: Form,
}

/// How rows are read.
#[derive(Clone, Debug)]
pub(super) enum Form {
    /// Records of a file that is read as a stream.
    Csv(PathBuf),
    /// One object a line, of a file that is read as a stream.
    JsonLines(PathBuf),
    /// The elements of an array in a text.
    Json {
        /// The text that holds the array.
        text: Arc<str>,
        /// Where the array begins.
        start: usize,
        /// The line of the file that all rows stand on, where the array was written as a text.
        only_line: Option<u64>,
    },
}

impl Source {
    /// A line of it, for a message.
    #[must_use]
    pub fn place(&self, line: u64) -> Place {
        Place::line(&self.shown, usize::try_from(line).unwrap_or(usize::MAX))
    }

    /// The name without folders and endings, which a table's name may be read from.
    #[must_use]
    pub fn stem(&self) -> &str {
        match self.name.split_once('#') {
            Some((_, key)) => key,
            None => self
                .name
                .rsplit_once('.')
                .map_or(&self.name, |(stem, _)| stem),
        }
    }
}

/// Opens a file that is read as a stream.
pub(super) fn open(path: &Path, shown: &str) -> Result<File> {
    File::open(path).map_err(|error| unreadable(shown, error))
}

pub(super) fn unreadable(shown: &str, error: std::io::Error) -> Error {
    Error::project(format!("{shown} cannot be read"))
        .at(Place::file(shown))
        .because(error)
        .hint("check that the file exists and that you may read it")
}

/// Everything in a folder that rows come from, sorted by name. `shown` is what its user calls the folder.
///
/// # Errors
/// When there is no such folder, it holds nothing of that kind, or a file of JSON holds no array of rows: all such files.
pub fn find(folder: &Path, shown: &str) -> Result<Vec<Source>> {
    let tree = Tree::Folder(folder.to_path_buf());
    let Some(entries) = tree.list("")? else {
        return Err(Error::refused(format!("there is no folder {shown}"))
            .hint("name the folder that holds your CSV, JSON or JSON-lines files"));
    };
    let mut sources = Vec::new();
    let mut mistakes = Vec::new();
    for entry in entries {
        if entry.is_folder || entry.name == FILE {
            continue;
        }
        let path = folder.join(&entry.name);
        let called = format!("{}/{}", shown.trim_end_matches('/'), entry.name);
        let ending = Path::new(&entry.name)
            .extension()
            .and_then(|ending| ending.to_str())
            .unwrap_or_default()
            .to_ascii_lowercase();
        let form = match ending.as_str() {
            "csv" | "tsv" => Form::Csv(path),
            "jsonl" | "ndjson" => Form::JsonLines(path),
            "json" => {
                match read_named(folder, entry.name.as_ref()).and_then(|file| {
                    let file = TextFile::new(called, file.text);
                    parts(&entry.name, &file)
                }) {
                    Ok(found) => sources.extend(found),
                    Err(mistake) => mistakes.push(mistake),
                }
                continue;
            }
            _ => continue,
        };
        sources.push(Source {
            name: entry.name,
            shown: called,
            form,
        });
    }
    Error::all(mistakes)?;
    if sources.is_empty() {
        return Err(Error::refused(format!("{shown} holds nothing to import"))
            .because("files that end in .csv, .tsv, .json, .jsonl or .ndjson are read"));
    }
    Ok(sources)
}

/// The array that a file of JSON is, or those that its members are: as arrays, or written as texts, as `localStorage`
/// keeps them. What is no array of objects, as a colour or a setting, is left out.
fn parts(name: &str, file: &TextFile) -> Result<Vec<Source>> {
    let source = |name: String, text: Arc<str>, start, only_line| Source {
        name,
        shown: file.path.clone(),
        form: Form::Json {
            text,
            start,
            only_line,
        },
    };
    let wrong = |at: usize, why: &str| {
        Error::project(format!("{} cannot be read as JSON", file.path))
            .at(file.place(at..at + 1))
            .because(why)
            .hint("an array of objects is expected, or an object of such arrays")
    };
    let text = &file.text;
    let start = text.len() - text.trim_start().len();
    match text.as_bytes().get(start) {
        Some(b'[') => Ok(vec![source(name.to_owned(), Arc::clone(text), start, None)]),
        Some(b'{') => {
            let members = json::members(text, start..text.trim_end().len())
                .map_err(|(at, why)| wrong(at, &why))?;
            let mut found = Vec::new();
            for (key, span) in members {
                let name = format!("{name}#{key}");
                let line = text[..span.start].matches('\n').count() as u64 + 1;
                match text.as_bytes()[span.start] {
                    b'[' => found.push(source(name, Arc::clone(text), span.start, None)),
                    b'"' => {
                        let inner = json::string(&text[span]);
                        let start = inner.len() - inner.trim_start().len();
                        if inner[start..].starts_with("[{") || inner[start..].trim_end() == "[]" {
                            found.push(source(name, Arc::from(&*inner), start, Some(line)));
                        }
                    }
                    _ => {}
                }
            }
            if found.is_empty() {
                return Err(wrong(
                    start,
                    "no member of this object is an array of objects",
                ));
            }
            Ok(found)
        }
        _ => Err(wrong(start, "it holds neither an array nor an object")),
    }
}
