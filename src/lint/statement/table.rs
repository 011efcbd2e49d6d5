//! `create table` and `alter table`.

use squawk_syntax::ast::{self, AstNode};

use super::column::{self, type_name};
use super::syntax::{name_of, plain, says, span, words};
use super::{Change, ChangeKind, CreateTable, Name};

/// `create table`, also as a partition.
pub(super) fn created(table: &ast::CreateTable) -> Option<CreateTable> {
    let mut columns = Vec::new();
    let mut constraints = Vec::new();
    let mut columns_are_elsewhere = table.of_type().is_some();
    for argument in table
        .table_arg_list()
        .into_iter()
        .flat_map(|list| list.args())
    {
        match argument {
            ast::TableArg::Column(column) => columns.extend(column::of_table(&column)),
            ast::TableArg::LikeClause(_) => columns_are_elsewhere = true,
            ast::TableArg::TableConstraint(written) => {
                let written = ast::Constraint::cast(written.syntax().clone());
                constraints.extend(written.as_ref().and_then(column::constraint));
            }
        }
    }
    Some(CreateTable {
        table: name_of(table.table_name())?,
        name_span: span(table.table_name()?.syntax()),
        columns,
        constraints,
        partition_of: name_of(table.partition_of()),
        inherits: table.inherits().is_some(),
        temporary: is_temporary(table.persistence()),
        columns_are_elsewhere,
    })
}

/// `create table … as`.
pub(super) fn created_from_query(table: &ast::CreateTableAs) -> Option<CreateTable> {
    Some(CreateTable {
        table: name_of(table.table_name())?,
        name_span: span(table.table_name()?.syntax()),
        columns: Vec::new(),
        constraints: Vec::new(),
        partition_of: None,
        inherits: false,
        temporary: is_temporary(table.persistence()),
        columns_are_elsewhere: true,
    })
}

pub(super) fn is_temporary(persistence: Option<ast::Persistence>) -> bool {
    matches!(persistence, Some(ast::Persistence::Temp(_)))
}

/// The table and the actions of `alter table`.
pub(super) fn altered(table: &ast::AlterTable) -> Option<(Name, Vec<Change>)> {
    let name = name_of(table.table_relation_name())?;
    let changes = table
        .actions()
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
        Act::TableRenameTo(renamed) => ChangeKind::RenameTable {
            to: words(renamed.syntax()).pop()?,
        },
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
        Act::EnableRls(_) | Act::DisableRls(_) | Act::ForceRls(_) | Act::NoForceRls(_) => {
            ChangeKind::RowSecurity
        }
        Act::EnableTrigger(_)
        | Act::DisableTrigger(_)
        | Act::EnableAlwaysTrigger(_)
        | Act::EnableReplicaTrigger(_) => ChangeKind::TriggerState,
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
        ast::AlterColumnOption::SetType(set) => ChangeKind::SetType {
            column,
            kind: type_name(set.ty()?.syntax()),
            using: set.using_expr().is_some(),
        },
        ast::AlterColumnOption::SetNotNull(_) => ChangeKind::SetNotNull { column },
        ast::AlterColumnOption::DropNotNull(_) => ChangeKind::DropNotNull { column },
        ast::AlterColumnOption::SetStatistics(_)
        | ast::AlterColumnOption::SetOptions(_)
        | ast::AlterColumnOption::ResetOptions(_) => ChangeKind::Light,
        _ => ChangeKind::Other,
    })
}
