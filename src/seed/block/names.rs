//! From names and references to [`Code`]: where they lead, and among which rows they pick.

use super::Source;
use super::code::{self, Code, First, Kind, Pick, Whole};
use super::compile::{Compiler, Made};
use super::kind::{self, is_key};
use super::place::place_of;
use crate::seed::dataset::Shape;
use crate::seed::expression::{Comparison, End, Expression, Hop, Path, Root};
use crate::seed::generate::shared_key;
use crate::seed::grammar::Reference;
use crate::seed::grammar::reference::{Among, Choice as How};

impl Compiler<'_> {
    pub(super) fn reference(&mut self, reference: &Reference, own: usize) -> Made {
        let target = reference.target;
        let column = reference
            .column
            .filter(|column| kind::names(self.data, target, *column))?;
        let kind = Kind::Row {
            table: target,
            column,
        };
        if reference.choice == How::Parent {
            return Some((Code::Parent, kind));
        }
        let is_range = reference.condition.is_none() && reference.weight.is_none();
        let whole = match (&reference.choice, &reference.among) {
            (How::Same, _) => Some(Whole::Same),
            (How::Turns, _) => Some(Whole::Turns),
            (How::Uniform, Among::All) if is_range && !reference.distinct => Some(Whole::Any),
            _ => None,
        };
        if let Some(whole) = whole {
            return Some((Code::Whole(whole, target), kind));
        }
        let anchor = match &reference.among {
            Among::All => None,
            Among::Under(hop) | Among::Via { anchor: hop, .. } => Some(self.hop(hop)?),
        };
        match (&reference.choice, &reference.among) {
            (How::First, Among::Under(_)) if reference.weight.is_none() => {
                let Shape::Per { .. } = self.data.tables[target].shape else {
                    return None;
                };
                let condition = match &reference.condition {
                    Some(condition) => {
                        let outer = self.it.replace(target);
                        let code = self.condition(condition);
                        self.it = outer;
                        Some(code?)
                    }
                    None => None,
                };
                let children = place_of(&mut self.children, target);
                let first = First {
                    children,
                    anchor: anchor?,
                    condition,
                };
                Some((Code::First(Box::new(first)), kind))
            }
            (How::Uniform, among) => {
                if is_range && !matches!(among, Among::Via { .. }) {
                    return None;
                }
                let question: Option<Vec<(Code, Kind)>> = reference
                    .depends_on
                    .as_ref()?
                    .iter()
                    .map(|path| self.path(path))
                    .collect();
                let question = question?;
                let among = self.among(reference, &question);
                let pick = Pick {
                    slot: self.picks,
                    reference: reference.clone(),
                    anchor,
                    question: question.into_iter().map(|(code, _)| code).collect(),
                    among,
                    distinct: reference
                        .distinct
                        .then(|| shared_key(self.data.tables[self.table].columns[own].key)),
                };
                self.picks += 1;
                Some((Code::Pick(Box::new(pick)), kind))
            }
            _ => None,
        }
    }

    /// How the candidates of a reference are found.
    pub(super) fn among(
        &mut self,
        reference: &Reference,
        question: &[(Code, Kind)],
    ) -> code::Among {
        let mut part = |part: &Option<Expression>| match part {
            Some(expression) => {
                let outer = self.it.replace(reference.target);
                let made = self.expression(expression);
                self.it = outer;
                made.map(Some)
            }
            None => Some(None),
        };
        match &reference.among {
            Among::All => {
                let found = part(&reference.condition).zip(part(&reference.weight));
                let fits =
                    |made: &Made, wanted| made.as_ref().is_none_or(|(_, kind)| *kind == wanted);
                match found {
                    Some((condition, weight))
                        if fits(&condition, Kind::Truth) && fits(&weight, Kind::Number) =>
                    {
                        code::Among::All {
                            condition: condition.map(|(code, _)| Box::new(code)),
                            weight: weight.map(|(code, _)| Box::new(code)),
                        }
                    }
                    _ => code::Among::Asked,
                }
            }
            Among::Via { table, link, .. } => {
                // The condition must be the equality that candidates are found by, and nothing else.
                let Some(Expression::Compare(Comparison::Equal, ..)) = &reference.condition else {
                    return code::Among::Asked;
                };
                let (Some((theirs, _)), None, [(_, asked)]) =
                    (&reference.link_on, &reference.weight, question)
                else {
                    return code::Among::Asked;
                };
                let (End::Column(equal), true) = (theirs.end, theirs.hops.is_empty()) else {
                    return code::Among::Asked;
                };
                let is_scalar = matches!(
                    asked,
                    Kind::Number | Kind::Day | Kind::Instant | Kind::Word | Kind::Truth
                );
                if is_scalar && kind::of_column(self.data, *table, equal) == Some(*asked) {
                    code::Among::Linked {
                        table: *table,
                        link: *link,
                        equal,
                    }
                } else {
                    code::Among::Asked
                }
            }
            Among::Under(_) => code::Among::Asked,
        }
    }

    /// The index of the row at the other end of a step from the row itself.
    pub(super) fn hop(&mut self, hop: &Hop) -> Option<Code> {
        match hop {
            Hop::Reference(column) => {
                self.data.tables[self.table].columns[*column]
                    .generator
                    .target()?;
                match self.column(*column)? {
                    (code, Kind::Row { .. }) => Some(code),
                    _ => None,
                }
            }
            Hop::Parent => {
                self.data.tables[self.table].shape.parent()?;
                Some(Code::Parent)
            }
            Hop::Previous => None,
        }
    }

    /// The value of a column of a row whose index is known, in the own tenant and pod.
    pub(super) fn cell(&mut self, table: usize, row: Code, column: usize) -> Made {
        let kind = kind::of_column(self.data, table, column)?;
        if is_key(self.data, table, column) {
            return Some((row, kind));
        }
        // Where a row leads from here is where it leads from there only if both have the same pods.
        let (own, other) = (&self.data.tables[self.table], &self.data.tables[table]);
        if matches!(kind, Kind::Row { .. })
            && (own.by_tenant, own.fixed) != (other.by_tenant, other.fixed)
        {
            return None;
        }
        let source = Source {
            table,
            column,
            kind,
        };
        let slot = place_of(&mut self.sources, source);
        Some((Code::Source(slot, Box::new(row)), kind))
    }

    pub(super) fn path(&mut self, path: &Path) -> Made {
        let mut hops = path.hops.iter();
        let (mut table, mut row) = match path.root {
            Root::It => (self.it?, Code::It),
            Root::Via => return None,
            Root::Own => {
                let Some(first) = hops.next() else {
                    return match path.end {
                        End::Column(column) => self.column(column),
                        End::Order => Some((Code::Order, Kind::Number)),
                        End::Siblings => Some((Code::Siblings, Kind::Number)),
                        End::Day => Some((Code::Day, Kind::Day)),
                        End::Present => {
                            let today = i64::from(self.data.as_of);
                            Some((Code::Constant(today), Kind::Day))
                        }
                        End::Row | End::Tenant => None,
                    };
                };
                let row = self.hop(first)?;
                let own = &self.data.tables[self.table];
                let table = match first {
                    Hop::Reference(column) => own.columns[*column].generator.target()?,
                    _ => own.shape.parent()?,
                };
                (table, row)
            }
        };
        for hop in hops {
            let Hop::Reference(column) = hop else {
                return None;
            };
            let target = self.data.tables[table].columns[*column]
                .generator
                .target()?;
            let (code, Kind::Row { .. }) = self.cell(table, row, *column)? else {
                return None;
            };
            (table, row) = (target, code);
        }
        match path.end {
            End::Column(column) => self.cell(table, row, column),
            _ => None,
        }
    }

    /// A path to a time, as an instant, with the kind that it had.
    pub(super) fn instant(&mut self, path: &Path) -> Made {
        match self.path(path)? {
            (code, Kind::Day) => Some((Code::Midnight(Box::new(code)), Kind::Day)),
            (code, Kind::Instant) => Some((code, Kind::Instant)),
            _ => None,
        }
    }
}
