//! Views and materialized views.

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode};

use super::rows::read_by;
use super::syntax::{name_of, plain, says, span, words};
use super::{Move, Name, table};

#[derive(Clone, Debug)]
pub(crate) struct CreateView {
    pub(crate) view: Name,
    pub(crate) materialized: bool,
    pub(crate) temporary: bool,
    pub(crate) security_invoker: bool,
    /// Whether it has a `with (…)` already.
    pub(crate) has_options: bool,
    /// Where a `with (…)` belongs: just behind the name or the column list.
    pub(crate) options_at: usize,
    pub(crate) replaces: bool,
    /// Its columns, where the statement names all of them.
    pub(crate) columns: Option<Vec<String>>,
    /// The tables that its query reads.
    pub(crate) tables: Vec<Name>,
    /// Whether the query is run at once.
    pub(crate) is_filled: bool,
    /// The words of its query.
    pub(crate) words: Vec<String>,
}

pub(super) fn created(create: &ast::CreateView) -> Option<CreateView> {
    let query = create.query();
    let query = query.as_ref().map(AstNode::syntax);
    Some(CreateView {
        materialized: false,
        temporary: table::is_temporary(create.persistence()),
        security_invoker: create
            .with_params()
            .is_some_and(|params| is_security_invoker(params.syntax())),
        has_options: create.with_params().is_some(),
        options_at: match create.column_list() {
            Some(list) => span(list.syntax()).end,
            None => span(create.view()?.syntax()).end,
        },
        replaces: create.or_replace().is_some(),
        ..of_query(name_of(create.view())?, create.column_list(), query)
    })
}

pub(super) fn created_materialized(create: &ast::CreateMaterializedView) -> Option<CreateView> {
    let query = create.query();
    let query = query.as_ref().map(AstNode::syntax);
    Some(CreateView {
        has_options: create.with_params().is_some(),
        options_at: span(create.view()?.syntax()).end,
        is_filled: !says(create.syntax(), &["with", "no", "data"]),
        ..of_query(name_of(create.view())?, create.column_list(), query)
    })
}

/// A materialized view that is not filled, until its caller knows better.
fn of_query(
    view: Name,
    columns: Option<ast::ColumnList>,
    query: Option<&SyntaxNode>,
) -> CreateView {
    let listed = columns.map(|list| {
        let words = words(list.syntax());
        let names = words
            .into_iter()
            .filter(|word| !["(", ")", ","].contains(&word.as_str()));
        names.collect()
    });
    CreateView {
        view,
        materialized: true,
        temporary: false,
        security_invoker: false,
        has_options: false,
        options_at: 0,
        replaces: false,
        columns: listed.or_else(|| named_columns(query?)),
        tables: query.map(read_by).unwrap_or_default(),
        is_filled: false,
        words: query.map(words).unwrap_or_default(),
    }
}

/// The names of what a query returns, where it says all of them.
fn named_columns(query: &SyntaxNode) -> Option<Vec<String>> {
    let select = query.descendants().find_map(ast::Select::cast)?;
    // A query of several says its names in the first, which stands first.
    let targets = select.select_clause()?.target_list()?.targets();
    targets
        .map(|target| match (target.as_name(), target.expr()?) {
            (Some(name), _) => plain(name.name()),
            (None, ast::Expr::NameRef(column)) => plain(Some(column)),
            (None, ast::Expr::FieldExpr(column)) => {
                plain(Some(column)).filter(|column| column != "*")
            }
            _ => None,
        })
        .collect()
}

/// The new name or schema of a view.
pub(super) fn moved(alter: &ast::AlterView) -> Option<(Name, Move)> {
    let to = match alter.action()? {
        ast::AlterViewAction::ViewRenameTo(to) => Move::Name(plain(to.view())?),
        ast::AlterViewAction::SetSchema(to) => Move::Schema(plain(to.schema_ref())?),
        _ => return None,
    };
    Some((name_of(alter.view_ref())?, to))
}

/// The same of a materialized view.
pub(super) fn moved_materialized(alter: &ast::AlterMaterializedView) -> Option<(Name, Move)> {
    let to = alter.action().find_map(|action| match action {
        ast::AlterMaterializedViewAction::ViewRenameTo(to) => Some(Move::Name(plain(to.view())?)),
        ast::AlterMaterializedViewAction::SetSchema(to) => {
            Some(Move::Schema(plain(to.schema_ref())?))
        }
        _ => None,
    })?;
    Some((name_of(alter.view_ref())?, to))
}

fn is_security_invoker(params: &SyntaxNode) -> bool {
    let words = words(params);
    words.iter().enumerate().any(|(at, word)| {
        word == "security_invoker"
            && match words.get(at + 1).map(String::as_str) {
                Some("=") => words.get(at + 2).is_some_and(|value| {
                    ["true", "on", "1", "yes", "'true'", "'on'"].contains(&value.as_str())
                }),
                _ => true,
            }
    })
}
