//! An owner without superuser, for SQL of a project on a disposable server or in a disposable database.
//!
//! Migrations of somebody else, the made-up rows that fill their tables, and the expressions of these run with the rights
//! of whoever runs them. A superuser's would reach programs and files of the machine; the server refuses both to this
//! owner. What needs a superuser all the same, extensions that a project declares, is made beforehand, when nothing of
//! the project is in the database yet.

use std::time::Duration;

use crate::database::{BatchFailure, Session, Target};
use crate::error::Result;
use crate::sql::{Statement, TokenKind, identifier, literal};

/// The owner's name on a server that ends with the run.
pub const OWNER: &str = "workroom_owner";

/// An extension that is there before anything of the project is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Prepared {
    /// Its name.
    pub name: String,
    /// The schema that a statement of the project puts it into.
    pub schema: Option<String>,
}

/// Makes the owner and gives it the database that `admin`, a superuser, is connected to.
///
/// Since Postgres 16 it may make roles, of which it then is the master; before, whoever may make roles may also give
/// themselves the server's programs and files, so that it may not.
///
/// # Errors
/// When the server refuses.
pub async fn make_owner(
    admin: &Session,
    name: &str,
    password: Option<&str>,
    bypasses_row_security: bool,
) -> Result<Target> {
    let role = identifier(name);
    let bypass = if bypasses_row_security {
        "bypassrls"
    } else {
        "nobypassrls"
    };
    let secret = password.map_or(String::new(), |it| format!(" password {}", literal(it)));
    let sql = format!(
        "create role {role} login nosuperuser {bypass}{secret};
         do $workroom$
         begin
           if pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 160000 then
             alter role {role} createrole;
             alter role {role} set createrole_self_grant = 'set, inherit';
           end if;
         end
         $workroom$;
         grant set on parameter session_replication_role, lc_messages to {role};
         alter database {} owner to {role};",
        identifier(admin.target().database())
    );
    let made = at_last(admin, &sql).await;
    made.map_err(|failure| failure.of_our_own("making an owner without superuser"))?;
    Ok(admin.target().with_user(name, password))
}

/// Removes an owner whose database is gone.
///
/// # Errors
/// When the server refuses, or it owns something elsewhere.
pub async fn drop_owner(admin: &Session, name: &str) -> Result<(), BatchFailure> {
    let role = identifier(name);
    at_last(admin, &format!("drop owned by {role}; drop role {role};")).await
}

/// "tuple concurrently updated" or "deleted", and a second first right on a parameter: roles and rights on parameters belong
/// to the whole server, and another run changed them.
const CONCURRENTLY: [&str; 2] = ["XX000", "23505"];

/// Runs statements that change what all databases share, again where another run was quicker.
async fn at_last(admin: &Session, sql: &str) -> Result<(), BatchFailure> {
    let mut attempt = 0;
    loop {
        match admin.batch(sql).await {
            Ok(_) => return Ok(()),
            Err(failure)
                if attempt == 20 || !CONCURRENTLY.contains(&failure.code().unwrap_or_default()) =>
            {
                return Err(failure);
            }
            Err(_) => attempt += 1,
        }
        tokio::time::sleep(Duration::from_millis(10 * attempt)).await;
    }
}

/// Makes extensions for an owner who may not. One that cannot be made is left to the statement that asks for it, whose
/// error has a place.
///
/// # Errors
/// Never; the signature leaves room for a session that is lost.
pub async fn prepare_extensions(
    admin: &Session,
    owner: &str,
    extensions: &[Prepared],
) -> Result<()> {
    for Prepared { name, schema } in extensions {
        let name = identifier(name);
        let sql = match schema.as_deref().map(identifier) {
            None => format!("create extension if not exists {name} cascade;"),
            Some(schema) => format!(
                "create schema if not exists {schema} authorization {};
                 create extension if not exists {name} schema {schema} cascade;",
                identifier(owner)
            ),
        };
        let _ = admin.batch(&sql).await;
    }
    Ok(())
}

