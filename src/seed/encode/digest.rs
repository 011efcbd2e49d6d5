//! A digest of a table's rows that does not depend on their order: the sum of the hashes of their bytes.

use crate::seed::value::random::mix;

/// The digest of some rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest(pub u128);

impl Digest {
    /// Adds a row in its binary form.
    pub fn add(&mut self, row: &[u8]) {
        self.0 = self.0.wrapping_add(row_hash(row));
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

/// The hash of a row, sixteen bytes a step.
#[must_use]
pub fn row_hash(row: &[u8]) -> u128 {
    const ONE: u64 = 0xa076_1d64_78bd_642f;
    const OTHER: u64 = 0xe703_7ed1_a0b4_28db;
    let word = |bytes: &[u8]| {
        let mut whole = [0; 8];
        whole[..bytes.len()].copy_from_slice(bytes);
        u64::from_le_bytes(whole)
    };
    let mut state = row.len() as u64 ^ ONE;
    let mut chunks = row.chunks_exact(16);
    for chunk in &mut chunks {
        state = fold(word(&chunk[..8]) ^ ONE, word(&chunk[8..]) ^ state);
    }
    let rest = chunks.remainder();
    let (first, second) = rest.split_at(rest.len().min(8));
    state = fold(word(first) ^ OTHER, word(second) ^ state);
    u128::from(mix(state)) | u128::from(mix(state ^ OTHER)) << 64
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
}
