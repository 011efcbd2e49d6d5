//! Flyway: `V1_2__name.sql`, `R__name.sql`, `U…` and `B…`; `flyway_schema_history`.

use super::convert::{found, misnamed, moment};
use super::{Format, Read, Reader};
use crate::error::{Error, Result};
use crate::files::TextFile;

pub(super) const FORMAT: Format = Format {
    name: "flyway",
    folder: "sql",
    table: "flyway_schema_history",
    beside: &[],
    read: Reader::Files(read),
    // The last row of a version counts: it may have been undone. Repeatable migrations have none.
    history: |table| {
        format!(
            "select coalesce(h.version, '0'), case when not h.success then 'dirty' when h.version is null then 'repeatable' \
             when h.type like '%BASELINE' then 'upto' when h.type like 'UNDO%' or h.type = 'DELETE' then 'undone' \
             else 'applied' end, {}, h.installed_by, h.execution_time, h.script || ' ' || h.checksum from \
             (select distinct on (coalesce(version, script)) * from {table} where type <> 'SCHEMA' \
             order by coalesce(version, script), installed_rank desc) as h;",
            moment("h.installed_on")
        )
    },
    mend: "run `flyway repair`",
};

fn read(file: &TextFile) -> Result<Read> {
    let file_name = file.path.rsplit('/').next().unwrap_or_default();
    let Some(stem) = file_name.strip_suffix(".sql") else {
        return Ok(Read::Left("no SQL"));
    };
    let Some((prefix, words)) = stem.split_once("__") else {
        return Err(misnamed(
            file,
            "two underscores stand between version and name",
        ));
    };
    match prefix.chars().next() {
        Some('R') => {}
        Some('V') => {}
        Some('U') => return Ok(Read::Left("undoes a migration")),
        Some('B') => return Ok(Read::Left("stands for migrations before it")),
        _ => return Err(misnamed(file, "it begins neither with V nor with R")),
    }
    if let Some(start) = file.text.find("${") {
        let end = file.text[start..]
            .find('}')
            .map_or(start + 2, |end| start + end + 1);
        return Err(Error::project(format!("{} has a placeholder", file.path))
            .at(file.place(start..end))
            .because("Flyway puts a value of its configuration there")
            .hint("write the value itself"));
    }
    if prefix == "R" {
        return Ok(Read::Repeatable(file.text.to_string()));
    }
    found(file, &prefix[1..], words, &file.text, &[]).map(Read::Migration)
}

/// Flyway's name and checksum of a file: CRC-32 of its lines without their ends, as a signed number.
pub(super) fn applied_as(path: &str, text: &str) -> String {
    let mut checksum = u32::MAX;
    for byte in text.lines().flat_map(str::bytes) {
        checksum ^= u32::from(byte);
        for _ in 0..8 {
            checksum = (checksum >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(checksum & 1));
        }
    }
    format!("{path} {}", (!checksum).cast_signed())
}
