//! Statements one by one at their own bytes of a file: one that cannot be read spoils no other.

use std::ops::Range;

use squawk_syntax::SourceFile;
use squawk_syntax::ast::{self, AstNode, Stmt};

use super::read::action;
use super::syntax::{span, tokens};
use super::{Action, Statement};
use crate::sql::name::catalog_name;

/// A statement that the reader does not know to its end; what it knows of it is read all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable {
    /// The piece that it is.
    pub(crate) piece: Range<usize>,
    /// Where the reader stopped, in bytes of the file.
    pub(crate) at: usize,
    /// Why.
    pub(crate) why: String,
}

/// Reads pieces of a text, each a statement without its `;`, in their order. A statement of `create schema` comes behind
/// it.
#[must_use]
pub(crate) fn read(text: &str, pieces: &[Range<usize>]) -> (Vec<Statement>, Vec<Unreadable>) {
    let (all, error) = parse(&only(text, pieces));
    if error.is_none() {
        return (all, Vec::new());
    }
    // Each by itself, so that one which cannot be read spoils no other.
    let mut read = (Vec::new(), Vec::new());
    for piece in pieces {
        let (statements, error) = parse(&only(text, std::slice::from_ref(piece)));
        read.0.extend(statements);
        read.1.extend(error.map(|(at, why)| Unreadable {
            piece: piece.clone(),
            at,
            why,
        }));
    }
    read
}

/// A text that is blank but for these pieces, which stand where they were.
fn only(text: &str, pieces: &[Range<usize>]) -> String {
    let end = pieces.last().map_or(0, |last| last.end);
    let mut only = vec![b' '; end + 1];
    for piece in pieces {
        only[piece.clone()].copy_from_slice(&text.as_bytes()[piece.clone()]);
        only[piece.end] = b';';
    }
    String::from_utf8(only).unwrap_or_default()
}

fn parse(text: &str) -> (Vec<Statement>, Option<(usize, String)>) {
    let parse = SourceFile::parse(text);
    let mut statements = Vec::new();
    for statement in parse.tree().stmts() {
        if matches!(statement, Stmt::EmptyStmt(_)) {
            continue;
        }
        let node = statement.syntax();
        let mut span = span(node);
        if tokens(node).last().is_some_and(|token| token.text() == ";") {
            span.end -= 1;
        }
        statements.push(Statement {
            span,
            action: action(&statement).unwrap_or(Action::Other),
        });
        if let Stmt::CreateSchema(create) = &statement {
            statements.extend(elements(create));
        }
    }
    let errors = parse.errors();
    let first = errors.first();
    let first = first.map(|error| (error.range().start().into(), error.message().to_owned()));
    (statements, first)
}

/// What a `create schema` makes in it.
fn elements(create: &ast::CreateSchema) -> impl Iterator<Item = Statement> {
    let mut words = create
        .create_schema_target()
        .into_iter()
        .flat_map(|target| tokens(target.syntax()).collect::<Vec<_>>())
        .filter(|token| !token.text().eq_ignore_ascii_case("authorization"));
    let schema = words.next().map(|name| catalog_name(name.text()));
    create.schema_elements().filter_map(move |element| {
        let node = element.syntax();
        let mut action = action(&Stmt::cast(node.clone())?)?;
        let name = match &mut action {
            Action::CreateTable(create) => &mut create.table,
            Action::CreateView(create) => &mut create.view,
            Action::CreateIndex(create) => &mut create.table,
            Action::CreateRoutine(create) => &mut create.name,
            _ => return None,
        };
        if name.schema.is_none() {
            name.schema.clone_from(&schema);
        }
        Some(Statement {
            span: span(node),
            action,
        })
    })
}
