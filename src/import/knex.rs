//! knex: `migrations/20240504090241_name.js`, which are programs; `knex_migrations`.

use super::convert::moment;
use super::format::Folder;
use super::{Format, Reader, code};
use crate::error::Result;
use crate::files::Tree;

pub(super) const FORMAT: Format = Format {
    name: "knex",
    folder: "migrations",
    table: "knex_migrations",
    beside: &["knex_migrations_lock", "knex_migrations_lock_index_seq"],
    read: Reader::Whole(read),
    // A file that was compiled since is the same migration.
    history: |table| {
        format!(
            "select pg_catalog.regexp_replace(h.name, '\\.[^.]+$', ''), 'applied', {}, session_user, 0 from {table} as h order by h.id;",
            moment("h.migration_time")
        )
    },
    mend: "run `knex migrate:latest`",
};

fn read(tree: &Tree) -> Result<Folder> {
    let (mut steps, mut left) = (Vec::new(), Vec::new());
    for entry in tree.list("")?.unwrap_or_default() {
        let program = entry
            .name
            .rsplit_once('.')
            .filter(|(stem, ending)| {
                ["js", "ts", "cjs", "mjs", "coffee"].contains(ending) && !stem.ends_with(".d")
            })
            .map(|(stem, _)| stem.to_owned());
        match program.filter(|_| !entry.is_folder) {
            Some(stem) => steps.push((entry.name, stem)),
            None => left.push((entry.name, "no migration")),
        }
    }
    Ok(code::folder(steps, left))
}
