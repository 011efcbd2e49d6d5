//! graphile-migrate: `migrations/committed/000001-name.sql` with `--! Previous` and others above it;
//! `graphile_migrate.migrations`.

use std::ops::Range;

use super::convert::{found, moment};
use super::{Format, Read, Reader};
use crate::error::{Error, Result};
use crate::files::TextFile;

pub(super) const FORMAT: Format = Format {
    name: "graphile-migrate",
    folder: "migrations/committed",
    table: "graphile_migrate.migrations",
    beside: &[],
    read: Reader::Files(read),
    history: |table| {
        format!(
            "select pg_catalog.regexp_replace(h.filename, '\\.sql$', ''), 'applied', {}, session_user, 0 from {table} as h;",
            moment("h.date")
        )
    },
    mend: "correct graphile_migrate.migrations",
};

fn read(file: &TextFile) -> Result<Read> {
    let digits = file.path.bytes().take_while(u8::is_ascii_digit).count();
    let (version, rest) = file.path.split_at(digits);
    let words = rest.strip_suffix(".sql");
    let Some(words) = words.filter(|words| {
        digits > 0 && (words.is_empty() || words.starts_with('-')) && !words.contains('/')
    }) else {
        return Ok(Read::Left("not committed, so that it never ran"));
    };
    let body = body(&file.text);
    if let Some(at) = placeholder(body) {
        let before = file.text.len() - body.len();
        return Err(Error::project(format!("{} has a placeholder", file.path))
            .at(file.place(before + at.start..before + at.end))
            .because("graphile-migrate puts a value of its configuration there")
            .hint("write the value itself"));
    }
    let (first, rest) = body.split_once('\n').unwrap_or((body, ""));
    let is_alone = first
        .strip_prefix("--!")
        .is_some_and(|header| header.trim() == "no-transaction");
    let (text, headers): (&str, &[&str]) = if is_alone {
        (rest, &["no-transaction"])
    } else {
        (body, &[])
    };
    found(file, version, words, text, headers).map(Read::Migration)
}

/// What stands below the headers, which begin with a capital letter.
fn body(text: &str) -> &str {
    let mut rest = text;
    while let Some(header) = rest.strip_prefix("--! ")
        && header.starts_with(|first: char| first.is_ascii_uppercase())
    {
        rest = rest.split_once('\n').map_or("", |(_, below)| below);
    }
    rest.trim_start_matches('\n')
}

/// `:DATABASE_OWNER`: a colon and a word in capitals, behind nothing that a cast, a slice or a time has there.
fn placeholder(text: &str) -> Option<Range<usize>> {
    text.match_indices(':').find_map(|(at, _)| {
        let before = text[..at].chars().next_back();
        let is_free = before.is_none_or(|one| !one.is_alphanumeric() && !":]".contains(one));
        let word = &text[at + 1..];
        let is_part = |one: char| one.is_ascii_uppercase() || one.is_ascii_digit() || one == '_';
        let length = word.find(|one| !is_part(one)).unwrap_or(word.len());
        let ends = !word[length..].starts_with(|one: char| one.is_alphanumeric());
        let is_word = word.starts_with(|one: char| one.is_ascii_uppercase()) && ends && length > 1;
        (is_free && is_word).then_some(at..at + 1 + length)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_taken_off_and_placeholders_found() {
        assert_eq!(
            body("--! Previous: -\n--! Hash: x\n\n--! no-transaction\na"),
            "--! no-transaction\na"
        );
        assert_eq!(body("a\n"), "a\n");
        let found = |text: &str| placeholder(text).map(|at| text[at].to_owned());
        assert_eq!(
            found("grant x to :DATABASE_OWNER;").as_deref(),
            Some(":DATABASE_OWNER")
        );
        for text in ["a::TEXT", "'HH24:MI'", "a[1:N]", "a :name", "':D '"] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
