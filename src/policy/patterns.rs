//! `[tables."events_*"]`: one section for all tables of a schema whose names fit, also for those that a job makes at run
//! time. What it fits is found out at each deployment; partitions need none, since they belong to their parent.

use std::collections::BTreeMap;

use super::model::Policies;
use crate::database::Session;
use crate::error::Result;
use crate::sql::{DeclaredColumn, DeclaredTable, QualifiedName, literal};

/// Tables of a database that patterns fit, with their columns.
pub type Seen = BTreeMap<QualifiedName, DeclaredTable>;

/// Whether the name of a section stands for several tables.
pub(super) fn is_pattern(name: &str) -> bool {
    name.contains('*')
}

/// Whether a name fits a pattern, in which `*` stands for any characters, none included.
#[must_use]
pub fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Asks a database for the tables that the patterns of a file fit; asks nothing where it has none.
///
/// # Errors
/// When the server does not answer.
pub(super) async fn see(session: &Session, policies: &Policies) -> Result<Seen> {
    let mut seen = Seen::new();
    if policies.patterns.is_empty() {
        return Ok(seen);
    }
    let mut schemas: Vec<String> = policies
        .patterns
        .iter()
        .map(|(schema, _)| literal(schema))
        .collect();
    schemas.dedup();
    let sql = include_str!("patterns.sql").replace("{schemas}", &schemas.join(", "));
    for row in session
        .run("looking for tables that patterns fit", &sql)
        .await?
        .into_iter()
        .flatten()
    {
        let [
            Some(schema),
            Some(table),
            column,
            generated,
            is_key,
            sequence,
        ] = row.as_slice()
        else {
            continue;
        };
        let fit = |(of, pattern): &QualifiedName| of == schema && fits(pattern, table);
        if !policies.patterns.iter().any(fit) {
            continue;
        }
        let found = seen
            .entry((schema.clone(), table.clone()))
            .or_insert_with(|| DeclaredTable {
                complete: true,
                ..DeclaredTable::default()
            });
        let Some(column) = column else { continue };
        if is_key.as_deref() == Some("t") {
            found.key.push(column.clone());
        }
        found.columns.push(DeclaredColumn {
            name: column.clone(),
            generated: generated.as_deref() == Some("t"),
            sequence: sequence.clone(),
        });
    }
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_stands_for_any_characters_also_for_none() {
        for (pattern, name) in [
            ("events_*", "events_2026"),
            ("events_*", "events_"),
            ("*_log", "a_log"),
            ("a*b*c", "abc"),
            ("a*b*c", "a1b2b3c"),
            ("*", "anything"),
        ] {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("events_*", "event_2026"),
            ("*_log", "a_logs"),
            ("a*b*c", "acb"),
            ("ab*b", "ab"),
            ("events", "events_1"),
        ] {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
    }
}
