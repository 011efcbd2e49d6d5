//! What the layout promises, held by reading the source: who may use whom, where each crate lives, how long a file is.

mod circles;
mod crates;
mod files;
mod layers;
mod programs;
mod systems;

use std::fs;
use std::path::{Path, PathBuf};

/// A file of `src/` by its path below it, with its text but for comments.
struct Source {
    path: String,
    code: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The Rust files of a folder and of those below it.
fn paths_below(folder: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            paths.extend(paths_below(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
    paths.sort();
    paths
}

fn sources() -> Vec<Source> {
    let src = root().join("src");
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        Source {
            path: path.strip_prefix(&src).unwrap().display().to_string(),
            code: without_comments(&text),
        }
    };
    paths_below(&src).into_iter().map(read).collect()
}

/// Lines that are comments as a whole are taken out; a word after code stays, and counts.
fn without_comments(text: &str) -> String {
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Whether a file is the module itself or lies in its folder.
fn belongs(path: &str, module: &str) -> bool {
    path == format!("{module}.rs") || path.starts_with(&format!("{module}/"))
}

/// The file that a module begins in exists, so that a renamed one does not silence its rule.
fn assert_exists(sources: &[Source], module: &str) {
    assert!(
        sources.iter().any(|source| belongs(&source.path, module)),
        "src/{module} is in a rule of this test and does not exist"
    );
}

/// Whether a name stands in a list of imports that begins in this way.
fn imports(code: &str, beginning: &str, name: &str) -> bool {
    code.split(beginning).skip(1).any(|list| {
        let list = &list[..list.find(';').unwrap_or(list.len())];
        list.split(|part: char| !(part.is_alphanumeric() || part == '_'))
            .any(|word| word == name)
    })
}
