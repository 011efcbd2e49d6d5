//! Of which kind the cells of a column are, as far as that follows from the file. What follows wrongly is noticed when a
//! cell turns out to be of another kind: its rows are made one by one then.

use super::code::{Kind, kind_of};
use crate::seed::column_type::ColumnType;
use crate::seed::dataset::{Dataset, Shape};
use crate::seed::expression::{End, Expression, Function, Hop, Operator, Path, Root};
use crate::seed::grammar::{Choice, Family, Generator, Key};

/// References between columns are followed so far.
const DEPTH: u32 = 24;

/// The kind of a column of any table.
pub(super) fn of_column(data: &Dataset, table: usize, column: usize) -> Option<Kind> {
    column_at(data, table, column, DEPTH)
}

/// The kind that all of these have, null aside.
pub(super) fn common(kinds: impl IntoIterator<Item = Option<Kind>>) -> Option<Kind> {
    kinds
        .into_iter()
        .try_fold(Kind::Nothing, |common, kind| match (common, kind?) {
            (common, Kind::Nothing) => Some(common),
            (Kind::Nothing, kind) => Some(kind),
            (common, kind) => (common == kind).then_some(kind),
        })
}

/// Whether a column is a key that follows from the row's address alone.
pub(super) fn is_key(data: &Dataset, table: usize, column: usize) -> bool {
    let table = &data.tables[table];
    let own = column;
    let column = &table.columns[own];
    matches!(column.generator, Generator::Key(Key::Uuid))
        && column.null == 0
        && column.when.is_none()
        && table.first.iter().flatten().all(|(at, _)| *at != own)
}

/// Whether a column is meant to have a UUID in every row, so that the row's index stands for it.
pub(super) fn names(data: &Dataset, table: usize, column: usize) -> bool {
    let column = &data.tables[table].columns[column];
    column.data_type == Some(ColumnType::Uuid) && column.null == 0 && column.when.is_none()
}

/// Whether null and no row are the same for this kind.
pub(super) fn tells_null(data: &Dataset, kind: Kind) -> bool {
    match kind {
        Kind::Row { table, column } => {
            is_key(data, table, column) || data.tables[table].columns[column].not_null
        }
        _ => true,
    }
}

fn column_at(data: &Dataset, table: usize, column: usize, depth: u32) -> Option<Kind> {
    if matches!(data.tables[table].shape, Shape::Existing(_)) {
        return None;
    }
    if is_key(data, table, column) {
        return Some(Kind::Row { table, column });
    }
    generator(
        data,
        table,
        &data.tables[table].columns[column].generator,
        depth.checked_sub(1)?,
    )
}

fn generator(data: &Dataset, table: usize, made: &Generator, depth: u32) -> Option<Kind> {
    match made {
        Generator::Constant(value) => kind_of(value),
        Generator::Reference(reference) => reference
            .column
            .filter(|column| names(data, reference.target, *column))
            .map(|column| Kind::Row {
                table: reference.target,
                column,
            }),
        Generator::Choice(choice) => match &**choice {
            Choice::Listed { .. } => Some(Kind::Word),
            Choice::Weighted(options) => common(
                options
                    .iter()
                    .map(|(option, _)| generator(data, table, option, depth)),
            ),
        },
        Generator::Date(date) => Some(if date.instant {
            Kind::Instant
        } else {
            Kind::Day
        }),
        Generator::After(after) => Some(if after.instant {
            Kind::Instant
        } else {
            Kind::Day
        }),
        Generator::Case(case) => common(
            case.branches
                .iter()
                .map(|(_, result)| generator(data, table, result, depth)),
        ),
        // Where a copied reference leads is not known to the row that copied it.
        Generator::Copy(copy) => common(
            copy.paths
                .iter()
                .map(|(copied, _)| path(data, table, copied, depth)),
        )
        .filter(|kind| !matches!(kind, Kind::Row { .. })),
        Generator::Value(value) => {
            expression(data, table, value, depth).filter(|kind| !matches!(kind, Kind::Row { .. }))
        }
        Generator::Nth(options) => common(
            options
                .iter()
                .map(|option| generator(data, table, option, depth)),
        ),
        Generator::Family(Family::Last { table, column }) => {
            column_at(data, *table, *column, depth).filter(|kind| !matches!(kind, Kind::Row { .. }))
        }
        Generator::Number(_)
        | Generator::Order(_)
        | Generator::Share(_)
        | Generator::Length(_)
        | Generator::Family(_) => Some(Kind::Number),
        Generator::Calendar { .. } => Some(Kind::Day),
        _ => None,
    }
}

fn path(data: &Dataset, table: usize, path: &Path, depth: u32) -> Option<Kind> {
    if path.root != Root::Own {
        return None;
    }
    let table = path.hops.iter().try_fold(table, |table, hop| match hop {
        Hop::Reference(column) => data.tables[table].columns[*column].generator.target(),
        Hop::Parent => data.tables[table].shape.parent(),
        Hop::Previous => Some(table),
    })?;
    match path.end {
        End::Column(column) => column_at(data, table, column, depth),
        End::Order | End::Siblings | End::Row => Some(Kind::Number),
        End::Day | End::Present => Some(Kind::Day),
        End::Tenant => Some(Kind::Word),
    }
}

fn expression(data: &Dataset, table: usize, value: &Expression, depth: u32) -> Option<Kind> {
    let of = |inner: &Expression| expression(data, table, inner, depth);
    match value {
        Expression::Constant(value) => kind_of(value),
        Expression::Text(_) => None,
        Expression::Path(found) => path(data, table, found, depth),
        Expression::Arithmetic(operator, one, other) => arithmetic(*operator, of(one)?, of(other)?),
        Expression::Call(function, arguments) => match function {
            Function::Round | Function::Floor => Some(Kind::Number),
            Function::Week | Function::Workday => Some(Kind::Day),
            Function::Least | Function::Greatest | Function::Coalesce => {
                common(arguments.iter().map(of))
            }
            Function::If => common(arguments[1..].iter().map(of)),
            Function::Lower | Function::Upper | Function::Slug => None,
        },
        _ => Some(Kind::Truth),
    }
}

/// What an operator makes of two kinds.
pub(super) fn arithmetic(operator: Operator, one: Kind, other: Kind) -> Option<Kind> {
    match (operator, one, other) {
        (Operator::Concatenate, ..) => None,
        (_, Kind::Number, Kind::Number) => Some(Kind::Number),
        (Operator::Subtract, Kind::Day | Kind::Instant, Kind::Day | Kind::Instant) => {
            Some(Kind::Number)
        }
        (Operator::Add | Operator::Subtract, Kind::Day | Kind::Instant, Kind::Number) => Some(one),
        _ => None,
    }
}
