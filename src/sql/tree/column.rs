//! Columns, constraints and types.

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode};

use super::syntax::{name_of, plain, says, span, tokens, words};
use super::{Column, Constraint, ConstraintKind, routine};
use crate::sql::name::catalog_name;

/// A column of `create table`.
pub(super) fn of_table(column: &ast::Column) -> Option<Column> {
    let constraints: Vec<ast::Constraint> = column
        .clauses()
        .filter_map(|clause| match clause {
            ast::ColumnClause::ColumnConstraint(constraint) => {
                ast::Constraint::cast(constraint.syntax().clone())
            }
            _ => None,
        })
        .collect();
    Some(make(
        plain(column.name())?,
        column.syntax(),
        column.ty(),
        &constraints,
    ))
}

/// A column of `alter table … add column`.
pub(super) fn added(column: &ast::AddColumn) -> Option<Column> {
    let constraints: Vec<_> = column.constraints().collect();
    Some(make(
        plain(column.column_name())?,
        column.syntax(),
        column.ty(),
        &constraints,
    ))
}

fn make(
    name: String,
    node: &SyntaxNode,
    kind: Option<ast::Type>,
    constraints: &[ast::Constraint],
) -> Column {
    let kind_span = kind.as_ref().map(|kind| span(kind.syntax()));
    let kind = kind
        .map(|kind| type_name(kind.syntax()))
        .unwrap_or_default();
    let default = constraints.iter().find_map(|constraint| match constraint {
        ast::Constraint::DefaultConstraint(default) => Some(default),
        _ => None,
    });
    let generated = |as_what: &[&str]| {
        constraints.iter().any(|constraint| {
            matches!(constraint, ast::Constraint::GeneratedConstraint(_))
                && says(constraint.syntax(), as_what)
        })
    };
    let has = |wanted: fn(&ast::Constraint) -> bool| constraints.iter().any(wanted);
    let identity = generated(&["as", "identity"]);
    let stored = generated(&["stored"]);
    Column {
        not_null: identity
            || has(|constraint| {
                matches!(
                    constraint,
                    ast::Constraint::NotNullConstraint(_)
                        | ast::Constraint::PrimaryKeyConstraint(_)
                )
            }),
        default: default.is_some() || kind.contains("serial"),
        default_calls: default
            .into_iter()
            .flat_map(|default| default.syntax().descendants())
            .filter_map(ast::CallExpr::cast)
            .filter_map(|call| routine::called(&call))
            .collect(),
        generated: !identity
            && has(|constraint| matches!(constraint, ast::Constraint::GeneratedConstraint(_))),
        generated_stored: stored,
        generated_from: constraints
            .iter()
            .filter(|constraint| matches!(constraint, ast::Constraint::GeneratedConstraint(_)))
            .flat_map(|constraint| words(constraint.syntax()))
            .collect(),
        identity,
        constraints: constraints
            .iter()
            .filter_map(|written| {
                let mut constraint = constraint(written)?;
                if constraint.columns.is_empty() {
                    constraint.columns.push(name.clone());
                }
                Some(constraint)
            })
            .collect(),
        kind_span: kind_span.unwrap_or_else(|| span(node)),
        span: span(node),
        name,
        kind,
    }
}

/// A constraint of a table or a column; nothing for defaults and the like.
pub(super) fn constraint(constraint: &ast::Constraint) -> Option<Constraint> {
    let node = constraint.syntax();
    let mut columns = Vec::new();
    let mut conditions = Vec::new();
    let mut index = None;
    let kind = match constraint {
        ast::Constraint::CheckConstraint(check) => {
            if let Some(condition) = check.expr() {
                split(words(condition.syntax()), &mut conditions);
            }
            columns.extend(conditions.iter().filter_map(|words| not_null(words)));
            ConstraintKind::Check
        }
        ast::Constraint::ForeignKeyConstraint(key) => {
            columns = column_list(key.from_columns());
            ConstraintKind::ForeignKey {
                parent: name_of(key.table_name_ref())?,
                parent_columns: column_list(key.to_columns()),
                acts: acts(node),
            }
        }
        ast::Constraint::ReferencesConstraint(key) => ConstraintKind::ForeignKey {
            parent: name_of(key.table())?,
            parent_columns: plain(key.column()).into_iter().collect(),
            acts: acts(node),
        },
        ast::Constraint::PrimaryKeyConstraint(key) => {
            index = key.using_index().and_then(|using| plain(using.index_ref()));
            if index.is_none() {
                columns = listed(node);
            }
            ConstraintKind::PrimaryKey {
                using_index: key.using_index().is_some(),
            }
        }
        ast::Constraint::UniqueConstraint(key) => {
            index = key.using_index().and_then(|using| plain(using.index_ref()));
            if index.is_none() {
                columns = listed(node);
            }
            ConstraintKind::Unique {
                using_index: key.using_index().is_some(),
            }
        }
        ast::Constraint::ExcludeConstraint(_) => {
            conditions.push(words(node));
            ConstraintKind::Exclude
        }
        ast::Constraint::NotNullConstraint(not_null) => {
            columns.extend(plain(not_null.column_name_ref()));
            ConstraintKind::NotNull
        }
        ast::Constraint::DefaultConstraint(_)
        | ast::Constraint::GeneratedConstraint(_)
        | ast::Constraint::NullConstraint(_) => return None,
    };
    Some(Constraint {
        name: plain(constraint.constraint_name()),
        span: span(node),
        kind,
        not_valid: constraint.is_not_valid() || says(node, &["not", "enforced"]),
        columns,
        conditions,
        index,
    })
}

