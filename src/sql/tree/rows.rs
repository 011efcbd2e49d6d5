//! Statements that read and change rows.

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode};

use super::syntax::{name_of, plain, says, words};
use super::{Action, Name};

/// What a statement does to rows; of several changes in one, the first.
pub(super) fn action(node: &SyntaxNode) -> Option<Action> {
    // `with … as (update …)`, `explain analyze update`, `prepare … as update`.
    let changed = node.descendants().find_map(|node| changed(&node));
    changed.or_else(|| {
        Some(Action::Select {
            tables: read_by(node),
            locks_rows: says(node, &["for", "update"]) || says(node, &["for", "no", "key"]),
            words: words(node),
        })
    })
}

/// The same for `explain`, which runs what it explains only with `analyze`.
pub(super) fn explained(explain: &ast::Explain) -> Option<Action> {
    let mode = explain.explain_mode()?;
    let words = words(mode.syntax());
    let at = words
        .iter()
        .position(|word| word == "analyze" || word == "analyse")?;
    let is_off = words
        .get(at + 1)
        .is_some_and(|value| ["false", "off", "0"].contains(&value.as_str()));
    if is_off {
        return None;
    }
    action(explain.explain_stmt()?.syntax())
}

fn changed(node: &SyntaxNode) -> Option<Action> {
    if let Some(update) = ast::Update::cast(node.clone()) {
        return Some(Action::Update {
            table: name_of(update.relation_name())?,
            words: words(node),
        });
    }
    if let Some(delete) = ast::Delete::cast(node.clone()) {
        return Some(Action::Delete {
            table: name_of(delete.relation_name())?,
            words: words(node),
        });
    }
    if let Some(merge) = ast::Merge::cast(node.clone()) {
        let table = name_of(merge.table_relation_name())?;
        let source = merge.using_on_clause()?;
        let from_query = !read_by(source.syntax()).is_empty() || says(source.syntax(), &["from"]);
        let changes = says(node, &["then", "update"]) || says(node, &["then", "delete"]);
        return Some(inserted(node, table, from_query, changes));
    }
    let insert = ast::Insert::cast(node.clone())?;
    let table = name_of(insert.relation_name_ref())?;
    let source = insert.insert_source();
    let from_query = source.is_some_and(|source| says(source.syntax(), &["from"]));
    let updates = insert.on_conflict_clause();
    let updates = updates.is_some_and(|clause| says(clause.syntax(), &["do", "update"]));
    Some(inserted(node, table, from_query, updates))
}

/// Rows of a query that may meet rows which are there change as many of them as an update.
fn inserted(node: &SyntaxNode, table: Name, from_query: bool, changes: bool) -> Action {
    let words = words(node);
    if from_query && changes {
        Action::Update { table, words }
    } else {
        Action::Insert {
            table,
            from_query,
            words,
        }
    }
}

/// The tables that a query names behind `from` and `join`; what it defines by `with` is none.
pub(super) fn read_by(node: &SyntaxNode) -> Vec<Name> {
    let within = node.descendants().filter_map(ast::WithTable::cast);
    let defined: Vec<String> = within.filter_map(|table| plain(table.name())).collect();
    let mut tables: Vec<Name> = Vec::new();
    let items = node.descendants().filter_map(ast::RelationFromItem::cast);
    for table in items.filter_map(|item| name_of(item.relation_name_ref())) {
        let is_defined = table.schema.is_none() && defined.contains(&table.name);
        if !is_defined && !tables.contains(&table) {
            tables.push(table);
        }
    }
    tables
}
