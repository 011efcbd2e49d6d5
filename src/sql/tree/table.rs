//! `create table` and `alter table`.

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode};

use super::column::{self, type_name};
use super::syntax::{name_of, plain, says, span, words};
use super::{Change, ChangeKind, CreateTable, Move, Name};

/// `create table`, also as a partition.
pub(super) fn created(table: &ast::CreateTable) -> Option<CreateTable> {
    Some(CreateTable {
        if_not_exists: table.if_not_exists().is_some(),
        partition_of: name_of(table.partition_of()),
        is_default: matches!(
            table.partition_type(),
            Some(ast::PartitionType::PartitionDefault(_))
        ),
        is_partitioned: table.partition_by().is_some(),
        partition_key: table
            .partition_by()
            .and_then(|by| by.partition_item_list())
            .into_iter()
            .flat_map(|list| {
                list.partition_items().map(|item| match item.expr() {
                    Some(ast::Expr::NameRef(column)) => plain(Some(column)).unwrap_or_default(),
                    _ => String::new(),
                })
            })
            .collect(),
        of_type: table.of_type().and_then(|of| name_of(of.ty())),
        inherits: parents(table.inherits()),
        temporary: is_temporary(table.persistence()),
        ..with_columns(
            table.table_name()?,
            table.table_arg_list(),
            table.of_type().is_some(),
        )?
    })
}

/// `create foreign table`.
pub(super) fn created_foreign(table: &ast::CreateForeignTable) -> Option<CreateTable> {
    Some(CreateTable {
        if_not_exists: table.if_not_exists().is_some(),
        partition_of: name_of(table.partition_of()),
        inherits: parents(table.inherits()),
        is_foreign: true,
        ..with_columns(table.table_name()?, table.table_arg_list(), false)?
    })
}

/// `create table … as` and `select … into`.
pub(super) fn created_from_query(
    name: ast::TableName,
    persistence: Option<ast::Persistence>,
    if_not_exists: bool,
) -> Option<CreateTable> {
    Some(CreateTable {
        if_not_exists,
        temporary: is_temporary(persistence),
        ..with_columns(name, None, true)?
    })
}

fn with_columns(
    name: ast::TableName,
    arguments: Option<ast::TableArgList>,
    columns_are_elsewhere: bool,
) -> Option<CreateTable> {
    let mut created = CreateTable {
        name_span: span(name.syntax()),
        table: name_of(Some(name))?,
        columns: Vec::new(),
        constraints: Vec::new(),
        if_not_exists: false,
        partition_of: None,
        is_default: false,
        is_partitioned: false,
        partition_key: Vec::new(),
        of_type: None,
        query: Vec::new(),
        inherits: Vec::new(),
        likes: Vec::new(),
        temporary: false,
        is_foreign: false,
        columns_are_elsewhere,
    };
    for argument in arguments.into_iter().flat_map(|list| list.args()) {
        match argument {
            ast::TableArg::Column(column) => created.columns.extend(column::of_table(&column)),
            ast::TableArg::LikeClause(like) => {
                created.columns_are_elsewhere = true;
                let before = created.columns.len();
                let other = name_of(like.relation_name_ref());
                created.likes.extend(other.map(|other| (other, before)));
            }
            ast::TableArg::TableConstraint(written) => {
                let written = ast::Constraint::cast(written.syntax().clone());
                let constraint = written.as_ref().and_then(column::constraint);
                created.constraints.extend(constraint);
            }
        }
    }
    Some(created)
}

fn parents(inherits: Option<ast::Inherits>) -> Vec<Name> {
    let names = inherits.into_iter().flat_map(|list| list.table_name_refs());
    names.filter_map(|name| name_of(Some(name))).collect()
}

pub(super) fn is_temporary(persistence: Option<ast::Persistence>) -> bool {
    matches!(persistence, Some(ast::Persistence::Temp(_)))
}

/// The table and the actions of `alter table` and `alter foreign table`.
pub(super) fn altered(
    table: Option<ast::TableRelationName>,
    actions: impl Iterator<Item = ast::AlterTableAction>,
) -> Option<(Name, Vec<Change>)> {
    let name = name_of(table)?;
    let changes = actions
        .map(|action| Change {
            span: span(action.syntax()),
            kind: change(&action).unwrap_or(ChangeKind::Other),
        })
        .collect();
    Some((name, changes))
}

