//! From a table's generators to [`Code`]. What has no code is left to the evaluation row by row, column by column.

use super::code::{Code, Kind, bits, kind_of};
use super::kind::common;
use super::lanes::{How, Lane, lane};
use super::{Column, Program, Source};
use crate::seed::dataset::{Dataset, Shape};
use crate::seed::expression::Function;
use crate::seed::grammar::{Choice, Generator, Share};

/// A table on its way to a program.
pub(super) struct Compiler<'d> {
    pub(super) data: &'d Dataset,
    pub(super) table: usize,
    /// For each column: not looked at, being looked at or without code (`Some(None)`), or its code and kind.
    columns: Vec<Option<Option<(Column, Kind)>>>,
    order: Vec<usize>,
    pub(super) sources: Vec<Source>,
    pub(super) keys: Vec<(usize, usize)>,
    pub(super) children: Vec<usize>,
    pub(super) picks: usize,
    /// The table of the candidate that an expression may speak of.
    pub(super) it: Option<usize>,
}

pub(super) type Made = Option<(Code, Kind)>;

/// The program of a table; none when most of its columns would have no code.
pub(super) fn compile(data: &Dataset, table: usize) -> Option<Program> {
    let count = data.tables[table].columns.len();
    if matches!(data.tables[table].shape, Shape::Existing(_)) {
        return None;
    }
    let mut compiler = Compiler {
        data,
        table,
        columns: vec![None; count],
        order: Vec::new(),
        sources: Vec::new(),
        keys: Vec::new(),
        children: Vec::new(),
        picks: 0,
        it: None,
    };
    let stored = &data.tables[table].stored;
    let lanes: Vec<Lane> = stored
        .iter()
        .map(|column| {
            let known = compiler.column(*column).map(|(_, kind)| kind);
            lane(data, table, *column, known, &mut compiler.keys)
        })
        .collect();
    let by_row = lanes
        .iter()
        .filter(|lane| matches!(lane.how, How::ByRow))
        .count();
    if by_row * 3 > lanes.len() {
        return None;
    }
    Some(Program {
        order: compiler.order,
        columns: compiler
            .columns
            .into_iter()
            .map(|column| column.flatten().map(|(column, _)| column))
            .collect(),
        sources: compiler.sources,
        keys: compiler.keys,
        children: compiler.children,
        picks: compiler.picks,
        lanes,
    })
}

impl Compiler<'_> {
    /// The code of a column of the table itself.
    pub(super) fn column(&mut self, at: usize) -> Made {
        if self.columns[at].is_none() {
            // A column that leads back to itself finds no code.
            self.columns[at] = Some(None);
            let column = &self.data.tables[self.table].columns[at];
            let when = match &column.when {
                Some(when) => match self.condition(when) {
                    Some(code) => Some(code),
                    None => return None,
                },
                None => None,
            };
            let (code, kind) = self.generator(&column.generator, at)?;
            let steady = column.null == 0
                && when.iter().chain([&code]).all(|code| {
                    code.is_steady(&|own| {
                        matches!(&self.columns[own], Some(Some((column, _))) if column.steady)
                    })
                });
            self.columns[at] = Some(Some((
                Column {
                    key: column.key,
                    null: column.null,
                    when,
                    code,
                    steady,
                },
                kind,
            )));
            self.order.push(at);
        }
        match &self.columns[at] {
            Some(Some((_, kind))) => Some((Code::Own(at), *kind)),
            _ => None,
        }
    }

    fn generator(&mut self, generator: &Generator, column: usize) -> Made {
        let data = self.data;
        match generator {
            Generator::Constant(value) => {
                let kind = kind_of(value)?;
                Some((Code::Constant(bits(kind, value)?), kind))
            }
            Generator::Reference(reference) => self.reference(reference, column),
            Generator::Choice(choice) => match &**choice {
                Choice::Listed {
                    list,
                    group: None,
                    turns: false,
                } => Some((
                    Code::List(data.words.lists[*list].items.clone().into()),
                    Kind::Word,
                )),
                Choice::Listed { .. } => None,
                Choice::Weighted(options) => {
                    let options: Option<Vec<_>> = options
                        .iter()
                        .map(|(option, threshold)| {
                            let (code, kind) = self.generator(option, column)?;
                            Some((code, *threshold, kind))
                        })
                        .collect();
                    let options = options?;
                    let kind = common(options.iter().map(|(.., kind)| Some(*kind)))?;
                    let options = options.into_iter().map(|(code, at, _)| (code, at));
                    Some((Code::Weighted(options.collect()), kind))
                }
            },
            Generator::Number(number) => Some((Code::Number(*number), Kind::Number)),
            Generator::Date(date) => Some((
                Code::Date((**date).clone()),
                if date.instant {
                    Kind::Instant
                } else {
                    Kind::Day
                },
            )),
            Generator::After(after) => {
                let (of, _) = self.instant(&after.of)?;
                let first = match &after.first {
                    Some(first) => {
                        let (code, kind) = self.instant(first)?;
                        if !after.instant && kind != Kind::Day {
                            return None;
                        }
                        Some(Box::new(code))
                    }
                    None => None,
                };
                let no_later = match &after.no_later {
                    Some(limit) => Some(Box::new(self.instant(limit)?.0)),
                    None => None,
                };
                let kind = if after.instant {
                    Kind::Instant
                } else {
                    Kind::Day
                };
                let after = (**after).clone();
                let of = Box::new(of);
                Some((
                    Code::After {
                        after,
                        of,
                        first,
                        no_later,
                    },
                    kind,
                ))
            }
            Generator::Case(case) => {
                let mut branches = Vec::new();
                let mut kinds = Vec::new();
                for (condition, result) in &case.branches {
                    let condition = match condition {
                        Some(condition) => Some(self.condition(condition)?),
                        None => None,
                    };
                    let (code, kind) = self.generator(result, column)?;
                    kinds.push(Some(kind));
                    branches.push((condition, code));
                }
                Some((Code::Case(branches), common(kinds)?))
            }
            Generator::Copy(copy) => match &copy.paths[..] {
                [(path, _)] => self.path(path),
                paths => {
                    let made: Option<Vec<_>> = paths
                        .iter()
                        .map(|(path, threshold)| Some((self.path(path)?, *threshold)))
                        .collect();
                    let made = made?;
                    let kind = common(made.iter().map(|((_, kind), _)| Some(*kind)))?;
                    let options = made.into_iter().map(|((code, _), at)| (code, at));
                    Some((Code::Weighted(options.collect()), kind))
                }
            },
            Generator::Value(expression) => self.expression(expression),
            Generator::Nth(options) => {
                let made: Option<Vec<_>> = options
                    .iter()
                    .map(|option| self.generator(option, column))
                    .collect();
                let made = made?;
                let kind = common(made.iter().map(|(_, kind)| Some(*kind)))?;
                Some((
                    Code::Nth(made.into_iter().map(|(code, _)| code).collect()),
                    kind,
                ))
            }
            Generator::Order(start) => Some((Code::Place(*start), Kind::Number)),
            Generator::Calendar { week } => Some((
                if *week {
                    Code::Call(Function::Week, vec![Code::Day])
                } else {
                    Code::Day
                },
                Kind::Day,
            )),
            Generator::Share(share) => {
                data.tables[self.table].shape.parent()?;
                let key = Share::key(data.tables[self.table].columns[column].key);
                Some((Code::Share(*share, key), Kind::Number))
            }
            _ => None,
        }
    }
}
