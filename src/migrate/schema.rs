//! A schema that somebody has made beforehand: `create schema` in a migration is then done already.
//!
//! Who may not create schemas in a database is given one by its administrator. Postgres refuses even `create schema if
//! not exists` to such a role, although it would do nothing.

use crate::database::Session;
use crate::error::{Error, Result};
use crate::files::TextFile;
use crate::project::{Migration, System};
use crate::sql::{Statement, TokenKind, literal};

/// Whether a statement of a migration was refused although it only makes a schema: the schema exists
/// (`duplicate_schema`), or the role may not create any (`insufficient_privilege`).
#[must_use]
pub fn makes_a_schema(migration: &Migration, statement: usize, error: &Error) -> bool {
    let is_refused = matches!(error.code.as_deref(), Some("42P06" | "42501"));
    let statement = migration.statements.get(statement);
    is_refused && statement.is_some_and(|statement| made(&migration.file, statement).is_some())
}

/// Whether that schema belongs to the system, is there, and is the connected role's to use: it may create in it, and
/// where the migration does not itself reckon with it, nothing is in it yet.
///
/// # Errors
/// When the server does not answer.
pub async fn schema_is_there(
    session: &Session,
    system: &System,
    migration: &Migration,
    statement: usize,
) -> Result<bool> {
    let statement = migration.statements.get(statement);
    let Some((name, if_not_exists)) =
        statement.and_then(|statement| made(&migration.file, statement))
    else {
        return Ok(false);
    };
    if !system.all_schemas().any(|schema| *schema == name) {
        return Ok(false);
    }
    let is_empty = [
        "pg_class where relnamespace",
        "pg_proc where pronamespace",
        "pg_type where typnamespace",
    ]
    .map(|catalog| format!("not exists (select from pg_catalog.{catalog} = n.oid)"))
    .join(" and ");
    let sql = format!(
        "select exists (select from pg_catalog.pg_namespace as n where n.nspname = {} \
         and pg_catalog.has_schema_privilege(n.oid, 'create') and ({if_not_exists} or {is_empty}));",
        literal(&name)
    );
    let rows = session.run("asking for a schema", &sql).await?;
    let cell = rows
        .first()
        .and_then(|rows| rows.first()?.first()?.as_deref());
    Ok(cell == Some("t"))
}

/// The schema that a statement makes, and whether it says `if not exists`; `None` for one that also makes what is in
/// the schema.
fn made(file: &TextFile, statement: &Statement) -> Option<(String, bool)> {
    if !statement.starts_with(&["create", "schema"]) {
        return None;
    }
    let words = ["create", "schema", "if", "not", "exists"];
    let if_not_exists = statement.starts_with(&words);
    let text = |at: usize| {
        let token = statement.tokens.get(at)?;
        Some((token.kind, &file.text[token.span.clone()]))
    };
    let at = if if_not_exists { 5 } else { 2 };
    let name = match text(at)? {
        (TokenKind::QuotedName, text) => text.trim_matches('"').replace("\"\"", "\""),
        (_, text) => text.to_lowercase(),
    };
    let rest = &statement.tokens[at + 1..];
    let is_alone =
        rest.is_empty() || rest.len() == 2 && text(at + 1)?.1.eq_ignore_ascii_case("authorization");
    (is_alone && name != "authorization").then_some((name, if_not_exists))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::split;

    fn of(text: &str) -> Option<(String, bool)> {
        let file = TextFile::new("sql/a/V001__a.sql", text);
        made(&file, &split(&file).unwrap()[0])
    }

    #[test]
    fn only_a_statement_that_makes_nothing_but_the_schema_can_be_done_already() {
        let plain = Some(("shop".to_owned(), false));
        assert_eq!(of("create schema Shop;"), plain);
        assert_eq!(of("create schema shop authorization ann"), plain);
        assert_eq!(
            of("create schema if not exists \"Shop\""),
            Some(("Shop".to_owned(), true))
        );
        for other in [
            "create schema shop create table t (a int)",
            "create schema authorization ann",
            "create table shop.t (a int)",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
