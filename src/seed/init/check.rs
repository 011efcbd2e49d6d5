//! The checks of a table and of the domains of its columns, as conditions on columns.

use super::clock;
use crate::catalog::{Catalog, Column, ConstraintKind, Name, TypeKind};
use crate::sql::{TokenKind, identifier, tokens};

/// A check as a condition on columns.
pub(super) struct Check {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    pub(super) definition: String,
    /// With the present day of the row where it reads a clock.
    pub(super) condition: String,
}

/// A check that the rows of the file break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Its name.
    pub name: String,
    /// The columns that it speaks of.
    pub columns: Vec<String>,
    /// The whole as SQL.
    pub definition: String,
    /// Lines that make it hold, and nothing else fail; none when none were found.
    pub lines: Vec<(String, String)>,
}

/// The checks of a table and of the domains of its columns.
pub(super) fn checks(catalog: &Catalog, table: &Name) -> Vec<Check> {
    let of_table = catalog.constraints.iter().filter(|constraint| {
        constraint.kind == ConstraintKind::Check
            && !constraint.on_domain
            && constraint.relation == *table
            && is_enforced(&constraint.definition)
    });
    let mut checks: Vec<Check> = of_table
        .map(|constraint| Check {
            name: constraint.name.clone(),
            columns: constraint.columns.clone(),
            definition: constraint.definition.clone(),
            condition: clock::of_the_row(condition(&constraint.definition)),
        })
        .collect();
    for column in catalog.columns_of(table) {
        // A domain over another one has the checks of both.
        let domains = domains(catalog, column);
        let of_domain = catalog.constraints.iter().filter(|constraint| {
            constraint.kind == ConstraintKind::Check
                && constraint.on_domain
                && domains.contains(&&constraint.relation)
        });
        checks.extend(of_domain.map(|constraint| Check {
            name: constraint.name.clone(),
            columns: vec![column.name.clone()],
            definition: constraint.definition.clone(),
            condition: clock::of_the_row(&of_column(
                condition(&constraint.definition),
                &column.name,
            )),
        }));
    }
    for column in catalog.columns_of(table) {
        if column.generated.is_some() {
            checks
                .iter_mut()
                .for_each(|check| check.follow(catalog, column));
        }
    }
    checks
}

impl Check {
    /// Speaks of what a generated column is computed from instead of the column.
    fn follow(&mut self, catalog: &Catalog, generated: &Column) {
        let (Some(expression), true) = (
            &generated.expression,
            self.columns.contains(&generated.name),
        ) else {
            return;
        };
        self.columns.retain(|name| *name != generated.name);
        let computed = format!("({expression})");
        let name = identifier(&generated.name);
        self.condition = replaced(&self.condition, &computed, |word| word == name);
        let sources = catalog.columns_of(&generated.relation);
        for source in sources.filter(|source| mentions(expression, &source.name)) {
            if !self.columns.contains(&source.name) {
                self.columns.push(source.name.clone());
            }
        }
    }
}

/// Whether the server asks it of new rows at all; since Postgres 18 a check may only say what is meant.
fn is_enforced(definition: &str) -> bool {
    !definition.ends_with(" NOT ENFORCED")
}

/// `CHECK ((a > 0)) NOT VALID` without what stands around the condition.
fn condition(definition: &str) -> &str {
    let inside = definition.strip_prefix("CHECK ").unwrap_or(definition);
    inside
        .trim_end_matches(" NOT VALID")
        .trim_end_matches(" NO INHERIT")
}

/// A domain's condition, asked of a column.
fn of_column(condition: &str, column: &str) -> String {
    let is_value = |word: &str| word.eq_ignore_ascii_case("value");
    replaced(condition, &identifier(column), is_value)
}

/// A condition with something else in the place of some of its names.
fn replaced(condition: &str, other: &str, is_meant: impl Fn(&str) -> bool) -> String {
    let file = crate::files::TextFile::new("check", condition);
    let mut text = condition.to_owned();
    for token in tokens(&file).unwrap_or_default().iter().rev() {
        let is_name = matches!(token.kind, TokenKind::Word | TokenKind::QuotedName);
        if is_name && is_meant(&condition[token.span.clone()]) {
            text.replace_range(token.span.clone(), other);
        }
    }
    text
}

/// Whether a condition speaks of a column.
pub(super) fn mentions(condition: &str, column: &str) -> bool {
    let file = crate::files::TextFile::new("check", condition);
    let written = identifier(column);
    let tokens = tokens(&file).unwrap_or_default();
    tokens.iter().any(|token| {
        matches!(token.kind, TokenKind::Word | TokenKind::QuotedName)
            && condition[token.span.clone()] == written
    })
}

/// The domain that a column has, and those below it.
fn domains<'c>(catalog: &'c Catalog, column: &'c Column) -> Vec<&'c Name> {
    let mut found = Vec::new();
    let mut next = Some(&column.type_name);
    while let Some(name) = next.filter(|name| !found.contains(name)) {
        let below = base_of(catalog, name);
        if below.is_some() {
            found.push(name);
        }
        let mut types = catalog.types.iter();
        let below = types.find(|other| Some(&other.name.to_string()) == below);
        next = below.map(|other| &other.name);
    }
    found
}

fn base_of<'c>(catalog: &'c Catalog, name: &Name) -> Option<&'c String> {
    let mut types = catalog.types.iter();
    match &types.find(|declared| declared.name == *name)?.kind {
        TypeKind::Domain { base, .. } => Some(base),
        _ => None,
    }
}

/// The type below a column's domains.
pub(super) fn base(catalog: &Catalog, column: &Column) -> Option<String> {
    let last = *domains(catalog, column).last()?;
    base_of(catalog, last).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_stands_alone() {
        for around in ["", " NOT VALID", " NO INHERIT", " NO INHERIT NOT VALID"] {
            assert_eq!(condition(&format!("CHECK ((a > 0)){around}")), "((a > 0))");
        }
        assert!(!is_enforced("CHECK ((a > 0)) NOT ENFORCED"));
        assert!(is_enforced("CHECK ((a > 0)) NOT VALID"));
    }

    #[test]
    fn a_domain_speaks_of_its_column() {
        assert_eq!(
            of_column("((VALUE > 0) AND (VALUE <> 'value'::text))", "a b"),
            "((\"a b\" > 0) AND (\"a b\" <> 'value'::text))"
        );
    }
}
