//! goose: `00001_name.sql` with `-- +goose` annotations; `goose_db_version`.

use super::convert::{found, misnamed, moment};
use super::{Format, Read, Reader};
use crate::error::{Error, Result};
use crate::files::TextFile;

pub(super) const FORMAT: Format = Format {
    name: "goose",
    folder: "migrations",
    table: "goose_db_version",
    beside: &[],
    read: Reader::Files(read),
    // Older versions of goose keep a row for each going up and down; the last one counts.
    history: |table| {
        format!(
            "select v.version_id::text, 'applied', {}, session_user, 0 from \
             (select distinct on (version_id) version_id, is_applied, tstamp from {table} order by version_id, id desc) as v \
             where v.is_applied and v.version_id > 0;",
            moment("v.tstamp")
        )
    },
    mend: "correct goose_db_version",
};

fn read(file: &TextFile) -> Result<Read> {
    let file_name = file.path.rsplit('/').next().unwrap_or_default();
    let Some(stem) = file_name.strip_suffix(".sql") else {
        let is_migration = file_name.ends_with(".go")
            && file_name.starts_with(|first: char| first.is_ascii_digit());
        return if is_migration && !file_name.ends_with("_test.go") {
            Err(misnamed(
                file,
                "a migration in Go cannot be taken over: write the SQL that it makes into a file",
            ))
        } else {
            Ok(Read::Left("no SQL"))
        };
    };
    let Some((version, words)) = stem.split_once('_') else {
        return Err(misnamed(file, "it is not called <version>_<name>.sql"));
    };
    let mut text = String::new();
    let mut headers: Vec<&str> = Vec::new();
    let mut is_up = false;
    let mut at = 0;
    for line in file.text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let annotation = line
            .trim()
            .strip_prefix("--")
            .and_then(|rest| rest.trim_start().strip_prefix("+goose"));
        let Some(annotation) = annotation else {
            if is_up {
                text.push_str(line);
            }
            continue;
        };
        match annotation.trim().to_ascii_lowercase().as_str() {
            "up" => is_up = true,
            "down" => is_up = false,
            "statementbegin" | "statementend" | "envsub off" => {}
            "no transaction" => headers.push("no-transaction"),
            _ => {
                return Err(Error::project(format!(
                    "{} has an annotation that is not understood",
                    file.path
                ))
                .at(file.place(start..start + line.trim_end().len()))
                .because("goose would change the text by the environment, or it is misspelt")
                .hint("write the SQL as it was run, without the annotation"));
            }
        }
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
