//! What several tools have in common: versions, names, sections of a file, transactions of its own.

use std::fmt;

use super::format::Found;
use crate::error::{Error, Result};
use crate::files::TextFile;
use crate::project::runs_outside_transactions;
use crate::sql::{self, Statement, rfc3339};

/// The header of a file whose statements run one by one.
const NO_TRANSACTION: &str = "no-transaction";

/// A version's parts without leading zeros; parts that are 0 at the end are left away, as `1.0` is `1`.
pub(super) fn key(text: &str) -> Option<Vec<u64>> {
    let parts: Option<Vec<u64>> = text
        .split(['.', '_'])
        .map(|part| part.parse().ok())
        .collect();
    let mut parts = parts?;
    while parts.len() > 1 && parts.last() == Some(&0) {
        parts.pop();
    }
    Some(parts)
}

/// A version of a tool that sorts by text, so that `20250625` lies behind `20250624120000`.
pub(super) fn by_text(version: &str) -> String {
    format!("{version:0<14}")
}

/// The same of a column, as SQL.
pub(super) fn by_text_sql(column: &str) -> String {
    format!("rpad({column}, greatest(14, length({column})), '0')")
}

/// A name in lower_snake_case.
pub(super) fn name(text: &str) -> String {
    let mut name = String::new();
    for part in text.chars() {
        if part.is_ascii_alphanumeric() {
            name.push(part.to_ascii_lowercase());
        } else if !name.ends_with('_') && !name.is_empty() {
            name.push('_');
        }
    }
    let name = name.trim_end_matches('_');
    if name.is_empty() {
        "migration".to_owned()
    } else {
        name.to_owned()
    }
}

/// A migration with its text as this tool wants it: headers first, no transaction of its own.
///
/// # Errors
/// When the version is no number or the text cannot be read as SQL.
pub(super) fn found(
    file: &TextFile,
    version: &str,
    words: &str,
    text: &str,
    headers: &[&str],
) -> Result<Found> {
    let Some(key) = key(version) else {
        return Err(misnamed(file, "its version is not a number"));
    };
    let mut own = TextFile::new(file.path.as_str(), text);
    let mut statements = sql::split(&own)?;
    if let Some(text) = without_transaction(&own.text, &statements) {
        own = TextFile::new(file.path.as_str(), text);
        statements = sql::split(&own)?;
    }
    let is_empty = statements.is_empty();
    // The tool ran it alone, or by a setting in another file.
    let is_alone =
        runs_outside_transactions(&own, &statements) && !headers.contains(&NO_TRANSACTION);
    let mut converted = String::new();
    let more = is_empty.then_some(&"empty").into_iter();
    let more = more.chain(is_alone.then_some(&NO_TRANSACTION));
    for header in headers.iter().chain(more) {
        converted.push_str(&format!("--! {header}\n"));
    }
    converted.push_str(&own.text);
    Ok(Found {
        source: file.path.clone(),
        key,
        identity: None,
        name: name(words),
        text: converted,
        remark: None,
    })
}

pub(super) fn misnamed(file: &TextFile, cause: impl fmt::Display) -> Error {
    Error::project(format!(
        "{} is not named like a migration of this tool",
        file.path
    ))
    .at(crate::error::Place::file(&file.path))
    .because(cause)
    .hint("rename it, or move it out of the folder")
}

/// `begin;` at the beginning and `commit;` at the end are this tool's business.
fn without_transaction(text: &str, statements: &[Statement]) -> Option<String> {
    let (first, last) = (statements.first()?, statements.last()?);
    let begins = first.starts_with(&["begin"]) || first.starts_with(&["start", "transaction"]);
    let ends = last.starts_with(&["commit"]) || last.starts_with(&["end"]);
    if !(begins && ends && statements.len() > 2) {
        return None;
    }
    let after = |end: usize| end + usize::from(text[end..].starts_with(';'));
    let parts = [
        &text[..first.span.start],
        text[after(first.span.end)..last.span.start].trim_start_matches('\n'),
        &text[after(last.span.end)..],
    ];
    Some(parts.concat())
}

/// A column's moment as our history has it, as SQL.
pub(super) fn moment(column: &str) -> String {
    rfc3339(&format!("{column}::timestamptz"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_versions_become_ours() {
        assert_eq!(name("Add E-Mail  to users!"), "add_e_mail_to_users");
        assert_eq!(name("--"), "migration");
        assert_eq!(key("001_02"), Some(vec![1, 2]));
        assert_eq!(key("1.0"), Some(vec![1]));
        assert_eq!(key("0000"), Some(vec![0]));
        assert_eq!(key("x"), None);
        assert!(key(&by_text("20250625")) > key(&by_text("20250624120000")));
        assert!(key(&by_text("20250625")) < key(&by_text("20250626000000")));
    }

    #[test]
    fn a_transaction_around_the_whole_file_is_taken_off() {
        let without = |text| {
            let file = TextFile::new("a.sql", text);
            without_transaction(text, &sql::split(&file).unwrap())
        };
        assert_eq!(
            without("-- a\nBEGIN;\nselect 1;\nCOMMIT;\n-- b\n").as_deref(),
            Some("-- a\nselect 1;\n\n-- b\n")
        );
        assert_eq!(without("select 1; commit; select 2"), None);
    }
}
