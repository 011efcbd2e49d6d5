//! Foreseeing from which tables force will be lifted: those that bind the connected owner and that a pending migration
//! reads, writes or validates by name. Running it finds out exactly; a plan must not run it.

use crate::database::Session;
use crate::error::Result;
use crate::files::TextFile;
use crate::project::Migration;
use crate::sql::Statement;

/// A table whose row-level security binds the connected role, which owns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The name with its schema.
    pub qualified: String,
    /// The name alone, as it is in the catalog.
    pub name: String,
}

/// Reads them; none for whoever bypasses row-level security.
///
/// # Errors
/// When the server does not answer.
pub async fn binding(session: &Session) -> Result<Vec<Binding>> {
    let sql = "select pg_catalog.format('%I.%I', n.nspname, c.relname), c.relname \
         from pg_catalog.pg_roles as me \
         join pg_catalog.pg_class as c on c.relkind in ('r', 'p') and c.relrowsecurity and c.relforcerowsecurity \
           and pg_catalog.pg_has_role(c.relowner, 'usage') \
         join pg_catalog.pg_namespace as n on n.oid = c.relnamespace \
         where me.rolname = current_user and not me.rolsuper and not me.rolbypassrls order by 1;";
    let rows = session
        .run("asking whose row-level security binds its owner", sql)
        .await?;
    let tables = rows.into_iter().flatten().filter_map(|row| {
        let [Some(qualified), Some(name)] = <[Option<String>; 2]>::try_from(row).ok()? else {
            return None;
        };
        Some(Binding { qualified, name })
    });
    Ok(tables.collect())
}

/// The tables among these that a migration needs to see all rows of.
#[must_use]
pub fn foreseen<'a>(migration: &Migration, binding: &'a [Binding]) -> Vec<&'a str> {
    let statements = || {
        let all = migration.statements.iter();
        all.filter(|statement| sees_rows(statement, &migration.file))
    };
    let needed = |table: &&Binding| {
        statements().any(|statement| names(statement.text(&migration.file), &table.name))
    };
    let tables = binding.iter().filter(needed);
    tables.map(|table| table.qualified.as_str()).collect()
}

/// Whether a statement reads or writes rows, checks them, or has its body planned.
fn sees_rows(statement: &Statement, file: &TextFile) -> bool {
    let words: Vec<&str> = statement.words.iter().map(String::as_str).collect();
    let says = |word: &str| names(statement.text(file), word);
    match words.as_slice() {
        [
            "insert" | "update" | "delete" | "merge" | "with" | "select" | "table" | "values",
            ..,
        ]
        | ["copy" | "do" | "call" | "refresh", ..]
        | ["create", "materialized", ..] => true,
        ["create", "or", "replace", "function" | "procedure", ..]
        | ["create", "function" | "procedure", ..] => says("sql"),
        ["create", "table", ..] => says("select"),
        ["alter", "table", ..] => says("references") || says("validate"),
        _ => false,
    }
}

/// Whether a text has a name as a word, whatever its case.
fn names(text: &str, name: &str) -> bool {
    let (text, name) = (text.to_lowercase(), name.to_lowercase());
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    text.match_indices(&name).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let after = text[at + found.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::split;

    fn of(text: &str) -> bool {
        let file = TextFile::new("a.sql", text);
        let statements = split(&file).unwrap();
        statements
            .iter()
            .any(|statement| sees_rows(statement, &file) && names(statement.text(&file), "notes"))
    }

    #[test]
    fn statements_that_look_at_rows_are_told_from_those_that_define() {
        for text in [
            "update shop.notes set a = 1",
            "with x as (select 1) insert into shop.\"notes\" select * from x",
            "do $$ begin delete from shop.notes; end $$",
            "alter table shop.a add constraint f foreign key (b) references shop.notes (id)",
            "create materialized view shop.v as select * from shop.notes",
            "create function shop.f() returns bigint language sql begin atomic select count(*) from shop.notes; end",
        ] {
            assert!(of(text), "{text}");
        }
        for text in [
            "alter table shop.notes add column b int",
            "create index on shop.notes (a)",
            "update shop.notes_old set a = 1",
            "create table shop.more (note_id int)",
            "comment on table shop.notes is 'update'",
            "create view shop.v as select * from shop.notes",
        ] {
            assert!(!of(text), "{text}");
        }
    }
}
