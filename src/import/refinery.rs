//! refinery: `V1__name.sql`, `U1__name.sql` (in any order); `refinery_schema_history`.

use super::convert::{found, misnamed, moment};
use super::{Format, Read, Reader};
use crate::error::Result;
use crate::files::TextFile;

pub(super) const FORMAT: Format = Format {
    name: "refinery",
    folder: "migrations",
    table: "refinery_schema_history",
    beside: &[],
    read: Reader::Files(read),
    history: |table| {
        format!(
            "select version::text, 'applied', {}, session_user, 0 from {table};",
            moment("applied_on")
        )
    },
    mend: "correct refinery_schema_history",
};

fn read(file: &TextFile) -> Result<Read> {
    let file_name = file.path.rsplit('/').next().unwrap_or_default();
    let Some(stem) = file_name.strip_suffix(".sql") else {
        return if file_name.ends_with(".rs") && file_name != "mod.rs" && file_name != "lib.rs" {
            Err(misnamed(
                file,
                "a migration in Rust cannot be taken over: write the SQL that it makes into a file",
            ))
        } else {
            Ok(Read::Left("no SQL"))
        };
    };
    let headers: &[&str] = if stem.starts_with('U') {
        &["out-of-order"]
    } else {
        &[]
    };
    match stem
        .strip_prefix(['V', 'U'])
        .and_then(|rest| rest.split_once("__"))
    {
        Some((version, words)) => {
            found(file, version, words, &file.text, headers).map(Read::Migration)
        }
        None => Err(misnamed(
            file,
            "refinery ignores it, so that it was never applied",
        )),
    }
}