fn change(action: &ast::AlterTableAction) -> Option<ChangeKind> {
    use ast::AlterTableAction as Act;
    Some(match action {
        Act::AddColumn(added) => ChangeKind::AddColumn(column::added(added)?),
        Act::DropColumn(dropped) => ChangeKind::DropColumn {
            column: plain(dropped.column_name_ref())?,
        },
        Act::RenameColumn(renamed) => ChangeKind::RenameColumn {
            from: plain(renamed.column_name_ref())?,
            to: plain(renamed.column_name())?,
        },
        Act::TableRenameTo(renamed) => {
            ChangeKind::MoveTable(Move::Name(plain(renamed.table_name())?))
        }
        Act::SetSchema(moved) => ChangeKind::MoveTable(Move::Schema(plain(moved.schema_ref())?)),
        Act::AlterConstraint(altered)
            if says(altered.syntax(), &["enforced"])
                && !says(altered.syntax(), &["not", "enforced"]) =>
        {
            ChangeKind::EnforceConstraint {
                name: plain(altered.constraint_name_ref())?,
            }
        }
        Act::AddConstraint(added) => {
            ChangeKind::AddConstraint(column::constraint(&added.constraint()?)?)
        }
        Act::DropConstraint(dropped) => ChangeKind::DropConstraint {
            name: plain(dropped.constraint_name_ref())?,
        },
        Act::ValidateConstraint(validated) => ChangeKind::ValidateConstraint {
            name: plain(validated.constraint_name_ref())?,
        },
        Act::AttachPartition(attached) => ChangeKind::AttachPartition {
            partition: name_of(attached.table_name_ref())?,
            bounds: attached
                .partition_type()
                .map(|bounds| words(bounds.syntax()))
                .unwrap_or_default(),
        },
        Act::NoInheritTable(removed) => ChangeKind::NoInherit {
            parent: name_of(removed.table_name_ref())?,
        },
        Act::ReplicaIdentity(identity) => ChangeKind::ReplicaIdentity {
            nothing: says(identity.syntax(), &["nothing"]),
        },
        Act::DetachPartition(detached) => ChangeKind::DetachPartition {
            partition: name_of(detached.table_name_ref())?,
            concurrently: says(detached.syntax(), &["concurrently"])
                || says(detached.syntax(), &["finalize"]),
        },
        Act::AlterColumn(altered) => altered_column(altered)?,
        Act::SetAccessMethod(_)
        | Act::SetLogged(_)
        | Act::SetUnlogged(_)
        | Act::SetTablespace(_) => ChangeKind::Rewrite,
        Act::EnableRls(_) => ChangeKind::RowSecurity { enables: true },
        Act::DisableRls(_) | Act::ForceRls(_) | Act::NoForceRls(_) => {
            ChangeKind::RowSecurity { enables: false }
        }
        Act::DisableTrigger(disabled) => ChangeKind::TriggerState {
            disables_all: says(disabled.syntax(), &["trigger", "all"]),
            enables: false,
        },
        Act::EnableTrigger(_) | Act::EnableAlwaysTrigger(_) | Act::EnableReplicaTrigger(_) => {
            ChangeKind::TriggerState {
                disables_all: false,
                enables: true,
            }
        }
        Act::ClusterOn(_)
        | Act::SetOptions(_)
        | Act::ResetOptions(_)
        | Act::SetWithoutCluster(_) => ChangeKind::Light,
        _ => ChangeKind::Other,
    })
}

fn altered_column(altered: &ast::AlterColumn) -> Option<ChangeKind> {
    let column = plain(altered.column_name_ref())?;
    Some(match altered.option()? {
        ast::AlterColumnOption::SetType(set) => {
            let kind = type_name(set.ty()?.syntax());
            let computes = |using: ast::UsingExpr| !is_cast(using.syntax(), &column, &kind);
            ChangeKind::SetType {
                using: set.using_expr().is_some_and(computes),
                collates: set.collate().is_some(),
                kind,
                column,
            }
        }
        ast::AlterColumnOption::SetExpression(_) => ChangeKind::SetExpression { column },
        ast::AlterColumnOption::DropDefault(_) => ChangeKind::DropDefault { column },
        ast::AlterColumnOption::SetDefault(_) => ChangeKind::SetDefault { column },
        ast::AlterColumnOption::DropIdentity(_) => ChangeKind::DropIdentity { column },
        ast::AlterColumnOption::AddGenerated(_)
        | ast::AlterColumnOption::SetGenerated(_)
        | ast::AlterColumnOption::SetGeneratedOptions(_)
            if says(altered.syntax(), &["generated", "always"]) =>
        {
            ChangeKind::AlwaysIdentity { column }
        }
        ast::AlterColumnOption::SetNotNull(_) => ChangeKind::SetNotNull { column },
        ast::AlterColumnOption::DropNotNull(_) => ChangeKind::DropNotNull { column },
        ast::AlterColumnOption::SetStatistics(_)
        | ast::AlterColumnOption::SetOptions(_)
        | ast::AlterColumnOption::ResetOptions(_) => ChangeKind::Light,
        _ => ChangeKind::Other,
    })
}

/// Whether `using` says no more than the column, or the column as the very type.
fn is_cast(using: &SyntaxNode, column: &str, kind: &str) -> bool {
    let words: Vec<String> = words(using)
        .into_iter()
        .skip(1)
        .filter(|word| word != "(" && word != ")")
        .collect();
    let is_column = |word: &String| word.trim_matches('"') == column;
    let cast = using.descendants().find_map(ast::CastExpr::cast);
    match words.as_slice() {
        [only] => is_column(only),
        [first, sign, ..] if sign.starts_with(':') => {
            let to = cast.and_then(|cast| cast.ty());
            is_column(first) && to.is_some_and(|to| type_name(to.syntax()) == kind)
        }
        _ => false,
    }
}
