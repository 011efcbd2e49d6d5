//! The isolation level that a file sets for its transaction: it can be set only before the first query, and what runs
//! the file asks the server something first.

use super::statement::Statement;

/// The levels, as words of a statement and as SQL.
const LEVELS: &[(&[&str], &str)] = &[
    (&["serializable"], "serializable"),
    (&["repeatable", "read"], "repeatable read"),
    (&["read", "committed"], "read committed"),
    (&["read", "uncommitted"], "read uncommitted"),
];

/// The level that statements set for the transaction that they run in, if that is what they begin with. A transaction
/// that begins with it lets them say it again.
#[must_use]
pub fn isolation_level(statements: &[Statement]) -> Option<&'static str> {
    statements
        .iter()
        .take_while(|statement| statement.starts_with(&["set"]))
        .filter_map(|statement| {
            let words: Vec<&str> = sets_transaction(statement)?.collect();
            let level = words.strip_prefix(&["isolation", "level"])?;
            LEVELS.iter().find(|(words, _)| level.starts_with(words))
        })
        .map(|(_, level)| *level)
        .last()
}

/// The words after `set [local] transaction`.
pub fn sets_transaction(statement: &Statement) -> Option<impl Iterator<Item = &str>> {
    let skip = match statement.words.as_slice() {
        [set, transaction, ..] if set == "set" && transaction == "transaction" => 2,
        [set, local, transaction, ..]
            if set == "set" && local == "local" && transaction == "transaction" =>
        {
            3
        }
        _ => return None,
    };
    Some(statement.words.iter().skip(skip).map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::TextFile;
    use crate::sql;

    fn level(text: &str) -> Option<&'static str> {
        isolation_level(&sql::split(&TextFile::new("a.sql", text)).unwrap())
    }

    #[test]
    fn the_level_counts_only_before_the_first_query() {
        assert_eq!(
            level(
                "set lock_timeout = '1s'; SET TRANSACTION ISOLATION LEVEL Serializable; select 1"
            ),
            Some("serializable")
        );
        assert_eq!(
            level("set local transaction isolation level repeatable read, read write"),
            Some("repeatable read")
        );
        assert_eq!(
            level("select 1; set transaction isolation level serializable"),
            None
        );
        assert_eq!(level("set transaction read only"), None);
        assert_eq!(
            level("set session characteristics as transaction isolation level serializable"),
            None
        );
    }
}
