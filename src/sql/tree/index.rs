//! `create index`.

use std::ops::Range;

use squawk_syntax::ast::{self, AstNode};

use super::Name;
use super::syntax::{name_of, plain, says, span, words};

#[derive(Clone, Debug)]
pub(crate) struct CreateIndex {
    pub(crate) index: Option<Name>,
    pub(crate) table: Name,
    pub(crate) concurrently: bool,
    pub(crate) if_not_exists: Option<Range<usize>>,
    /// Columns in order; an expression is an empty text.
    pub(crate) columns: Vec<String>,
    /// The words of its expressions and of its condition.
    pub(crate) mentions: Vec<String>,
    pub(crate) partial: bool,
    pub(crate) unique: bool,
    /// `on only`: not the partitions.
    pub(crate) only: bool,
    /// Just behind the word `index`.
    pub(crate) after_index: usize,
}

pub(super) fn created(create: &ast::CreateIndex) -> Option<CreateIndex> {
    let table = create.table_relation_name()?;
    let items: Vec<_> = create.partition_item_list()?.partition_items().collect();
    let column = |item: &ast::PartitionItem| match item.expr() {
        Some(ast::Expr::NameRef(column)) => plain(Some(column)).unwrap_or_default(),
        _ => String::new(),
    };
    let computed = items.iter().filter(|item| column(item).is_empty());
    let mut mentions: Vec<String> = computed.flat_map(|item| words(item.syntax())).collect();
    let condition = create.where_clause();
    mentions.extend(condition.iter().flat_map(|clause| words(clause.syntax())));
    Some(CreateIndex {
        index: name_of(create.index()),
        only: says(table.syntax(), &["only"]),
        table: name_of(Some(table))?,
        concurrently: create.concurrently_token().is_some(),
        if_not_exists: create
            .if_not_exists()
            .map(|condition| span(condition.syntax())),
        columns: items.iter().map(column).collect(),
        mentions,
        partial: condition.is_some(),
        unique: create.unique_token().is_some(),
        after_index: create.index_token()?.text_range().end().into(),
    })
}
