//! All rows of a table in order, in pieces that threads share out among themselves.

use std::sync::Arc;

use super::calendar::Days;
use super::pods::PodRows;
use super::{Row, Spot, Worker};
use crate::seed::dataset::{Address, Dataset, Shape};
use crate::seed::value::Value;

/// Neighbouring rows of one pod, made by one thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The table.
    pub table: usize,
    /// The tenant.
    pub tenant: u32,
    /// The pod.
    pub pod: u32,
    /// The first index.
    pub first: u32,
    /// The index after the last.
    pub end: u32,
}

/// Goes through the rows of some tables in pieces, in order, remembering only where it is.
#[derive(Clone, Debug)]
pub struct Pieces {
    /// The tables.
    tables: Vec<usize>,
    /// For each table of the dataset, rows of a piece.
    sizes: Vec<u32>,
    /// For each table of the dataset and tenant, rows left out at the beginning.
    skip: Vec<Vec<u64>>,
    table: usize,
    tenant: u32,
    pod: u32,
    first: u32,
}

impl Pieces {
    /// The rows of these tables.
    #[must_use]
    pub fn new(tables: Vec<usize>, sizes: Vec<u32>, skip: Vec<Vec<u64>>) -> Self {
        Self {
            tables,
            sizes,
            skip,
            table: 0,
            tenant: 0,
            pod: 0,
            first: 0,
        }
    }

    /// The next piece.
    pub fn next(&mut self, data: &Dataset) -> Option<Piece> {
        loop {
            let table = *self.tables.get(self.table)?;
            let pods = &data.tables[table].pods;
            let Some(bounds) = pods.get(self.tenant as usize) else {
                self.table += 1;
                (self.tenant, self.pod, self.first) = (0, 0, 0);
                continue;
            };
            let pod = self.pod as usize;
            if pod + 1 >= bounds.len() {
                self.tenant += 1;
                (self.pod, self.first) = (0, 0);
                continue;
            }
            let rows = (bounds[pod + 1] - bounds[pod]) as u32;
            let skipped = self
                .skip
                .get(table)
                .and_then(|of| of.get(self.tenant as usize))
                .copied()
                .unwrap_or(0);
            let first = self
                .first
                .max(skipped.saturating_sub(bounds[pod]).min(u64::from(rows)) as u32);
            if first >= rows {
                self.pod += 1;
                self.first = 0;
                continue;
            }
            let end = first.saturating_add(self.sizes[table].max(1)).min(rows);
            self.first = end;
            return Some(Piece {
                table,
                tenant: self.tenant,
                pod: self.pod,
                first,
                end,
            });
        }
    }
}

/// Goes through the rows of a piece.
pub struct Rows {
    piece: Piece,
    next: u32,
    row: Row,
    spot: Spot,
    pod: Option<Arc<PodRows>>,
    days: Option<Arc<Days>>,
    day: usize,
}

impl Rows {
    /// The rows of a piece.
    #[must_use]
    pub fn new(piece: Piece) -> Self {
        Self {
            piece,
            next: piece.first,
            row: Row::default(),
            spot: Spot::default(),
            pod: None,
            days: None,
            day: 0,
        }
    }

    /// The rows of a whole pod.
    pub(crate) fn of_pod(data: &Dataset, table: usize, tenant: u32, pod: u32) -> Self {
        Self::new(Piece {
            table,
            tenant,
            pod,
            first: 0,
            end: data.rows_in(table, tenant, pod),
        })
    }

    /// The next row; its cells are computed when they are asked for.
    pub(crate) fn next_row(&mut self, worker: &mut Worker<'_>) -> Option<&mut Row> {
        let (address, spot) = self.next_spot(worker)?;
        worker.begin(&mut self.row, self.piece.table, address, spot);
        Some(&mut self.row)
    }

    /// Where the next row stands, and how many rows from it on stand under the same parent and day.
    pub(crate) fn next_group(&mut self, worker: &mut Worker<'_>) -> Option<(Spot, u32)> {
        let (_, spot) = self.next_spot(worker)?;
        let others = (spot.siblings - spot.order - 1).min(self.piece.end - self.next);
        self.next += others;
        self.spot.order += others;
        Some((spot, others + 1))
    }

    fn next_spot(&mut self, worker: &mut Worker<'_>) -> Option<(Address, Spot)> {
        if self.next >= self.piece.end {
            return None;
        }
        let address = Address {
            tenant: self.piece.tenant,
            pod: self.piece.pod,
            index: self.next,
        };
        self.spot = self.spot(worker, address);
        self.next += 1;
        Some((address, self.spot))
    }

    /// The values of the next row's stored columns, in their order.
    pub fn next_values(&mut self, worker: &mut Worker<'_>) -> Option<Vec<Value>> {
        let data = worker.data;
        let table = &data.tables[self.piece.table];
        let row = self.next_row(worker)?;
        Some(
            table
                .stored
                .iter()
                .map(|column| worker.cell(row, *column))
                .collect(),
        )
    }

    /// The spot of the next row, from the one before where that is shorter than a search.
    fn spot(&mut self, worker: &mut Worker<'_>, address: Address) -> Spot {
        let table = self.piece.table;
        match &worker.data.tables[table].shape {
            Shape::Rows(_) | Shape::Existing(_) => Spot {
                order: address.index,
                siblings: self.piece.end,
                ..Spot::default()
            },
            Shape::Per { .. } => {
                let Some(pod) = &self.pod else {
                    self.pod = Some(worker.pod(table, address.tenant, address.pod));
                    return worker.spot(table, address);
                };
                let mut spot = self.spot;
                spot.order += 1;
                while spot.order >= spot.siblings {
                    spot.parent += 1;
                    let at = spot.parent as usize;
                    spot.siblings = (pod.before[at + 1] - pod.before[at]) as u32;
                    spot.order = 0;
                }
                spot
            }
            Shape::Calendar(_) => {
                let mut spot = self.spot;
                spot.order += 1;
                if let Some(days) = &self.days {
                    if spot.order < spot.siblings {
                        return spot;
                    }
                    self.day += 1;
                    if let Some((day, _, count)) = days.days.get(self.day) {
                        return Spot {
                            parent: spot.parent,
                            order: 0,
                            siblings: *count,
                            day: *day,
                        };
                    }
                }
                let spot = worker.spot(table, address);
                let days = worker.days_of(table, address.tenant, address.pod, spot.parent);
                self.day = days
                    .days
                    .partition_point(|(_, first, _)| *first <= address.index)
                    .saturating_sub(1);
                self.days = Some(days);
                spot
            }
        }
    }
}
