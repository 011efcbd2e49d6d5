//! Files inside the program: folders that `include_dir!` has put there, each at its place in a project's tree.

use include_dir::Dir;

use super::{Entry, PROJECT_FILE};

/// A project's files inside the program.
#[derive(Clone, Debug, Default)]
pub struct Embedded {
    /// Path in the tree → folder; the empty path is the tree itself.
    folders: Vec<(&'static str, &'static Dir<'static>)>,
    project_file: Option<&'static str>,
}

impl Embedded {
    /// No files yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with a folder at a path: `sql`, or the empty path for a whole project.
    #[must_use]
    pub fn with(mut self, path: &'static str, folder: &'static Dir<'static>) -> Self {
        self.folders.push((path, folder));
        self
    }

    /// The same with the text of `workroom.toml`, where no folder holds it.
    #[must_use]
    pub fn with_project_file(mut self, text: &'static str) -> Self {
        self.project_file = Some(text);
        self
    }

    pub(super) fn file(&self, path: &str) -> Option<&'static [u8]> {
        if let Some(text) = self.project_file.filter(|_| path == PROJECT_FILE) {
            return Some(text.as_bytes());
        }
        self.below(path)
            .find_map(|(folder, rest)| Some(folder.get_file(rest)?.contents()))
    }

    /// The names in a folder.
    pub(super) fn list(&self, path: &str) -> Option<Vec<Entry>> {
        let mut folders = self.below(path).filter_map(|(folder, rest)| match rest {
            "" => Some(folder),
            rest => folder.get_dir(rest),
        });
        let entries = folders.next()?.entries().iter();
        let named = entries.filter_map(|entry| {
            Some(Entry {
                name: entry.path().file_name()?.to_str()?.to_owned(),
                is_folder: entry.as_dir().is_some(),
            })
        });
        Some(named.collect())
    }

    /// The folders that a path may lie in, with the rest of the path.
    fn below<'path>(
        &self,
        path: &'path str,
    ) -> impl Iterator<Item = (&'static Dir<'static>, &'path str)> {
        self.folders.iter().filter_map(move |(at, folder)| {
            let rest = match (*at, path.strip_prefix(at)?) {
                ("", rest) | (_, rest @ "") => rest,
                (_, rest) => rest.strip_prefix('/')?,
            };
            Some((*folder, rest))
        })
    }
}
