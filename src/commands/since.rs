//! What of a project is not in a commit: asked of git, which runs nothing of the repository for it. Files are compared with
//! what git keeps and not by `git diff`, which would start filters that the repository's settings name.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::{Error, Kind, Result};
use crate::files::TextFile;
use crate::server;

/// Files that are other than in the commit, by their paths, each with its text there; none where it is new.
pub(super) type Changed = BTreeMap<String, Option<String>>;

/// The files that are new or other than in the commit where this branch left the one that is named.
///
/// # Errors
/// When git cannot be run, the folder is in no repository, or the commit is not known.
pub(super) fn changed<'a>(
    folder: &Path,
    reference: &str,
    files: impl Iterator<Item = &'a TextFile>,
) -> Result<Changed> {
    let base = base(folder, reference)?;
    let files: Vec<&TextFile> = files.collect();
    let kept = texts(folder, &base, files.iter().map(|file| file.path.as_str()))?;
    let both = files.into_iter().zip(kept);
    let changed = both.filter(|(file, kept)| kept.as_deref() != Some(&*file.text));
    Ok(changed
        .map(|(file, kept)| (file.path.clone(), kept))
        .collect())
}

/// The files below some folders that the commit has and the folder has no longer.
///
/// # Errors
/// As [`changed`].
pub(super) fn gone(
    folder: &Path,
    reference: &str,
    below: &[&str],
    there: &BTreeSet<&str>,
) -> Result<Changed> {
    let base = base(folder, reference)?;
    let mut arguments = vec!["ls-tree", "-r", "-z", "--name-only", base.as_str(), "--"];
    arguments.extend(below);
    let output = git(folder).args(arguments).output().map_err(not_run)?;
    let listed = String::from_utf8_lossy(&output.stdout);
    let paths = listed.split('\0').filter(|path| !path.is_empty());
    let paths: Vec<&str> = paths.filter(|path| !there.contains(path)).collect();
    let kept = texts(folder, &base, paths.iter().copied())?;
    Ok(paths.into_iter().map(str::to_owned).zip(kept).collect())
}

/// The commit where this branch left another.
fn base(folder: &Path, reference: &str) -> Result<String> {
    let unknown = |said: String| {
        Error::new(
            Kind::Usage,
            format!("git knows no commit `{reference}` here"),
        )
        .because(said)
        .hint("name a branch, a tag or a commit, such as origin/main")
        .hint("a clone in CI may be shallow: fetch the whole history, or that branch")
    };
    let wanted = format!("{reference}^{{commit}}");
    let commit = ask(
        folder,
        &["rev-parse", "--verify", "--end-of-options", &wanted],
    )?;
    let commit = commit.map_err(unknown)?;
    Ok(ask(folder, &["merge-base", &commit, "HEAD"])?.unwrap_or(commit))
}

/// What a commit has under some paths; nothing for those that it has not.
fn texts<'a>(
    folder: &Path,
    commit: &str,
    paths: impl Iterator<Item = &'a str>,
) -> Result<Vec<Option<String>>> {
    let names: String = paths.map(|path| format!("{commit}:./{path}\n")).collect();
    let kept = objects(folder, &names)?.into_iter();
    let text = |bytes: Vec<u8>| Some(String::from_utf8(bytes).ok()?.replace("\r\n", "\n"));
    Ok(kept.map(|bytes| bytes.and_then(text)).collect())
}

/// A git that asks nobody, fetches nothing and writes nothing.
fn git(folder: &Path) -> Command {
    let mut command = server::isolated("git");
    command
        .args(["--no-pager", "-c", "core.fsmonitor=false", "-C"])
        .arg(folder)
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0");
    command
}

fn not_run(error: std::io::Error) -> Error {
    Error::new(Kind::Usage, "git cannot be run")
        .because(error)
        .hint("what has changed is asked of git, which has to be on the PATH")
}

