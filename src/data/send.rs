//! The rows of a table on their way: made on a thread of their own, while the server takes those before.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::encode;
use super::judge::MOST;
use super::plan::Plan;
use super::row::{Next, Row};
use super::rows::Rows;
use crate::database::{BatchFailure, Buffer, Session};
use crate::error::{Error, Result};
use crate::event::{Event, Observer};

/// Bytes that are sent at once.
const BLOCK: usize = 1 << 17;

/// Blocks that wait to be sent.
const WAITING: usize = 8;

/// Rows on their way.
enum Piece {
    Block { bytes: Vec<u8>, rows: u64 },
    Mistake(Error),
}

/// What was sent of a table.
#[derive(Default)]
pub(super) struct Sent {
    pub(super) rows: u64,
    pub(super) bytes: u64,
    pub(super) mistakes: Vec<Error>,
}

/// Sends the rows of a table; made on a thread of their own, while the server takes those before.
///
/// # Errors
/// When the server refuses them.
pub(super) async fn send(
    session: &Session,
    plan: &Arc<Plan>,
    at: usize,
    sql: &str,
    is_staged: bool,
    observer: &dyn Observer,
) -> Result<Sent, BatchFailure> {
    let mut copy = session.copy_in(sql).await?;
    let (pieces, mut waiting) = mpsc::channel(WAITING);
    let label = plan.tables[at].name.to_string();
    let plan = Arc::clone(plan);
    std::thread::spawn(move || make(&plan, at, is_staged, &pieces));
    let mut sent = Sent::default();
    let mut shown = Instant::now();
    while let Some(piece) = waiting.recv().await {
        match piece {
            Piece::Mistake(mistake) => {
                sent.mistakes.push(mistake);
                if !is_staged {
                    return Ok(sent);
                }
            }
            Piece::Block { bytes, rows } => {
                sent.rows += rows;
                sent.bytes += bytes.len() as u64;
                copy.send(Buffer::new(bytes, None)).await?;
            }
        }
        if shown.elapsed() > Duration::from_millis(100) {
            shown = Instant::now();
            observer.event(&Event::Progress {
                label: &label,
                done: sent.rows,
                total: 0,
                unit: "rows",
                bytes: sent.bytes,
            });
        }
    }
    copy.finish().await?;
    Ok(sent)
}

/// Makes the rows of a table, until they are all made or nobody wants them any more.
fn make(plan: &Plan, at: usize, is_staged: bool, pieces: &mpsc::Sender<Piece>) {
    let table = &plan.tables[at];
    let mut row = Row::default();
    let mut bytes = Vec::with_capacity(BLOCK + BLOCK / 8);
    let (mut rows, mut number, mut mistakes) = (0, 0, 0);
    for source_at in &table.sources {
        let source = &plan.sources[*source_at];
        let mut all = match Rows::open(source, &table.fields, &table.ignored) {
            Ok(all) => all,
            Err(error) => {
                let _ = pieces.blocking_send(Piece::Mistake(error));
                continue;
            }
        };
        loop {
            let (line, item, why) = match all.next(&mut row) {
                Ok(Next::End) => break,
                Ok(Next::Unreadable(wrong)) => (wrong.line, wrong.item, wrong.why),
                Err(error) => {
                    let _ = pieces.blocking_send(Piece::Mistake(error));
                    break;
                }
                Ok(Next::Row) => {
                    let before = bytes.len();
                    let numbers = [number + 1, *source_at as u64, row.line, row.item];
                    let numbers = if is_staged { &numbers[..] } else { &[] };
                    match encode::row(&mut bytes, plan, table, &row, numbers) {
                        Ok(()) => {
                            number += 1;
                            rows += 1;
                            if bytes.len() >= BLOCK {
                                let room = Vec::with_capacity(BLOCK + BLOCK / 8);
                                let bytes = std::mem::replace(&mut bytes, room);
                                if pieces.blocking_send(Piece::Block { bytes, rows }).is_err() {
                                    return;
                                }
                                rows = 0;
                            }
                            continue;
                        }
                        Err(why) => {
                            bytes.truncate(before);
                            (row.line, row.item, why)
                        }
                    }
                }
            };
            let message = match item {
                0 => format!("{}: {why}", source.name),
                item => format!("row {item} of {}: {why}", source.name),
            };
            let mistake = Error::project(message).at(source.place(line));
            mistakes += 1;
            if pieces.blocking_send(Piece::Mistake(mistake)).is_err() || mistakes >= MOST {
                return;
            }
        }
    }
    let _ = pieces.blocking_send(Piece::Block { bytes, rows });
}
