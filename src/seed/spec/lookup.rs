//! Names in a seed file: tables, columns, and expressions over them.

use std::ops::Range;

use super::names::Unknown;
use super::reader::{Reader, inside};
use crate::files::suggest;
use crate::files::toml::{Data, Node};
use crate::seed::expression::{self, Expression, Path};
use crate::seed::value::Value;

impl Reader<'_> {
    /// The table that a text names.
    pub(crate) fn table(&mut self, node: &Node) -> Option<usize> {
        let label = self.text(node)?;
        let found = self.names.table(label);
        if found.is_none() {
            let labels = self.names.tables.iter().map(|table| table.label.as_str());
            let hint = suggest::hint(label, labels);
            self.mistake(
                inside(node),
                format!("`{label}` is no table of this file or of the schemas it may use"),
                hint,
            );
        }
        found
    }

    /// Expands `table.column` into both.
    pub(crate) fn table_column(&mut self, node: &Node) -> Option<(usize, usize)> {
        let text = self.text(node)?;
        let (table, column) = text.rsplit_once('.').unwrap_or(("", text));
        let Some(at) = self.names.table(table) else {
            let hint = suggest::hint(
                table,
                self.names.tables.iter().map(|table| table.label.as_str()),
            );
            self.mistake(
                inside(node),
                format!("`{table}` is no table of this file"),
                hint,
            );
            return None;
        };
        let found = self.names.column(at, column);
        if found.is_none() {
            let hint = suggest::hint(
                column,
                self.names.tables[at]
                    .columns
                    .iter()
                    .map(|column| column.name.as_str()),
            );
            self.mistake(
                inside(node),
                format!("{table} has no column `{column}`"),
                hint,
            );
        }
        found.map(|column| (at, column))
    }

    /// An expression in the current scope.
    pub(crate) fn expression(&mut self, node: &Node) -> Option<Expression> {
        let text = match &node.data {
            Data::Boolean(value) => return Some(Expression::Constant(Value::Bool(*value))),
            _ => self.text(node)?,
        };
        match expression::parse(text, &mut Meaning(self)) {
            Ok(expression) => Some(self.interned(expression)),
            Err(complaint) => {
                let span = self.within(node, text, complaint.span);
                self.mistake(span, complaint.message, complaint.suggestion);
                None
            }
        }
    }

    /// Texts become words, which cost nothing to copy.
    fn interned(&mut self, expression: Expression) -> Expression {
        let mut boxed = |inner: Box<Expression>| Box::new(self.interned(*inner));
        match expression {
            Expression::Text(text) => Expression::Constant(Value::Word(self.words.word(&text))),
            Expression::Not(inner) => Expression::Not(boxed(inner)),
            Expression::IsNull(inner) => Expression::IsNull(boxed(inner)),
            Expression::And(one, other) => Expression::And(boxed(one), boxed(other)),
            Expression::Or(one, other) => Expression::Or(boxed(one), boxed(other)),
            Expression::Compare(comparison, one, other) => {
                Expression::Compare(comparison, boxed(one), boxed(other))
            }
            Expression::Arithmetic(operator, one, other) => {
                Expression::Arithmetic(operator, boxed(one), boxed(other))
            }
            Expression::Between(value, low, high) => {
                Expression::Between(boxed(value), boxed(low), boxed(high))
            }
            Expression::In(value, options) => {
                let value = boxed(value);
                Expression::In(
                    value,
                    options
                        .into_iter()
                        .map(|option| self.interned(option))
                        .collect(),
                )
            }
            Expression::Call(function, arguments) => Expression::Call(
                function,
                arguments
                    .into_iter()
                    .map(|argument| self.interned(argument))
                    .collect(),
            ),
            known @ (Expression::Constant(_) | Expression::Path(_)) => known,
        }
    }

    /// The row and column that a text names.
    pub(crate) fn path(&mut self, node: &Node) -> Option<Path> {
        let text = self.text(node)?;
        match self.names.path(self.scope, text) {
            Ok(path) => Some(path),
            Err((message, hint)) => {
                self.mistake(inside(node), message, hint);
                None
            }
        }
    }

    /// Bytes of the file for bytes of a text in it.
    pub(super) fn within(&self, node: &Node, text: &str, span: Range<usize>) -> Range<usize> {
        let inner = inside(node);
        if self.file.text.get(inner.clone()) == Some(text) {
            inner.start + span.start..inner.start + span.end.max(span.start + 1)
        } else {
            node.span.clone()
        }
    }
}

/// Names as expressions ask for them.
struct Meaning<'r, 'a>(&'r mut Reader<'a>);

impl expression::Names for Meaning<'_, '_> {
    fn path(&mut self, name: &str) -> Result<Path, Unknown> {
        self.0.names.path(self.0.scope, name)
    }

    fn as_of(&self) -> i32 {
        self.0.as_of
    }
}
