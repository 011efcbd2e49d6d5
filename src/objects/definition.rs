//! What a repeatable object's file defines: the kind and name of its first statement.

use crate::error::{Error, Result};
use crate::files::TextFile;
use crate::project::{ObjectFile, System};
use crate::sql::{Statement, Token, TokenKind, catalog_name, cut_off, qualified, whole_name};

/// The kinds of objects that can be replaced in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    /// `create or replace view`
    View,
    /// `create or replace function`
    Function,
    /// `create or replace procedure`
    Procedure,
}

impl ObjectKind {
    /// The word in SQL.
    #[must_use]
    pub fn keyword(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Function => "function",
            Self::Procedure => "procedure",
        }
    }
}

/// A repeatable object as its file defines it.
#[derive(Clone, Debug)]
pub struct Definition<'project> {
    /// Its file.
    pub object: &'project ObjectFile,
    /// What it is.
    pub kind: ObjectKind,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
}

/// As every session has it: what policies would filter fails.
pub(super) const READING: &str = "set local row_security = off";

impl Definition<'_> {
    /// The setting for its file, as a statement. Whoever writes a function over a table whose row security binds its
    /// owner is refused under `row_security = off`, since a body in SQL is checked by planning it; a file that only
    /// defines reads no rows, so that nothing is filtered meanwhile.
    pub(super) fn row_security(&self) -> &'static str {
        const DEFINING: &[&str] = &["create", "comment", "grant", "revoke", "alter", "drop"];
        let defines = |statement: &Statement| {
            let first = statement.words.first();
            first.is_some_and(|first| DEFINING.contains(&first.as_str()))
                && !statement.starts_with(&["create", "table"])
                && !statement.starts_with(&["create", "materialized"])
        };
        if self.object.statements.iter().all(defines) {
            "set local row_security = on"
        } else {
            READING
        }
    }

    /// `schema.name`, quoted where it must be.
    #[must_use]
    pub fn qualified(&self) -> String {
        qualified(&self.schema, &self.name)
    }
}

/// Reads the definitions of a system's repeatable objects.
///
/// # Errors
/// When a file does not begin with `create or replace` of a schema-qualified view, function or procedure that
/// has the file's name, or when two files define the same object.
pub fn definitions(system: &System) -> Result<Vec<Definition<'_>>> {
    let mut mistakes = Vec::new();
    let mut found: Vec<Definition<'_>> = Vec::new();
    for object in &system.objects {
        match definition(object, system) {
            Ok(definition) => found.push(definition),
            Err(error) => mistakes.push(error),
        }
    }
    Error::all(mistakes)?;
    Ok(found)
}

/// The file name, without its ending, for a text that defines one repeatable object.
///
/// # Errors
/// When the text does not begin with `create or replace` of a schema-qualified view, function or procedure.
pub fn file_name(path: &str, text: &str) -> Result<String> {
    let file = TextFile::new(path, text);
    let statements = crate::sql::split(&file)?;
    let replaces = statements.first().filter(|first| {
        ["view", "function", "procedure"]
            .iter()
            .any(|kind| first.starts_with(&["create", "or", "replace", kind]))
    });
    match replaces.map(|first| qualified_name(&file, first)).as_deref() {
        Some([_, name]) => Ok(name.clone()),
        _ => Err(Error::project(format!("{path} does not define a repeatable object"))
            .at(file.place(0..statements.first().map_or(0, |first| first.span.end)))
            .because("its first statement is not `create or replace view|function|procedure <schema>.<name>`")
            .hint("write one object a file with its schema, or make a versioned migration of it")),
    }
}