/// Takes a condition apart at its outer `and`s.
fn split(words: Vec<String>, into: &mut Vec<Vec<String>>) {
    let mut words = words;
    let wraps = |words: &[String]| {
        let mut depth = 0_usize;
        let closes = words.iter().position(|word| {
            match word.as_str() {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0
        });
        words.first().is_some_and(|word| word == "(") && closes == Some(words.len() - 1)
    };
    while words.len() > 2 && wraps(&words) {
        words.pop();
        words.remove(0);
    }
    let whole = words.clone();
    let (mut depth, mut between) = (0_usize, false);
    let mut parts = vec![Vec::new()];
    for word in words {
        match word.as_str() {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            "between" if depth == 0 => between = true,
            "or" if depth == 0 => return into.push(whole),
            "and" if depth == 0 && !between => {
                parts.push(Vec::new());
                continue;
            }
            "and" if depth == 0 => between = false,
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(word);
        }
    }
    match parts.len() {
        1 => into.extend(parts),
        _ => parts.into_iter().for_each(|part| split(part, into)),
    }
}

/// Whether a foreign key changes or deletes rows of its own table.
fn acts(key: &SyntaxNode) -> bool {
    let words = words(key);
    words.windows(3).any(|window| {
        window[0] == "on"
            && ["delete", "update"].contains(&window[1].as_str())
            && ["cascade", "set"].contains(&window[2].as_str())
    })
}

fn column_list(list: Option<ast::ForeignKeyColumnList>) -> Vec<String> {
    list.into_iter()
        .flat_map(|list| {
            list.column_name_refs()
                .filter_map(|column| plain(Some(column)))
        })
        .collect()
}

/// The names between the first parentheses of a key: `unique nulls not distinct (a, b) include (c)`.
fn listed(node: &SyntaxNode) -> Vec<String> {
    tokens(node)
        .map(|token| token.text().to_owned())
        .skip_while(|text| text != "(")
        .skip(1)
        .take_while(|text| text != ")")
        .filter(|text| text != ",")
        .map(|text| catalog_name(&text))
        .collect()
}

/// The column of `column is not null`.
fn not_null(words: &[String]) -> Option<String> {
    match words {
        [column, is, not, null] if is == "is" && not == "not" && null == "null" => {
            Some(catalog_name(column))
        }
        _ => None,
    }
}

/// A type's canonical name with its modifier, so that two spellings of one type are equal.
pub(super) fn type_name(node: &SyntaxNode) -> String {
    let words = words(node);
    let joined = words.join(" ");
    let mut modifier = String::new();
    let mut plain = Vec::new();
    let mut depth = 0;
    for word in &words {
        match word.as_str() {
            "(" => {
                depth += 1;
                modifier.push('(');
            }
            ")" => {
                depth -= 1;
                modifier.push(')');
            }
            word if depth > 0 => modifier.push_str(word),
            word => plain.push(word),
        }
    }
    let array = if joined.contains('[') || plain.contains(&"array") {
        "[]"
    } else {
        ""
    };
    plain.retain(|word| !matches!(*word, "[" | "]" | "array"));
    let base = plain.join(" ");
    let base = match base.as_str() {
        "timestamp with time zone" => "timestamptz",
        "timestamp without time zone" => "timestamp",
        "time without time zone" => "time",
        "time with time zone" => "timetz",
        "character varying" => "varchar",
        "character" => "char",
        "bit varying" => "varbit",
        "double precision" | "float" => "float8",
        "real" => "float4",
        "int" | "integer" => "int4",
        "bigint" => "int8",
        "smallint" => "int2",
        "decimal" => "numeric",
        "boolean" => "bool",
        other => other,
    };
    let base = base.strip_prefix("pg_catalog . ").unwrap_or(base);
    // The name of a type of one's own may carry its schema.
    let base = base.replace(" . ", ".");
    format!("{base}{modifier}{array}")
}
