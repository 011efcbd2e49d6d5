//! sqlx-cli: `1_name.sql` or `1_name.up.sql` with `.down.sql`, `-- no-transaction`; `_sqlx_migrations`.

use super::convert::{found, misnamed, moment};
use super::{Format, Read, Reader};
use crate::error::Result;
use crate::files::TextFile;

pub(super) const FORMAT: Format = Format {
    name: "sqlx",
    folder: "migrations",
    table: "_sqlx_migrations",
    beside: &[],
    read: Reader::UpAndDown(read),
    history: |table| {
        format!(
            "select version::text, case when success then 'applied' else 'dirty' end, {}, session_user, \
             greatest(execution_time, 0) / 1e6 from {table};",
            moment("installed_on")
        )
    },
    mend: "set its `success` in _sqlx_migrations, or delete its row",
};

fn read(file: &TextFile) -> Result<Read> {
    let file_name = file.path.rsplit('/').next().unwrap_or_default();
    let Some(stem) = file_name.strip_suffix(".sql") else {
        return Ok(Read::Left("no SQL"));
    };
    let stem = stem.strip_suffix(".up").unwrap_or(stem);
    // Only as the very first bytes, as sqlx has it.
    let headers: &[&str] = if file.text.starts_with("-- no-transaction") {
        &["no-transaction"]
    } else {
        &[]
    };
    match stem.split_once('_') {
        Some((version, words)) => {
            found(file, version, words, &file.text, headers).map(Read::Migration)
        }
        None => Err(misnamed(
            file,
            "sqlx ignores it, so that it was never applied",
        )),
    }
}
