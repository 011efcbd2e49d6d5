//! golang-migrate: `1_name.up.sql` with `.down.sql`; `schema_migrations`, which has one row: the latest version.

use super::convert::{found, misnamed};
use super::{Format, Read, Reader};
use crate::error::Result;
use crate::files::TextFile;

pub(super) const FORMAT: Format = Format {
    name: "golang-migrate",
    folder: "migrations",
    table: "schema_migrations",
    beside: &[],
    read: Reader::UpAndDown(read),
    history: |table| {
        format!(
            "select version::text, case when dirty then 'dirty' else 'upto' end, null, session_user, 0 from {table};"
        )
    },
    mend: "run `migrate force VERSION`",
};

fn read(file: &TextFile) -> Result<Read> {
    let file_name = file.path.rsplit('/').next().unwrap_or_default();
    let Some(stem) = file_name.strip_suffix(".sql") else {
        return Ok(Read::Left("no SQL"));
    };
    let parts = stem
        .strip_suffix(".up")
        .and_then(|stem| stem.split_once('_'));
    let Some((version, words)) = parts else {
        return Err(misnamed(
            file,
            "it is not called <version>_<name>.up.sql, so that it was never applied",
        ));
    };
    // It runs outside of a transaction unless the file opens one; only what must keeps that.
    found(file, version, words, &file.text, &[]).map(Read::Migration)
}
