//! The schema that the target has now, by `pg_dump` of the schemas of its systems, with stand-ins for what these refer to
//! in others.
//!
//! What the dump makes is made by the owner of the copy, who is no superuser; owners and grants are put back by the copy's
//! maker, who runs no expression for that.

use std::path::Path;

use super::scratch::{Scratch, Surroundings};
use crate::database::{Session, Target};
use crate::error::{Error, Result};
use crate::files::TextFile;
use crate::server;
use crate::sql::{Statement, identifier, split, text_array};

/// What is copied.
#[derive(Clone, Copy, Debug)]
pub struct Dumped<'a> {
    /// A session with the target.
    pub target: &'a Session,
    /// Who is who there.
    pub surroundings: &'a Surroundings,
    /// The schemas of the systems.
    pub schemas: &'a [&'a str],
    /// Qualified names that pending statements speak of.
    pub names: &'a [String],
    /// Whether owners and grants come along.
    pub with_rights: bool,
}

impl Dumped<'_> {
    /// Copies it into an empty copy, by the programs of a Postgres that is at least as new.
    ///
    /// # Errors
    /// When there is no `pg_dump`, or when something of it cannot be made.
    pub async fn load(&self, scratch: &Scratch, maker: &Session, programs: &Path) -> Result<()> {
        let schemas = self.existing_schemas().await?;
        let without: &[&str] = if self.with_rights {
            &[]
        } else {
            &["--no-owner", "--no-privileges"]
        };
        let mut arguments: Vec<String> = without.iter().map(ToString::to_string).collect();
        // A pattern: quoted, it is the name alone.
        let patterns = schemas.iter().map(|schema| quoted_pattern(schema));
        arguments.extend(patterns.map(|pattern| format!("--schema={pattern}")));
        let text = if schemas.is_empty() {
            String::new()
        } else {
            schema_of(programs, self.target.target(), &arguments)?
        };
        let file = TextFile::new("the dump of the schema", text);
        let statements = split(&file)?;
        let owner = Session::connect(scratch.target()).await?;
        for statement in self.stand_ins().await? {
            let sql = format!("set check_function_bodies = off; {statement}");
            owner
                .batch(&sql)
                .await
                .map_err(|failure| failure.of_our_own("making what the schema refers to"))?;
        }
        let parts = Parts::of(&file, &statements, &self.surroundings.deployers);
        for (session, sql) in [(&owner, &parts.definitions), (maker, &parts.rights)] {
            session
                .batch(sql)
                .await
                .map_err(|failure| failure.of_our_own("loading the dump of the schema"))?;
        }
        Ok(())
    }

    /// Those of the schemas that the target has: `pg_dump` refuses the others.
    async fn existing_schemas(&self) -> Result<Vec<String>> {
        let sql = format!(
            "select nspname from pg_catalog.pg_namespace where nspname = any ({}) order by nspname",
            text_array(self.schemas)
        );
        self.column("reading the schemas", &sql).await
    }

    async fn stand_ins(&self) -> Result<Vec<String>> {
        let sql = format!(
            "with given (schemas, names) as materialized (select {}, {}),\n{}",
            text_array(self.schemas),
            text_array(self.names),
            include_str!("outside.sql")
        );
        self.column("reading what the schema refers to", &sql).await
    }

    async fn column(&self, what: &str, sql: &str) -> Result<Vec<String>> {
        let results = self.target.run(what, sql).await?;
        let rows = results.into_iter().flatten();
        Ok(rows.filter_map(|row| row.into_iter().next()?).collect())
    }
}

/// The SQL that makes the schema of a database, by the `pg_dump` of a folder of programs; `arguments` say what is left out.
///
/// # Errors
/// When there is no `pg_dump`, or when it does not get to the end.
pub fn schema_of(programs: &Path, target: &Target, arguments: &[String]) -> Result<String> {
    let mut dump = program(programs, "pg_dump", target)?;
    dump.arg("--schema-only").args(arguments);
    let dumped = dump.output().map_err(|error| missing("pg_dump", &error))?;
    if !dumped.status.success() {
        return Err(said("pg_dump", &dumped.stderr));
    }
    Ok(without_meta_commands(&String::from_utf8_lossy(
        &dumped.stdout,
    )))
}

/// A dump, by who runs it.
struct Parts {
    definitions: String,
    rights: String,
}

impl Parts {
    fn of(file: &TextFile, statements: &[Statement], deployers: &[String]) -> Self {
        let (mut definitions, mut owners, mut grants) =
            (String::new(), String::new(), String::new());
        for statement in statements {
            let text = statement.text(file);
            let words = |from_end: usize| {
                let at = statement.tokens.len().checked_sub(from_end)?;
                Some(&file.text[statement.tokens[at].span.clone()])
            };
            let gives = statement.starts_with(&["alter"])
                && words(3).is_some_and(|word| word.eq_ignore_ascii_case("owner"))
                && words(2).is_some_and(|word| word.eq_ignore_ascii_case("to"));
            let part = if gives {
                let is_deployer = |name: &String| words(1) == Some(identifier(name).as_str());
                if deployers.iter().any(is_deployer) {
                    continue;
                }
                &mut owners
            } else if ["grant", "revoke"]
                .iter()
                .any(|word| statement.starts_with(&[word]))
                || statement.starts_with(&["alter", "default", "privileges"])
            {
                &mut grants
            } else {
                &mut definitions
            };
            if let (true, Some(name)) = (
                statement.starts_with(&["create", "schema"]),
                statement.tokens.get(2),
            ) {
                // One that holds an extension is there already.
                part.push_str("create schema if not exists ");
                part.push_str(&file.text[name.span.start..statement.span.end]);
            } else {
                part.push_str(text);
            }
            part.push_str(";\n");
        }
        Self {
            definitions,
            rights: owners + &grants,
        }
    }
}

/// `pg_dump` puts commands for psql around a dump, each on a line of its own; nothing else in it begins with a backslash,
/// for it holds no rows.
fn without_meta_commands(dump: &str) -> String {
    let is_sql =
        |line: &&str| !(line.starts_with("\\restrict ") || line.starts_with("\\unrestrict "));
    dump.lines().filter(is_sql).collect::<Vec<_>>().join("\n")
}

/// A name as a pattern that matches nothing else.
fn quoted_pattern(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A program that finds its database, password and TLS mode in its environment, where no other user can read them.
fn program(programs: &Path, name: &str, target: &Target) -> Result<std::process::Command> {
    let mut command = server::client(&programs.join(name))?;
    command.envs(target.environment());
    Ok(command)
}

fn missing(program: &str, error: &std::io::Error) -> Error {
    Error::database(format!("{program} cannot be run"))
        .because(error)
        .hint("install the client programs of Postgres, or bring history and files back into step")
}

fn said(program: &str, stderr: &[u8]) -> Error {
    let said = String::from_utf8_lossy(stderr);
    let first = said.lines().next().unwrap_or("it said nothing").to_owned();
    Error::database(format!("{program} failed")).because(first)
}
