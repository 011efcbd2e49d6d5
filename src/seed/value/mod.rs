//! Values of cells before they are encoded, and the functions of randomness, dates, keys and text behind them.

pub mod date;
pub mod embedding;
pub mod json;
pub mod numbers;
pub mod random;
pub mod text;
pub mod uuid;

use std::sync::Arc;

/// How many parts of a [`Value::Number`] make one: four digits after the point, one base-10000 digit of Postgres.
pub const UNIT: i64 = 10_000;

/// A cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Not computed yet.
    #[default]
    Unset,
    /// SQL's null.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number in ten-thousandths.
    Number(i64),
    /// Days since 2000-01-01.
    Date(i32),
    /// Microseconds since 2000-01-01 in UTC.
    Timestamp(i64),
    /// A UUID.
    Uuid([u8; 16]),
    /// One of the file's words, by number: costs nothing to copy.
    Word(u32),
    /// Text made for this cell.
    Text(Arc<str>),
    /// An array of texts.
    List(Arc<[Arc<str>]>),
    /// JSON as `jsonb` would write it.
    Json(Arc<str>),
    /// A vector.
    Vector(Arc<[f32]>),
}

impl Value {
    /// A text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(Arc::from(text))
    }

    /// As a number in ten-thousandths.
    #[must_use]
    pub fn number(&self) -> Option<i64> {
        match self {
            Self::Int(value) => value.checked_mul(UNIT),
            Self::Number(value) => Some(*value),
            Self::Bool(value) => Some(i64::from(*value) * UNIT),
            _ => None,
        }
    }

    /// As an instant.
    #[must_use]
    pub fn instant(&self) -> Option<i64> {
        match self {
            Self::Date(days) => Some(i64::from(*days) * date::DAY),
            Self::Timestamp(micros) => Some(*micros),
            _ => None,
        }
    }

    /// As a day.
    #[must_use]
    pub fn day(&self) -> Option<i32> {
        match self {
            Self::Date(days) => Some(*days),
            Self::Timestamp(micros) => Some(micros.div_euclid(date::DAY) as i32),
            _ => None,
        }
    }
}

/// Reads a number such as `12`, `-0.25` or `1_000` into ten-thousandths; more digits after the point are no number.
#[must_use]
pub fn parse_number(text: &str) -> Option<i64> {
    let text = text.replace('_', "");
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || fraction.len() > 4 || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let fraction: i64 = format!("{fraction:0<4}").parse().ok()?;
    let number = whole
        .parse::<i64>()
        .ok()?
        .checked_mul(UNIT)?
        .checked_add(fraction)?;
    Some(if negative { -number } else { number })
}

/// Writes a number in ten-thousandths with exactly `scale` digits after the point, rounded half away from zero.
pub fn write_number(out: &mut String, number: i64, scale: u32) {
    use std::fmt::Write as _;
    let rounded = round_to_scale(number, scale);
    if rounded < 0 {
        out.push('-');
    }
    let (whole, fraction) = (
        rounded.unsigned_abs() / UNIT as u64,
        rounded.unsigned_abs() % UNIT as u64,
    );
    // Writing to a String cannot fail.
    let _ = write!(out, "{whole}");
    if scale > 0 {
        let digits = format!(
            "{fraction:04}{:0<1$}",
            "",
            (scale as usize).saturating_sub(4)
        );
        let _ = write!(out, ".{}", &digits[..scale as usize]);
    }
}

/// Rounds ten-thousandths to `scale` digits after the point, half away from zero.
#[must_use]
pub const fn round_to_scale(number: i64, scale: u32) -> i64 {
    if scale >= 4 {
        return number;
    }
    round_to(number, 10_i64.pow(4 - scale))
}

/// Rounds to a multiple of `step`, half away from zero.
#[must_use]
pub const fn round_to(number: i64, step: i64) -> i64 {
    if step <= 1 {
        return number;
    }
    let half = step / 2;
    let shifted = if number < 0 {
        number - half
    } else {
        number + half
    };
    shifted / step * step
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(number: i64, scale: u32) -> String {
        let mut out = String::new();
        write_number(&mut out, number, scale);
        out
    }

    #[test]
    fn numbers_are_exact() {
        assert_eq!(parse_number("999.99"), Some(9_999_900));
        assert_eq!(parse_number("-0.25"), Some(-2_500));
        assert_eq!(parse_number("50_000"), Some(500_000_000));
        for text in ["", "1.23456", "x", "1e3", "."] {
            assert_eq!(parse_number(text), None, "{text}");
        }
        assert_eq!(written(9_999_900, 2), "999.99");
        assert_eq!(written(-2_500, 1), "-0.3");
        assert_eq!(written(5, 0), "0");
        assert_eq!(written(1_2345, 6), "1.234500");
    }

    #[test]
    fn rounding_goes_away_from_zero_at_the_half() {
        assert_eq!(round_to(12, 5), 10);
        assert_eq!(round_to(13, 5), 15);
        assert_eq!(round_to(-15, 10), -20);
    }
}
