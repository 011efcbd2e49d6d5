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
        let of_domain = catalog.constraints.iter().filter(|constraint| {
            constraint.kind == ConstraintKind::Check
                && constraint.on_domain
                && constraint.relation == column.type_name
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
    checks
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
    let file = crate::files::TextFile::new("check", condition);
    let mut text = condition.to_owned();
    for token in tokens(&file).unwrap_or_default().iter().rev() {
        let is_value = token.kind == TokenKind::Word
            && condition[token.span.clone()].eq_ignore_ascii_case("value");
        if is_value {
            text.replace_range(token.span.clone(), &identifier(column));
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

/// The type below a column's domain.
pub(super) fn base(catalog: &Catalog, column: &Column) -> Option<String> {
    let declared = catalog
        .types
        .iter()
        .find(|declared| declared.name == column.type_name)?;
    match &declared.kind {
        TypeKind::Domain { base, .. } => Some(base.clone()),
        _ => None,
    }
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