/// The first line of an answer, or what git said instead.
fn ask(folder: &Path, arguments: &[&str]) -> Result<Result<String, String>> {
    let output = git(folder).args(arguments).output().map_err(not_run)?;
    let line = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        text.lines().next().unwrap_or_default().to_owned()
    };
    Ok(if output.status.success() {
        Ok(line(&output.stdout))
    } else {
        Err(line(&output.stderr))
    })
}

/// What git keeps under names, a line each; nothing where it keeps no such file.
fn objects(folder: &Path, names: &str) -> Result<Vec<Option<Vec<u8>>>> {
    let mut child = git(folder)
        .args(["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(not_run)?;
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let mut answer = Vec::new();
    // It answers while it is still being asked.
    std::thread::scope(|scope| {
        scope.spawn(|| input.map(|mut input| input.write_all(names.as_bytes())));
        output.map(|mut output| output.read_to_end(&mut answer))
    });
    child.wait().map_err(not_run)?;
    Ok(answers(&answer, names.lines().count()))
}

/// `<name> blob <size>`, a line feed, so many bytes and a line feed; or `<name> missing` on a line.
fn answers(mut bytes: &[u8], count: usize) -> Vec<Option<Vec<u8>>> {
    let mut found = Vec::with_capacity(count);
    for _ in 0..count {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let (line, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
        bytes = rest.get(1..).unwrap_or_default();
        let line = String::from_utf8_lossy(line);
        let size = line
            .rsplit_once(" blob ")
            .and_then(|(_, size)| size.parse::<usize>().ok());
        found.push(size.map(|size| {
            let (text, rest) = bytes.split_at(size.min(bytes.len()));
            bytes = rest.get(1..).unwrap_or_default();
            text.to_vec()
        }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_keeps_is_read_file_by_file() {
        let answer = b"1234 blob 6\na\nb\nc\n\nx:./sql/a blob.sql missing\n5678 tree 0\n\n";
        let found = answers(&answer[..], 2);
        assert_eq!(found, [Some(b"a\nb\nc\n".to_vec()), None]);
        assert_eq!(answers(b"", 2), [None, None]);
    }

    #[test]
    fn new_and_changed_files_are_told_from_those_of_the_commit() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("shop");
        std::fs::create_dir_all(inside.join("sql")).unwrap();
        let write = |path: &str, text: &str| std::fs::write(inside.join(path), text).unwrap();
        let run = |arguments: &[&str]| {
            let person = ["-c", "user.name=x", "-c", "user.email=x@shop.example"];
            let said = git(folder.path())
                .args(person)
                .args(arguments)
                .output()
                .unwrap();
            assert!(said.status.success(), "{said:?}");
        };
        run(&["init", "-q", "-b", "main"]);
        write("sql/same.sql", "select 1;\r\n");
        write("sql/changed.sql", "select 2;\n");
        run(&["add", "."]);
        run(&["commit", "-q", "-m", "first"]);
        run(&["checkout", "-q", "-b", "work"]);
        let files = [
            TextFile::new("sql/same.sql", "select 1;\n"),
            TextFile::new("sql/changed.sql", "select 3;\n"),
            TextFile::new("sql/new.sql", "select 4;\n"),
        ];
        let found = changed(&inside, "main", files.iter()).unwrap();
        let before = [
            ("sql/changed.sql".to_owned(), Some("select 2;\n".to_owned())),
            ("sql/new.sql".to_owned(), None),
        ];
        assert_eq!(found, Changed::from(before));
        let there = BTreeSet::from(["sql/same.sql"]);
        let found = gone(&inside, "main", &["sql", "views"], &there).unwrap();
        assert_eq!(Vec::from_iter(found.keys()), ["sql/changed.sql"]);
        let error = changed(&inside, "nosuch", files.iter()).unwrap_err();
        assert!(error.message.contains("`nosuch`"), "{error:?}");
        assert!(changed(&inside, "--all", files.iter()).is_err());
    }
}
