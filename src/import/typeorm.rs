//! TypeORM: classes `CreateOrders1714813361123`, which are programs; `migrations`.

use super::folder::collect;
use super::format::Folder;
use super::{Format, Reader, code};
use crate::error::Result;
use crate::files::Tree;

pub(super) const FORMAT: Format = Format {
    name: "typeorm",
    folder: "src/migrations",
    table: "migrations",
    beside: &["typeorm_metadata"],
    read: Reader::Whole(read),
    history: |table| {
        format!(
            "select h.\"timestamp\"::text, 'applied', null, session_user, 0 from {table} as h order by h.id;"
        )
    },
    mend: "run `typeorm migration:run`",
};

fn read(tree: &Tree) -> Result<Folder> {
    let mut paths = Vec::new();
    collect(tree, "", &mut paths)?;
    let (mut steps, mut left) = (Vec::new(), Vec::new());
    for path in paths {
        let is_program = [".ts", ".js", ".mts", ".mjs", ".cts", ".cjs"]
            .iter()
            .any(|ending| path.ends_with(ending));
        let found = if is_program && !path.ends_with(".d.ts") {
            classes(&tree.read(&path)?.text)
        } else {
            Vec::new()
        };
        if found.is_empty() {
            left.push((path, "no migration"));
            continue;
        }
        steps.extend(found.into_iter().map(|moment| (path.clone(), moment)));
    }
    steps.sort_by(|one, other| one.1.cmp(&other.1));
    // What was compiled beside its source is the same migration.
    steps.dedup_by(|one, other| one.1 == other.1);
    Ok(code::folder(steps, left))
}

/// The 13 digits at the end of each class's name, by which TypeORM orders and remembers them.
fn classes(text: &str) -> Vec<String> {
    let classes = text.split("class ").skip(1).filter_map(|rest| {
        let end = rest.find(|one: char| !one.is_alphanumeric() && one != '_' && one != '$')?;
        let name = &rest[..end];
        let start = name.len().checked_sub(13)?;
        let digits = name.get(start..)?;
        digits
            .bytes()
            .all(|one| one.is_ascii_digit())
            .then(|| digits.to_owned())
    });
    classes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_named_with_its_moment() {
        assert_eq!(
            classes(
                "export class A1714813361123 implements MigrationInterface {}\nclass Helper {}"
            ),
            ["1714813361123"]
        );
    }
}
