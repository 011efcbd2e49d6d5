//! A digest of a table's rows that does not depend on their order: the sum of the hashes of their bytes.

use crate::seed::value::random::mix;

/// Rows hashed together.
const TOGETHER: usize = 4;

/// The digest of some rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest(pub u128);

impl Digest {
    /// Adds a row in its binary form.
    pub fn add(&mut self, row: &[u8]) {
        self.0 = self.0.wrapping_add(row_hash(row));
    }

    /// Adds rows in their binary form.
    pub(crate) fn add_all<'r>(&mut self, count: usize, row: impl Fn(usize) -> &'r [u8]) {
        let mut at = 0;
        while at + TOGETHER <= count {
            let hashes = row_hashes::<TOGETHER>(std::array::from_fn(|other| row(at + other)));
            self.0 = hashes.into_iter().fold(self.0, u128::wrapping_add);
            at += TOGETHER;
        }
        (at..count).for_each(|at| self.add(row(at)));
    }

    /// Adds other rows.
    pub fn merge(&mut self, other: Self) {
        self.0 = self.0.wrapping_add(other.0);
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:016x}", (self.0 ^ self.0 >> 64) as u64)
    }
}

/// Folds the product of two numbers: the step of wyhash (Wang Yi, public domain).
const fn fold(one: u64, other: u64) -> u64 {
    let product = one as u128 * other as u128;
    (product as u64) ^ (product >> 64) as u64
}

const ONE: u64 = 0xa076_1d64_78bd_642f;
const OTHER: u64 = 0xe703_7ed1_a0b4_28db;

/// A step of a row's hash.
fn step(state: u64, chunk: &[u8; 16]) -> u64 {
    let word = |at| u64::from_le_bytes(std::array::from_fn(|byte| chunk[at + byte]));
    fold(word(0) ^ ONE, word(8) ^ state)
}

/// The hash of a row, sixteen bytes a step.
#[must_use]
pub fn row_hash(row: &[u8]) -> u128 {
    let [hash] = row_hashes([row]);
    hash
}

/// The hashes of some rows, step by step in turn: each step waits for the one before, but not for those of other rows.
fn row_hashes<const COUNT: usize>(rows: [&[u8]; COUNT]) -> [u128; COUNT] {
    let mut states = rows.map(|row| row.len() as u64 ^ ONE);
    let parts = rows.map(<[u8]>::as_chunks::<16>);
    let together = parts.map(|(chunks, _)| chunks.len());
    let together = together.into_iter().min().unwrap_or(0);
    for at in 0..together {
        for (state, (chunks, _)) in states.iter_mut().zip(&parts) {
            *state = step(*state, &chunks[at]);
        }
    }
    std::array::from_fn(|row| {
        let (chunks, rest) = parts[row];
        let state = chunks[together..].iter().fold(states[row], step);
        let mut last = [0; 16];
        last[..rest.len()].copy_from_slice(rest);
        let word = |at| u64::from_le_bytes(std::array::from_fn(|byte| last[at + byte]));
        let state = fold(word(0) ^ OTHER, word(8) ^ state);
        u128::from(mix(state)) | u128::from(mix(state ^ OTHER)) << 64
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_does_not_matter_and_content_does() {
        let digest = |rows: &[&[u8]]| {
            let mut digest = Digest::default();
            rows.iter().for_each(|row| digest.add(row));
            digest
        };
        assert_eq!(digest(&[b"one", b"two"]), digest(&[b"two", b"one"]));
        assert_ne!(digest(&[b"one", b"two"]), digest(&[b"one", b"one"]));
        assert_ne!(
            digest(&[b"0123456789abcdef0"]),
            digest(&[b"0123456789abcdef1"])
        );
    }

    #[test]
    fn rows_hashed_together_are_hashed_as_each_is() {
        let text: Vec<u8> = (0..=255).collect();
        for count in 0..20 {
            let row = |at: usize| &text[at..at + (at * 37 + count * 11) % 90];
            let (mut together, mut each) = (Digest::default(), Digest::default());
            together.add_all(count, row);
            (0..count).for_each(|at| each.add(row(at)));
            assert_eq!(together, each);
        }
    }
}
