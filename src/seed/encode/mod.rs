//! Rows as the bytes that COPY takes: the binary form for loading, and text, CSV and SQL for files.

pub mod binary;
mod digest;
pub mod plain;

pub use digest::{Digest, row_hash};

use crate::error::Result;
use crate::seed::generate::{Piece, Rows, Worker};
use crate::seed::value::Value;

/// Bytes of some rows, with what they add to the table's digest.
#[derive(Debug, Default)]
pub struct Encoded {
    /// The rows.
    pub bytes: Vec<u8>,
    /// How many.
    pub rows: u64,
    /// Their digest.
    pub digest: Digest,
}

/// Makes the rows of a piece one by one in the binary form, with their digest, at the end of `out`.
///
/// # Errors
/// When a row has no value where one must be, or one that its column does not take.
pub fn by_row(worker: &mut Worker<'_>, piece: Piece, out: &mut Encoded) -> Result<()> {
    let data = worker.data;
    let table = &data.tables[piece.table];
    let mut rows = Rows::new(piece);
    while let Some(row) = rows.next_row(worker) {
        let start = out.bytes.len();
        out.bytes
            .extend_from_slice(&(table.stored.len() as i16).to_be_bytes());
        for &column in &table.stored {
            let value = worker.cell_ref(row, column);
            if matches!(value, Value::Null) && table.columns[column].not_null {
                worker.fail(row, column, || {
                    "its generator came to null, and the column is not null".to_owned()
                });
                break;
            }
            if let Err(reason) = binary::write(
                data,
                table.columns[column].data_type.as_ref(),
                value,
                &mut out.bytes,
            ) {
                worker.fail(row, column, || reason);
                break;
            }
        }
        worker.verdict()?;
        out.digest.add(&out.bytes[start..]);
        out.rows += 1;
    }
    worker.verdict()
}
