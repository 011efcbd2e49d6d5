//! Alembic: `versions/*.py`, which are programs and a graph; `alembic_version`, which has the last revisions alone.

use std::collections::BTreeSet;

use super::folder::collect;
use super::format::{Code, Folder};
use super::{Format, Reader, code};
use crate::error::Result;
use crate::files::Tree;

pub(super) const FORMAT: Format = Format {
    name: "alembic",
    folder: "alembic/versions",
    table: "alembic_version",
    beside: &[],
    read: Reader::Whole(read),
    history: |table| {
        format!("select h.version_num, 'applied', null, session_user, 0 from {table} as h;")
    },
    mend: "run `alembic upgrade head`",
};

fn read(tree: &Tree) -> Result<Folder> {
    let mut paths = Vec::new();
    collect(tree, "", &mut paths)?;
    let (mut steps, mut left) = (Vec::new(), Vec::new());
    let mut followed = BTreeSet::new();
    for path in paths {
        let revision = if path.ends_with(".py") {
            let text = tree.read(&path)?.text;
            followed.extend(assigned(&text, "down_revision"));
            assigned(&text, "revision").into_iter().next()
        } else {
            None
        };
        match revision {
            Some(revision) => steps.push((path, revision)),
            None => left.push((path, "no migration")),
        }
    }
    // The database names the heads; what lies before them is not written down there.
    steps.retain(|(_, revision)| !followed.contains(revision));
    let mut folder = code::folder(steps, left);
    if let Some(code) = folder.code.take() {
        folder.code = Some(Code {
            is_whole_history: false,
            ..code
        });
    }
    Ok(folder)
}

/// The texts that a variable of the module is set to, with or without its type.
fn assigned(text: &str, variable: &str) -> Vec<String> {
    let value = text.lines().enumerate().find_map(|(at, line)| {
        let rest = line.strip_prefix(variable)?;
        let (kind, value) = rest.split_once('=')?;
        let is_it = kind.trim().is_empty() || kind.trim_start().starts_with(':');
        is_it.then(|| (at, value.to_owned()))
    });
    let Some((at, mut value)) = value else {
        return Vec::new();
    };
    // A tuple may go on below.
    for line in text.lines().skip(at + 1) {
        if value.matches('(').count() <= value.matches(')').count() {
            break;
        }
        value.push_str(line);
    }
    let parts = value.split(['"', '\'']).skip(1).step_by(2);
    parts.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_are_read_with_and_without_a_type() {
        assert_eq!(assigned("revision: str = 'ab12'\n", "revision"), ["ab12"]);
        assert_eq!(assigned("revision = \"ab12\"\n", "revision"), ["ab12"]);
        assert!(assigned("down_revision: Union[str, None] = None\n", "down_revision").is_empty());
        assert_eq!(
            assigned(
                "down_revision = (\n  'a',\n  'b',\n)\nx = 'c'\n",
                "down_revision"
            ),
            ["a", "b"]
        );
    }
}
