//! Columns that would have to be known before themselves.

use super::reader::Reader;
use crate::seed::dataset::{Dataset, Shape};
use crate::seed::expression::{End, Hop, Path, Root};
use crate::seed::grammar::Generator;
use crate::seed::grammar::reference::Among;

/// A column of a table.
type Cell = (usize, usize);

/// Notes every column that depends on itself.
pub(super) fn check(reader: &mut Reader<'_>, data: &Dataset) {
    let sizes: Vec<usize> = data
        .tables
        .iter()
        .map(|table| table.columns.len())
        .collect();
    let mut state: Vec<Vec<State>> = sizes.iter().map(|size| vec![State::New; *size]).collect();
    let mut path = Vec::new();
    for (table, size) in sizes.into_iter().enumerate() {
        for column in 0..size {
            visit(reader, data, &mut state, &mut path, (table, column));
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}

fn visit(
    reader: &mut Reader<'_>,
    data: &Dataset,
    state: &mut [Vec<State>],
    path: &mut Vec<Cell>,
    cell: Cell,
) {
    match state[cell.0][cell.1] {
        State::Done => return,
        State::Open => {
            let start = path.iter().position(|known| *known == cell).unwrap_or(0);
            let name = |(table, column): &Cell| {
                format!(
                    "{}.{}",
                    data.tables[*table].label, data.tables[*table].columns[*column].name
                )
            };
            let way: Vec<String> = path[start..].iter().chain([&cell]).map(name).collect();
            let span = data.tables[cell.0].columns[cell.1]
                .place
                .span
                .clone()
                .unwrap_or_default();
            reader.mistake(
                span,
                format!("{} depends on itself", name(&cell)),
                Some(format!("the way round: {}", way.join(" → "))),
            );
            return;
        }
        State::New => {}
    }
    state[cell.0][cell.1] = State::Open;
    path.push(cell);
    for next in dependencies(data, cell) {
        visit(reader, data, state, path, next);
    }
    path.pop();
    state[cell.0][cell.1] = State::Done;
}

/// The columns that must be known to make a cell.
fn dependencies(data: &Dataset, (at, column): Cell) -> Vec<Cell> {
    let table = &data.tables[at];
    let mut found = Vec::new();
    match &table.shape {
        Shape::Calendar(calendar) => {
            found.extend(
                calendar
                    .from
                    .iter()
                    .chain(&calendar.until)
                    .map(|column| (calendar.who, *column)),
            );
        }
        Shape::Per {
            parent,
            number,
            condition,
            ..
        } => {
            for part in number.iter().chain(condition) {
                part.paths(&mut |path| follow(data, at, Some(*parent), None, path, &mut found));
            }
        }
        _ => {}
    }
    let made = &table.columns[column];
    if let Some(when) = &made.when {
        when.paths(&mut |path| follow(data, at, None, None, path, &mut found));
    }
    let (it, via) = match &made.generator {
        Generator::Reference(reference) => {
            let via = match reference.among {
                Among::Via {
                    table,
                    link,
                    anchor,
                } => {
                    found.push((table, link));
                    if let Hop::Reference(column) = anchor {
                        found.push((at, column));
                    }
                    Some(table)
                }
                Among::Under(Hop::Reference(column)) => {
                    found.push((at, column));
                    None
                }
                _ => None,
            };
            if let Some(column) = reference.column
                && (reference.target, column) != (at, made_key(data, at))
            {
                found.push((reference.target, column));
            }
            (Some(reference.target), via)
        }
        Generator::Family(crate::seed::grammar::Family::Sum { table, column, by }) => {
            found.extend([(*table, *column), (*table, *by)]);
            (None, None)
        }
        Generator::Family(crate::seed::grammar::Family::Last { table, column }) => {
            found.push((*table, *column));
            (None, None)
        }
        _ => (None, None),
    };
    made.generator
        .paths(&mut |path| follow(data, at, it, via, path, &mut found));
    if let Generator::Phrase(text) = &made.generator {
        phrase(data, at, text.phrase, &mut found, 0);
    }
    found
}

/// A table's own key column, which depends on nothing.
fn made_key(data: &Dataset, at: usize) -> usize {
    data.tables[at]
        .columns
        .iter()
        .position(|column| matches!(column.generator, Generator::Key(_)))
        .unwrap_or(usize::MAX)
}

fn phrase(data: &Dataset, at: usize, phrase: usize, found: &mut Vec<Cell>, depth: u32) {
    use crate::seed::words::Piece;
    for piece in data.words.phrases[phrase].variants.iter().flatten() {
        match piece {
            Piece::Cell(path, _) | Piece::Group(_, path, _) => {
                follow(data, at, None, None, path, found);
            }
            Piece::Phrase(inner, _) if depth < 16 => {
                self::phrase(data, at, *inner, found, depth + 1);
            }
            _ => {}
        }
    }
}

/// The columns on the way of a name.
fn follow(
    data: &Dataset,
    at: usize,
    it: Option<usize>,
    via: Option<usize>,
    path: &Path,
    found: &mut Vec<Cell>,
) {
    let start = match path.root {
        Root::Own => Some(at),
        Root::It => it,
        Root::Via => via,
    };
    let Some(mut table) = start else {
        return;
    };
    for hop in &path.hops {
        match hop {
            Hop::Reference(column) => {
                found.push((table, *column));
                match data.tables[table].columns[*column].generator.target() {
                    Some(next) => table = next,
                    None => return,
                }
            }
            Hop::Parent => match data.tables[table].shape.parent() {
                Some(next) => table = next,
                None => return,
            },
            // The row before is made before: no circle can close through it.
            Hop::Previous => return,
        }
    }
    if let End::Column(column) = path.end {
        found.push((table, column));
    }
}
