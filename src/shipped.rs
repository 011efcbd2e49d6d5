//! The shipped systems and the pages of lint rules, which lie inside the program and not in the library: editing one builds nothing else again.

use workroom::files::{Embedded, Tree};
use workroom::include_dir::{self, Dir};

static SQL: Dir<'_> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/sql");
static VIEWS: Dir<'_> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/views");
static POLICIES: Dir<'_> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/policies");
static SYNC: Dir<'_> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/sync");
static SEEDS: Dir<'_> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/seeds");
static PAGES: Dir<'_> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/docs/lint");
const PROJECT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/workroom.toml"));

/// The project of the shipped systems, and `docs/lint/`.
pub(crate) fn tree() -> Tree {
    Tree::Embedded(
        Embedded::new()
            .with("sql", &SQL)
            .with("views", &VIEWS)
            .with("policies", &POLICIES)
            .with("seeds", &SEEDS)
            .with("docs/lint", &PAGES)
            .with("sync", &SYNC)
            .with_project_file(PROJECT),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_files_are_the_ones_of_the_repository() {
        let disk = Tree::Folder(env!("CARGO_MANIFEST_DIR").into());
        let names = |tree: &Tree| tree.project_files().expect("the files are readable");
        let (shipped, disk) = (names(&tree()), names(&disk));
        assert!(shipped.len() > 50, "{}", shipped.len());
        // `include_dir!` notices a changed file, and neither a new one nor one that is gone.
        assert!(shipped == disk, "touch src/shipped.rs and build again");
    }
}
