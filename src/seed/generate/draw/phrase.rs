//! The draws of `grammar::phrase`.

use crate::seed::expression::Path;
use crate::seed::generate::{InScope, Row, Worker};
use crate::seed::grammar::phrase::Text;
use crate::seed::value::Value;
use crate::seed::value::random::{Draw, join, permute};
use crate::seed::words::Piece;

impl Text {
    pub(in crate::seed) fn draw(
        &self,
        worker: &mut Worker<'_>,
        scope: &mut InScope<'_>,
        draw: &mut Draw,
        column: usize,
    ) -> Value {
        let data = worker.data;
        if self.unique || self.in_pod {
            return self.nth(worker, scope.row, column);
        }
        let variants = &data.words.phrases[self.phrase].variants;
        if self.edits.is_some() {
            return self.edited(worker, scope, column);
        }
        let variant = &variants[draw.below(variants.len() as u64) as usize];
        // A word alone need not be copied.
        if let [Piece::List(list, crate::seed::words::Filter::Plain)] = &variant[..] {
            let items = &data.words.lists[*list].items;
            return Value::Word(items[draw.below(items.len() as u64) as usize]);
        }
        let mut out = String::with_capacity(64);
        for piece in variant {
            write_piece(worker, scope, draw, &mut out, piece);
        }
        Value::text(&out)
    }

    fn nth(&self, worker: &mut Worker<'_>, row: &Row, column: usize) -> Value {
        let data = worker.data;
        let capacity = data.words.capacity(self.phrase).unwrap_or(0);
        let number = if self.in_pod {
            u64::from(row.address.index)
        } else {
            data.number(row.table, row.address)
        };
        if number >= capacity {
            return worker.fail(row, column, || {
                format!("the phrase makes {capacity} different texts")
            });
        }
        let mut out = String::new();
        let pod = if self.in_pod { row.address.pod } else { 0 };
        let key = data.tables[row.table].columns[column].key
            ^ u64::from(row.address.tenant)
            ^ u64::from(pod) << 32;
        data.words
            .write_nth(&mut out, self.phrase, permute(key, capacity, number));
        Value::text(&out)
    }

    /// The text of a version: each of its places has been drawn anew as often as the versions up to here say.
    fn edited(&self, worker: &mut Worker<'_>, scope: &mut InScope<'_>, column: usize) -> Value {
        let data = worker.data;
        let row = &*scope.row;
        let table = &data.tables[row.table];
        let family = match table.shape.parent() {
            Some(parent) => data.row_key(parent, worker.beside(row, parent, row.spot.parent)),
            None => row.key,
        };
        let key = table.columns[column].key;
        let variants = &data.words.phrases[self.phrase].variants;
        let variant = &variants[Draw::new(key, family).below(variants.len() as u64) as usize];
        let mut revisions = vec![0_u64; variant.len()];
        let places: Vec<usize> = (0..variant.len())
            .filter(|at| {
                matches!(
                    variant[*at],
                    Piece::List(..) | Piece::Phrase(..) | Piece::Group(..)
                )
            })
            .collect();
        let (low, high) = self.edits.unwrap_or_default();
        for version in 1..=row.spot.order {
            let mut draw = Draw::new(
                join(key, 8),
                family.wrapping_add(u64::from(version).wrapping_mul(0x9e37_79b9_7f4a_7c15)),
            );
            let count = draw.between(i64::from(low), i64::from(high)) as u64;
            for _ in 0..count.min(places.len() as u64) {
                revisions[places[draw.below(places.len() as u64) as usize]] += 1;
            }
        }
        let mut out = String::with_capacity(256);
        for (at, piece) in variant.iter().enumerate() {
            let mut draw = Draw::new(
                join(key, 16 + at as u64),
                family.wrapping_add(revisions[at].wrapping_mul(0x9e37_79b9_7f4a_7c15)),
            );
            write_piece(worker, scope, &mut draw, &mut out, piece);
        }
        Value::text(&out)
    }
}

fn write_piece(
    worker: &mut Worker<'_>,
    scope: &mut InScope<'_>,
    draw: &mut Draw,
    out: &mut String,
    piece: &Piece,
) {
    let data = worker.data;
    let cell =
        |worker: &mut Worker<'_>, scope: &mut InScope<'_>, path: &Path| worker.path(scope, path);
    match piece {
        Piece::Text(text) => out.push_str(text),
        Piece::List(list, filter) => {
            let items = &data.words.lists[*list].items;
            if !items.is_empty() {
                filter.apply(
                    out,
                    data.words
                        .text(items[draw.below(items.len() as u64) as usize]),
                );
            }
        }
        Piece::Group(list, path, filter) => {
            let value = cell(worker, scope, path);
            let items = data
                .words
                .group(*list, data.text(&value).unwrap_or_default())
                .unwrap_or_default();
            if !items.is_empty() {
                filter.apply(
                    out,
                    data.words
                        .text(items[draw.below(items.len() as u64) as usize]),
                );
            }
        }
        Piece::Phrase(phrase, filter) => {
            let variants = &data.words.phrases[*phrase].variants;
            let variant = &variants[draw.below(variants.len() as u64) as usize];
            let mut inner = String::new();
            for piece in variant {
                write_piece(worker, scope, draw, &mut inner, piece);
            }
            filter.apply(out, &inner);
        }
        Piece::Cell(path, filter) => {
            let value = cell(worker, scope, path);
            let mut inner = String::new();
            worker.write(&mut inner, &value);
            filter.apply(out, &inner);
        }
    }
}