fn definition<'project>(
    object: &'project ObjectFile,
    system: &System,
) -> Result<Definition<'project>> {
    let file = &object.file;
    let wrong = |statement: &Statement, cause: String| {
        let end = statement
            .tokens
            .get(3)
            .map_or(statement.span.end, |token| token.span.end);
        Error::project(format!("{} does not define a repeatable object", file.path))
            .at(file.place(statement.span.start..end))
            .because(cause)
    };
    let first = &object.statements[0];
    let words: Vec<&str> = first.words.iter().map(String::as_str).collect();
    let kind = match words.as_slice() {
        ["create", "or", "replace", "view", ..] => ObjectKind::View,
        ["create", "or", "replace", "function", ..] => ObjectKind::Function,
        ["create", "or", "replace", "procedure", ..] => ObjectKind::Procedure,
        _ => {
            return Err(wrong(first, "its first statement is not `create or replace view|function|procedure`".into())
                .hint("what cannot be replaced in place, such as a table, a type or a materialized view, belongs into a migration"));
        }
    };
    let name: Vec<String> = qualified_name(file, first);
    let [schema, name] = name.as_slice() else {
        return Err(
            wrong(first, "the object's name has no schema".into()).hint(format!(
                "write `{} <schema>.{}`",
                words[..4].join(" "),
                object.name
            )),
        );
    };
    if !system.all_schemas().any(|known| known == schema) {
        return Err(wrong(
            first,
            format!("schema {schema} is not one of system `{}`", system.name),
        )
        .hint(format!(
            "create it in: {}",
            system.all_schemas().cloned().collect::<Vec<_>>().join(", ")
        )));
    }
    let written = first.tokens.iter().skip(4).take(3);
    let long = written
        .map(|token| whole_name(&file.text[token.span.clone()]))
        .find_map(|name| cut_off(&name));
    if let Some(why) = long {
        return Err(wrong(first, why).hint("choose a shorter name, and name the file by it"));
    }
    let others = object.statements[1..]
        .iter()
        .filter_map(|other| made(file, other));
    if let Some((other, _)) = others
        .into_iter()
        .find(|(_, other)| other.last() != Some(name))
    {
        return Err(wrong(
            other,
            format!("it defines {schema}.{name}, and this one would never be applied again"),
        )
        .hint("write one object a file"));
    }
    if *name != object.name && format!("{schema}.{name}") != object.name {
        return Err(
            wrong(first, format!("it defines {schema}.{name}")).hint(format!(
                "rename the file to views/{}/{name}.sql",
                system.name
            )),
        );
    }
    Ok(Definition {
        object,
        kind,
        schema: schema.clone(),
        name: name.clone(),
    })
}

/// A statement that makes a view or a routine, with its name.
fn made<'a>(file: &TextFile, statement: &'a Statement) -> Option<(&'a Statement, Vec<String>)> {
    let words = statement.words.iter().skip(1);
    let before = words
        .take_while(|word| ["or", "replace", "materialized", "recursive"].contains(&word.as_str()))
        .count();
    let kind = statement.words.get(before + 1)?;
    let makes = statement.starts_with(&["create"])
        && ["view", "function", "procedure"].contains(&kind.as_str());
    makes.then(|| (statement, name_at(file, statement, before + 2)))
}

/// The dotted name after `create or replace <kind>`.
fn qualified_name(file: &TextFile, statement: &Statement) -> Vec<String> {
    name_at(file, statement, 4)
}

fn name_at(file: &TextFile, statement: &Statement, first: usize) -> Vec<String> {
    let mut parts = Vec::new();
    let mut tokens = statement.tokens.iter().skip(first);
    while let Some(token) = tokens.next() {
        match name_of(file, token) {
            Some(name) => parts.push(name),
            None => break,
        }
        let dot = tokens.next();
        if dot
            .is_none_or(|dot| dot.kind != TokenKind::Symbol || &file.text[dot.span.clone()] != ".")
        {
            break;
        }
    }
    parts
}

/// A word or quoted name as the server would fold it.
pub(super) fn name_of(file: &TextFile, token: &Token) -> Option<String> {
    matches!(token.kind, TokenKind::Word | TokenKind::QuotedName)
        .then(|| catalog_name(&file.text[token.span.clone()]))
}