/// The extensions of a database, in the order in which they were made.
///
/// # Errors
/// When the server does not answer.
pub async fn installed(session: &Session) -> Result<Vec<Prepared>> {
    let sql = "select extension.extname, schema.nspname from pg_catalog.pg_extension as extension \
         join pg_catalog.pg_namespace as schema on schema.oid = extension.extnamespace \
         where extension.extname <> 'plpgsql' order by extension.oid;";
    let results = session.run("reading the extensions", sql).await?;
    let rows = results.into_iter().flatten();
    let all = rows.filter_map(|row| {
        let mut cells = row.into_iter();
        Some(Prepared {
            name: cells.next()??,
            schema: cells.next()?.filter(|schema| schema != "public"),
        })
    });
    Ok(all.collect())
}

/// Which of the declared extensions the statements of a project make, and where; those that none makes, too.
pub fn prepared<'text>(
    declared: &[String],
    statements: impl Iterator<Item = (&'text Statement, &'text str)>,
) -> Vec<Prepared> {
    let mut all: Vec<Prepared> = declared
        .iter()
        .map(|name| Prepared {
            name: name.clone(),
            schema: None,
        })
        .collect();
    for (statement, text) in statements {
        if !statement.starts_with(&["create", "extension"]) {
            continue;
        }
        let names: Vec<String> = statement
            .tokens
            .iter()
            .map(|token| plain(&text[token.span.clone()], token.kind))
            .collect();
        let skip = if names.get(2).is_some_and(|word| word == "if") {
            5
        } else {
            2
        };
        let schema = names.iter().position(|word| word == "schema");
        let schema = schema.and_then(|at| names.get(at + 1)).cloned();
        for one in &mut all {
            if Some(&one.name) == names.get(skip) && one.schema.is_none() {
                one.schema.clone_from(&schema);
            }
        }
    }
    all
}

/// A name as the server keeps it.
fn plain(text: &str, kind: TokenKind) -> String {
    match kind {
        TokenKind::QuotedName => text.trim_matches('"').replace("\"\"", "\""),
        _ => text.to_ascii_lowercase(),
    }
}

/// The text of some statements, where what is prepared is there already: `create extension` and the schemas of extensions
/// with `if not exists`. `span` is the part of the file that is sent.
#[must_use]
pub fn tolerant(
    text: &str,
    span: std::ops::Range<usize>,
    statements: &[Statement],
    extensions: &[Prepared],
) -> String {
    let mut sent = String::with_capacity(span.len());
    let mut done = span.start;
    for statement in statements {
        let is_extension = statement.starts_with(&["create", "extension"]);
        let is_schema = statement.starts_with(&["create", "schema"]);
        let Some(third) = statement
            .tokens
            .get(2)
            .filter(|_| is_extension || is_schema)
        else {
            continue;
        };
        let name = plain(&text[third.span.clone()], third.kind);
        let is_prepared = extensions.iter().any(|one| {
            if is_extension {
                one.name == name
            } else {
                one.schema.as_ref() == Some(&name)
            }
        });
        if is_prepared && statement.span.start >= done && statement.span.end <= span.end {
            sent.push_str(&text[done..third.span.start]);
            sent.push_str("if not exists ");
            done = third.span.start;
        }
    }
    sent.push_str(&text[done..span.end]);
    sent
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::TextFile;
    use crate::sql::split;

    fn of(text: &str) -> (Vec<Prepared>, String) {
        let file = TextFile::new("a.sql", text);
        let statements = split(&file).unwrap();
        let declared = ["vector".to_owned(), "postgis".to_owned()];
        let found = prepared(&declared, statements.iter().map(|one| (one, text)));
        let sent = tolerant(text, 0..text.len(), &statements, &found);
        (found, sent)
    }

    #[test]
    fn what_is_prepared_may_be_there_already() {
        let (found, sent) = of(
            "create schema geo;\ncreate extension \"vector\";\ncreate extension postgis with schema geo;\n\
             create extension if not exists vector;\ncreate extension hstore;\ncreate schema shop;",
        );
        assert_eq!(
            found,
            [("vector", None), ("postgis", Some("geo"))].map(|(name, schema)| Prepared {
                name: name.to_owned(),
                schema: schema.map(str::to_owned),
            })
        );
        assert_eq!(
            sent,
            "create schema if not exists geo;\ncreate extension if not exists \"vector\";\n\
             create extension if not exists postgis with schema geo;\ncreate extension if not exists vector;\n\
             create extension hstore;\ncreate schema shop;"
        );
    }
}
