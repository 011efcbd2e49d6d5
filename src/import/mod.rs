//! Other tools' folders and history tables, read as files and applied versions of this one.
//!
//! One tool is one file with a [`Format`]; nothing here writes.

mod alembic;
mod code;
mod convert;
mod dbmate;
mod diesel;
mod django;
mod drizzle;
mod flyway;
mod folder;
mod format;
mod golang_migrate;
mod goose;
mod graphile_migrate;
mod history;
mod knex;
mod liquibase;
mod node_pg_migrate;
mod prisma;
mod rails;
mod refinery;
mod row;
mod sqitch;
mod sqlx;
mod supabase;
mod tool;
mod typeorm;

pub use format::{Code, Folder, Found, Repeatable};
use format::{Format, Read, Reader};
pub use row::{History, Row};
pub use tool::Tool;

/// A version as its tool writes it.
#[must_use]
pub fn shown(key: &[u64]) -> String {
    let parts: Vec<String> = key.iter().map(ToString::to_string).collect();
    parts.join(".")
}

/// Versions as whole numbers in the same order: as they are, or `1.2` as 102 where some have several parts; where one of
/// these does not fit into 64 bits, 1, 2, 3 and so on. The versions are in order.
#[must_use]
pub fn numbers(keys: &[Vec<u64>]) -> Vec<i64> {
    let parts = keys.iter().map(Vec::len).max().unwrap_or(1);
    let widest = keys
        .iter()
        .flat_map(|key| key.iter().skip(1))
        .max()
        .copied();
    let digits = widest.map_or(0, |widest| widest.to_string().len().max(2));
    let unit = 10_i64.checked_pow(u32::try_from(digits).unwrap_or(u32::MAX));
    let joined = keys.iter().map(|key| {
        (0..parts).try_fold(0_i64, |number, at| {
            let part = i64::try_from(key.get(at).copied().unwrap_or(0)).ok()?;
            number
                .checked_mul(if at == 0 { 1 } else { unit? })?
                .checked_add(part)
        })
    });
    let joined: Option<Vec<i64>> = joined.collect();
    joined.unwrap_or_else(|| (1..).take(keys.len()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_keep_their_order_as_whole_numbers() {
        assert_eq!(
            numbers(&[vec![1], vec![20_240_504_090_241]]),
            [1, 20_240_504_090_241]
        );
        assert_eq!(
            numbers(&[vec![1], vec![1, 2], vec![1, 10], vec![2]]),
            [100, 102, 110, 200]
        );
        assert_eq!(
            numbers(&[vec![1, 0, 123], vec![1, 1]]),
            [1_000_123, 1_001_000]
        );
        assert_eq!(
            numbers(&[vec![1, 5, 2], vec![4, 101, 1_631_562_784], vec![u64::MAX]]),
            [1, 2, 3]
        );
    }
}
