//! dbmate: `20240504090241_name.sql` with `-- migrate:up` and `-- migrate:down`; `schema_migrations`.

use super::convert::{found, misnamed};
use super::{Format, Read, Reader};
use crate::error::{Error, Result};
use crate::files::TextFile;

pub(super) const FORMAT: Format = Format {
    name: "dbmate",
    folder: "db/migrations",
    table: "schema_migrations",
    beside: &[],
    read: Reader::Files(read),
    history: |table| {
        format!("select version::text, 'applied', null, session_user, 0 from {table};")
    },
    mend: "correct schema_migrations",
};

fn read(file: &TextFile) -> Result<Read> {
    let file_name = file.path.rsplit('/').next().unwrap_or_default();
    let Some(stem) = file_name.strip_suffix(".sql") else {
        return Ok(Read::Left("no SQL"));
    };
    let Some((version, words)) = stem.split_once('_') else {
        return Err(misnamed(file, "it is not called <version>_<name>.sql"));
    };
    let mut text = String::new();
    let mut headers: Vec<&str> = Vec::new();
    let (mut is_up, mut has_up) = (false, false);
    let mut at = 0;
    for line in file.text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let marker = line
            .trim()
            .strip_prefix("--")
            .and_then(|rest| rest.trim_start().strip_prefix("migrate:"));
        match marker {
            Some(marker) if marker.starts_with("up") => {
                if has_up {
                    return Err(Error::project(format!(
                        "{} has several sections `migrate:up`",
                        file.path
                    ))
                    .at(file.place(start..start + line.trim_end().len()))
                    .because("dbmate runs the first one alone, and records the version as applied")
                    .hint("keep the first in this file, and make a migration of its own of each other"));
                }
                (is_up, has_up) = (true, true);
                if marker
                    .split_whitespace()
                    .any(|option| option == "transaction:false")
                {
                    headers.push("no-transaction");
                }
            }
            Some(_) => is_up = false,
            None if is_up => text.push_str(line),
            None => {}
        }
    }
    if !has_up {
        return Err(misnamed(
            file,
            "it has no section `-- migrate:up`, without which dbmate runs none",
        ));
    }
    found(
        file,
        version,
        words,
        text.trim_start_matches('\n'),
        &headers,
    )
    .map(Read::Migration)
}
