//! node-pg-migrate: `1714813361123_name.sql` with `-- Up Migration` and `-- Down Migration`, or programs; `pgmigrations`.

use super::convert::{found, misnamed, moment};
use super::format::{Code, Folder, Found};
use super::{Format, Reader};
use crate::error::{Error, Result};
use crate::files::Tree;

pub(super) const FORMAT: Format = Format {
    name: "node-pg-migrate",
    folder: "migrations",
    table: "pgmigrations",
    beside: &[],
    read: Reader::Whole(read),
    history: |table| {
        format!(
            "select h.name, 'applied', {}, session_user, 0 from {table} as h order by h.id;",
            moment("h.run_on")
        )
    },
    mend: "run `node-pg-migrate up`",
};

const PROGRAMS: [&str; 6] = ["js", "ts", "cjs", "mjs", "cts", "mts"];

fn read(tree: &Tree) -> Result<Folder> {
    let mut all = Folder::default();
    let mut files: Vec<(u64, String, String)> = Vec::new();
    let mut mistakes = Vec::new();
    let mut has_programs = false;
    for entry in tree.list("")?.unwrap_or_default() {
        let parts = entry.name.rsplit_once('.');
        let Some((stem, ending)) = parts.filter(|_| !entry.is_folder) else {
            continue;
        };
        if ending != "sql" && !PROGRAMS.contains(&ending) {
            all.left.push((entry.name.clone(), "no migration"));
            continue;
        }
        has_programs |= ending != "sql";
        match prefix(stem) {
            Some(prefix) => files.push((prefix, stem.to_owned(), entry.name.clone())),
            None => mistakes.push(misnamed(
                &tree.read(&entry.name)?,
                "it does not begin with a number",
            )),
        }
    }
    Error::all(mistakes)?;
    files.sort();
    if has_programs {
        all.code = Some(Code {
            steps: files
                .into_iter()
                .map(|(_, stem, file)| (file, stem))
                .collect(),
            is_whole_history: true,
            schema: None,
        });
        return Ok(all);
    }
    let mut mistakes = Vec::new();
    for (prefix, stem, path) in files {
        let file = tree.read(&path)?;
        let words = stem.trim_start_matches(|one: char| one.is_ascii_digit());
        match found(&file, &prefix.to_string(), words, up(&file.text), &[]) {
            Ok(one) => all.migrations.push(Found {
                identity: Some(stem),
                ..one
            }),
            Err(error) => mistakes.push(error),
        }
    }
    Error::all(mistakes)?;
    Ok(all)
}

/// The number that a name begins with; 17 digits are a moment in UTC, and count as its milliseconds since 1970.
fn prefix(stem: &str) -> Option<u64> {
    let digits = stem.bytes().take_while(u8::is_ascii_digit).count();
    let number: u64 = stem[..digits].parse().ok()?;
    if digits != 17 {
        return Some(number);
    }
    let part = |from: usize, to: usize| stem[from..to].parse::<i64>().ok();
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let seconds = part(8, 10)? * 3600 + part(10, 12)? * 60 + part(12, 14)?;
    let days = days_since_1970(year, month, day);
    u64::try_from((days * 86_400 + seconds) * 1000 + part(14, 17)?).ok()
}

/// Of the proleptic Gregorian calendar; years begin in March, so that leap days come last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// From the first line `-- Up Migration` to the first `-- Down Migration`; without the former, the whole file, as the tool
/// has it.
fn up(text: &str) -> &str {
    let marker = |word: &str| {
        let mut at = 0;
        text.split_inclusive('\n').find_map(|line| {
            let start = at;
            at += line.len();
            let rest = line.trim_start().strip_prefix("--")?;
            let rest = rest.trim_start_matches(|one: char| one.is_whitespace() || one == '-');
            let (first, rest) = rest.split_at_checked(word.len())?;
            let is_it = first.eq_ignore_ascii_case(word)
                && rest.starts_with(char::is_whitespace)
                && rest
                    .trim_start()
                    .to_ascii_lowercase()
                    .starts_with("migration");
            is_it.then_some(start)
        })
    };
    match (marker("up"), marker("down")) {
        (Some(up), Some(down)) if down > up => &text[up..down],
        (Some(up), _) => &text[up..],
        (None, _) => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_moments_are_in_one_order() {
        assert_eq!(prefix("1714813361123_a"), Some(1_714_813_361_123));
        assert_eq!(prefix("20240504090241123_a"), Some(1_714_813_361_123));
        assert_eq!(prefix("0007_a"), Some(7));
        assert_eq!(prefix("a"), None);
    }

    #[test]
    fn a_section_goes_up_to_the_other_one() {
        assert_eq!(
            up("-- Up Migration\na\n-- Down Migration\nb\n"),
            "-- Up Migration\na\n"
        );
        assert_eq!(
            up("-- Down Migration\nb\n--- up  migration\na\n"),
            "--- up  migration\na\n"
        );
        assert_eq!(up("a\n-- Down Migration\nb\n"), "a\n-- Down Migration\nb\n");
        assert_eq!(up("-- uptime\na\n"), "-- uptime\na\n");
    }
}
