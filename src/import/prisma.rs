//! Prisma: `prisma/migrations/20240504090241_name/migration.sql`; `_prisma_migrations`.

use super::convert::{by_text, by_text_sql, found, misnamed, moment};
use super::{Format, Read, Reader};
use crate::error::Result;
use crate::files::TextFile;

pub(super) const FORMAT: Format = Format {
    name: "prisma",
    folder: "prisma/migrations",
    table: "_prisma_migrations",
    beside: &[],
    read: Reader::Files(read),
    // A migration that was tried again has a row for each time.
    history: |table| {
        format!(
            "select {}, case when h.finished_at is null then 'dirty' else 'applied' end, {}, session_user, \
             coalesce(extract(epoch from h.finished_at - h.started_at) * 1000, 0) from \
             (select distinct on (migration_name) * from {table} where rolled_back_at is null \
             order by migration_name, finished_at nulls last) as h;",
            by_text_sql("split_part(h.migration_name, '_', 1)"),
            moment("h.finished_at")
        )
    },
    mend: "run `prisma migrate resolve`",
};

fn read(file: &TextFile) -> Result<Read> {
    let Some((folder, "migration.sql")) = file.path.rsplit_once('/') else {
        return Ok(Read::Left("no migration"));
    };
    let folder = folder.rsplit('/').next().unwrap_or_default();
    let Some((version, words)) = folder.split_once('_') else {
        return Err(misnamed(file, "its folder is not called <version>_<name>"));
    };
    found(file, &by_text(version), words, &file.text, &[]).map(Read::Migration)
}
