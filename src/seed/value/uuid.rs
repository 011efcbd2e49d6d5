//! Keys that are computed, never looked up: a UUID in the layout of version 7 (RFC 9562), whose first 48 bits
//! grow with the row's number, so that a table's key index is filled from left to right.

use super::random::{join, mix};

/// 2024-01-01 in milliseconds since 1970: the fixed start of the ordered part.
const START: u64 = 1_704_067_200_000;

/// The key of a row: `table` and `row` identify it, `number` orders it.
#[must_use]
pub fn derived(table: u64, row: u64, number: u64) -> [u8; 16] {
    let high = (START + number) << 16 | (mix(table ^ row) & 0x0fff) | 0x7000;
    let low = (join(table, row) & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000;
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&high.to_be_bytes());
    bytes[8..].copy_from_slice(&low.to_be_bytes());
    bytes
}

/// Reads the text form.
#[must_use]
pub fn parse(text: &str) -> Option<[u8; 16]> {
    let has_dashes = text.len() == 36
        && [8, 13, 18, 23]
            .iter()
            .all(|at| text.as_bytes()[*at] == b'-');
    let digits = text.replace('-', "");
    if !has_dashes || digits.len() != 32 {
        return None;
    }
    u128::from_str_radix(&digits, 16)
        .ok()
        .map(u128::to_be_bytes)
}

/// Writes the text form.
pub fn write(out: &mut String, uuid: &[u8; 16]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (at, byte) in uuid.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        out.push(DIGITS[usize::from(byte >> 4)] as char);
        out.push(DIGITS[usize::from(byte & 15)] as char);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_version_7_and_grow() {
        let (first, second) = (derived(1, 2, 3), derived(1, 9, 4));
        let mut text = String::new();
        write(&mut text, &first);
        assert_eq!((text.len(), &text[14..15]), (36, "7"));
        assert!(first < second);
        assert_eq!(parse(&text), Some(first));
    }

    #[test]
    fn what_is_no_uuid_is_refused() {
        assert_eq!(parse("0190-zz"), None);
        assert_eq!(parse("zzzzzzzz-0000-7000-8000-000000000000"), None);
    }
}
