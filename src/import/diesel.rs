//! diesel: `2024-05-04-090241_name/up.sql` with `down.sql` and `metadata.toml`; `__diesel_schema_migrations`.

use super::convert::{found, misnamed, moment};
use super::{Format, Read, Reader};
use crate::error::Result;
use crate::files::TextFile;

pub(super) const FORMAT: Format = Format {
    name: "diesel",
    folder: "migrations",
    table: "__diesel_schema_migrations",
    beside: &[],
    read: Reader::UpAndDown(read),
    history: |table| {
        format!(
            "select version, 'applied', {}, session_user, 0 from {table};",
            moment("run_on")
        )
    },
    mend: "correct __diesel_schema_migrations",
};

fn read(file: &TextFile) -> Result<Read> {
    let Some((folder, file_name)) = file.path.rsplit_once('/') else {
        return Ok(Read::Left("no migration"));
    };
    match file_name {
        "up.sql" => {}
        _ => return Ok(Read::Left("no SQL")),
    }
    let folder = folder.rsplit('/').next().unwrap_or_default();
    let Some((version, words)) = folder.split_once('_') else {
        return Err(misnamed(file, "its folder is not called <version>_<name>"));
    };
    // The history has the version without hyphens. A statement that needs no transaction says so by itself: diesel
    // keeps `run_in_transaction = false` in another file.
    let version = version.replace('-', "");
    found(file, &version, words, &file.text, &[]).map(Read::Migration)
}
