//! Randomness without state: a draw is a function of who asks, so order, threads and neighbours change nothing.
//!
//! The mixing function is the finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom
//! number generators", 2014, with the constants of Stafford's variant 13), used on a counter. Its output is part
//! of the file format `format = 1` and never changes.

/// The golden ratio as a 64-bit fraction: consecutive multiples of it are spread evenly.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Mixes 64 bits; a bijection.
#[must_use]
pub const fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// Joins two values into one, order mattering.
#[must_use]
pub const fn join(one: u64, other: u64) -> u64 {
    mix(one.wrapping_add(mix(other.wrapping_mul(STEP).wrapping_add(STEP))))
}

/// A key from a name: FNV-1a, then mixed.
#[must_use]
pub fn key_of(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    mix(hash)
}

/// Hashes keys of a few numbers, which need no protection from whoever chose them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quick(u64);

impl std::hash::Hasher for Quick {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = mix(self.0.rotate_left(5) ^ number);
    }

    fn write_i64(&mut self, number: i64) {
        self.write_u64(number as u64);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }
}

/// A map with [`Quick`] keys.
pub type QuickMap<Key, Value> =
    std::collections::HashMap<Key, Value, std::hash::BuildHasherDefault<Quick>>;

/// As many draws as one cell needs.
#[derive(Clone, Copy, Debug)]
pub struct Draw {
    base: u64,
    count: u64,
}

impl Draw {
    /// The draws of a cell: the column's key and the row's.
    #[must_use]
    pub const fn new(column: u64, row: u64) -> Self {
        Self {
            base: mix(column.wrapping_add(row)),
            count: 0,
        }
    }

    /// The next 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.count += 1;
        if self.count == 1 {
            return self.base;
        }
        mix(self.base.wrapping_add(self.count.wrapping_mul(STEP)))
    }

    /// A number below `end`, which is not 0.
    pub const fn below(&mut self, end: u64) -> u64 {
        ((self.bits() as u128 * end as u128) >> 64) as u64
    }

    /// A number between both, included.
    pub const fn between(&mut self, low: i64, high: i64) -> i64 {
        if high <= low {
            return low;
        }
        let range = high.wrapping_sub(low) as u64;
        if range == u64::MAX {
            return self.bits() as i64;
        }
        low.wrapping_add(self.below(range + 1) as i64)
    }

    /// Whether something of this chance, in 2^-32, happens.
    pub const fn chance(&mut self, threshold: u64) -> bool {
        (self.bits() >> 32) < threshold
    }
}

/// A share between 0 and 1 as a threshold for [`Draw::chance`].
#[must_use]
pub fn threshold(share: f64) -> u64 {
    (share.clamp(0.0, 1.0) * 4_294_967_296.0) as u64
}

/// A permutation of `0..size`, by a balanced Feistel network of four rounds that walks until it is inside.
#[must_use]
pub fn permute(key: u64, size: u64, index: u64) -> u64 {
    if size < 2 {
        return 0;
    }
    let half = (u64::BITS - (size - 1).leading_zeros()).div_ceil(2);
    let mask = (1_u64 << half) - 1;
    let mut value = index;
    loop {
        let (mut left, mut right) = (value >> half, value & mask);
        for round in 0..4 {
            (left, right) = (
                right,
                left ^ (mix(key.wrapping_add(STEP.wrapping_mul(round)) ^ right) & mask),
            );
        }
        value = (left << half) | right;
        if value < size {
            return value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mixing_function_is_splitmix64() {
        // The first outputs of the reference implementation seeded with 0.
        let output = [1_u64, 2, 3].map(|at| mix(at.wrapping_mul(STEP)));
        assert_eq!(
            output,
            [
                0xe220_a839_7b1d_cdaf,
                0x6e78_9e6a_a1b9_65f4,
                0x06c4_5d18_8009_454f
            ]
        );
    }

    #[test]
    fn a_permutation_hits_everything_once() {
        for size in [1, 2, 3, 10, 97, 1000, 4096, 5001] {
            let mut seen: Vec<u64> = (0..size).map(|at| permute(7, size, at)).collect();
            seen.sort_unstable();
            assert!(seen.into_iter().eq(0..size), "{size}");
        }
    }

    #[test]
    fn draws_stay_inside_their_bounds() {
        let mut draw = Draw::new(1, 2);
        for _ in 0..1000 {
            assert!((-3..=4).contains(&draw.between(-3, 4)));
        }
        assert_eq!(draw.between(5, 5), 5);
        assert_eq!(threshold(1.0), 1 << 32);
    }
}
