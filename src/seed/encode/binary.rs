//! The binary form of COPY, type by type: for each value its length and its bytes in network order.

use crate::seed::column_type::ColumnType;
use crate::seed::dataset::Dataset;
use crate::seed::value::{UNIT, Value, date, round_to_scale};

/// What comes before the rows: signature, flags, length of the extension.
pub const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// What comes after them.
pub const TRAILER: &[u8] = &[0xff, 0xff];

/// A value as a field of a row.
///
/// # Errors
/// When the column does not take it: a sentence that says why.
pub fn write(
    data: &Dataset,
    data_type: Option<&ColumnType>,
    value: &Value,
    out: &mut Vec<u8>,
) -> Result<(), String> {
    let Some(data_type) = data_type else {
        return Err("a helper value is not stored".to_owned());
    };
    if matches!(value, Value::Null | Value::Unset) {
        out.extend_from_slice(&(-1_i32).to_be_bytes());
        return Ok(());
    }
    match (data_type, value) {
        (ColumnType::Uuid, Value::Uuid(bytes)) => field(out, bytes),
        (ColumnType::Text(most), value) => {
            let at = begin(out);
            match data.text(value) {
                Some(text) => out.extend_from_slice(text.as_bytes()),
                None => {
                    let mut text = String::new();
                    super::plain::write_text(data, value, &mut text);
                    out.extend_from_slice(text.as_bytes());
                }
            }
            end(out, at);
            if let Some(most) = most {
                return fits(&out[at..], *most);
            }
        }
        (ColumnType::Character(count), value) => {
            let start = out.len() + 4;
            write(data, Some(&ColumnType::Text(Some(*count))), value, out)?;
            // As the server keeps it.
            let length = characters(&out[start..]);
            out.extend(std::iter::repeat_n(b' ', *count as usize - length));
            end(out, start);
        }
        (ColumnType::Enum(labels), value) => match data.text(value) {
            Some(text) if labels.iter().any(|label| label == text) => field(out, text.as_bytes()),
            Some(text) => return Err(format!("the enumeration has no label \"{text}\"")),
            None => return Err("an enumeration takes texts".to_owned()),
        },
        (ColumnType::Date, value) => match value.day() {
            Some(days) => field(out, &date::stored(days, data.shift).to_be_bytes()),
            None => return Err(mismatch(data_type, value)),
        },
        (ColumnType::Timestamp, value) => match value.instant() {
            Some(micros) => field(out, &date::stored_instant(micros, data.shift).to_be_bytes()),
            None => return Err(mismatch(data_type, value)),
        },
        (ColumnType::Bool, Value::Bool(value)) => field(out, &[u8::from(*value)]),
        (ColumnType::Int(width), value) => integer(*width, value, data_type, out)?,
        (ColumnType::Float(width), value) => match value.number() {
            Some(number) => {
                let number = number as f64 / UNIT as f64;
                match width {
                    4 => field(out, &(number as f32).to_be_bytes()),
                    _ => field(out, &number.to_be_bytes()),
                }
            }
            None => return Err(mismatch(data_type, value)),
        },
        (ColumnType::Numeric(limits), value) => match value.number() {
            Some(number) => numeric(number, *limits, out)?,
            None => return Err(mismatch(data_type, value)),
        },
        (ColumnType::Json, Value::Json(text)) => field(out, text.as_bytes()),
        (ColumnType::Jsonb, Value::Json(text)) => {
            let at = begin(out);
            out.push(1);
            out.extend_from_slice(text.as_bytes());
            end(out, at);
        }
        (ColumnType::Texts(element), Value::List(items)) => texts(element, items, out)?,
        (ColumnType::Vector(_), Value::Vector(numbers)) => {
            let at = begin(out);
            out.extend_from_slice(&(numbers.len() as i16).to_be_bytes());
            out.extend_from_slice(&0_i16.to_be_bytes());
            for number in numbers.iter() {
                out.extend_from_slice(&number.to_be_bytes());
            }
            end(out, at);
        }
        // As a text, which a temporary table takes: see `staging`.
        (ColumnType::Other(_), value) => {
            return write(data, Some(&ColumnType::Text(None)), value, out);
        }
        (data_type, value) => return Err(mismatch(data_type, value)),
    }
    Ok(())
}

fn mismatch(data_type: &ColumnType, value: &Value) -> String {
    let kind = match value {
        Value::Bool(_) => "a truth value",
        Value::Int(_) | Value::Number(_) => "a number",
        Value::Date(_) => "a day",
        Value::Timestamp(_) => "an instant",
        Value::Uuid(_) => "a UUID",
        Value::Word(_) | Value::Text(_) => "a text",
        Value::List(_) => "an array",
        Value::Json(_) => "JSON",
        Value::Vector(_) => "a vector",
        Value::Null | Value::Unset => "nothing",
    };
    format!("the column is {data_type}, and the generator made {kind}")
}

/// A field of known bytes.
fn field(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as i32).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Begins a field whose length is not known yet.
fn begin(out: &mut Vec<u8>) -> usize {
    out.extend_from_slice(&[0; 4]);
    out.len()
}

/// Ends it.
fn end(out: &mut [u8], at: usize) {
    let length = (out.len() - at) as i32;
    out[at - 4..at].copy_from_slice(&length.to_be_bytes());
}

fn characters(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

fn fits(text: &[u8], most: u32) -> Result<(), String> {
    let characters = characters(text);
    if characters > most as usize {
        return Err(format!(
            "the column takes {most} characters, and the text has {characters}"
        ));
    }
    Ok(())
}

fn integer(
    width: u8,
    value: &Value,
    data_type: &ColumnType,
    out: &mut Vec<u8>,
) -> Result<(), String> {
    let number = match value {
        Value::Int(number) => *number,
        other => match other.number() {
            Some(number) => round_to_scale(number, 0) / UNIT,
            None => return Err(mismatch(data_type, value)),
        },
    };
    let too_large = |_| format!("{number} is too large for {data_type}");
    match width {
        2 => field(
            out,
            &i16::try_from(number).map_err(too_large)?.to_be_bytes(),
        ),
        4 => field(
            out,
            &i32::try_from(number).map_err(too_large)?.to_be_bytes(),
        ),
        _ => field(out, &number.to_be_bytes()),
    }
    Ok(())
}

/// Digits to the base of 10000 with the weight of the first, sign and scale; zeros at both ends are left out, as the
/// server does.
pub(crate) fn numeric(
    number: i64,
    limits: Option<(u32, u32)>,
    out: &mut Vec<u8>,
) -> Result<(), String> {
    let scale = limits.map_or(if number % UNIT == 0 { 0 } else { 4 }, |(_, scale)| scale);
    let rounded = round_to_scale(number, scale);
    if let Some((precision, scale)) = limits
        && let Some(most) = 10_i64
            .checked_pow(precision.saturating_sub(scale))
            .and_then(|whole| whole.checked_mul(UNIT))
        && rounded.unsigned_abs() >= most as u64
    {
        return Err(format!(
            "{} is too large for numeric({precision},{scale})",
            rounded / UNIT
        ));
    }
    let sign: u16 = if rounded < 0 { 0x4000 } else { 0 };
    let (mut whole, fraction) = (
        rounded.unsigned_abs() / UNIT as u64,
        (rounded.unsigned_abs() % UNIT as u64) as u16,
    );
    let mut digits = [0_u16; 6];
    let mut count = 0;
    let mut weight = -1_i16;
    // The least significant first, turned round below.
    while whole > 0 {
        digits[count] = (whole % 10_000) as u16;
        whole /= 10_000;
        count += 1;
        weight += 1;
    }
    digits[..count].reverse();
    if fraction > 0 {
        digits[count] = fraction;
        count += 1;
    }
    while count > 0 && digits[count - 1] == 0 {
        count -= 1;
    }
    if count == 0 {
        weight = 0;
    }
    out.extend_from_slice(&(8 + 2 * count as i32).to_be_bytes());
    out.extend_from_slice(&(count as u16).to_be_bytes());
    out.extend_from_slice(&weight.to_be_bytes());
    out.extend_from_slice(&sign.to_be_bytes());
    out.extend_from_slice(&(scale as u16).to_be_bytes());
    for digit in &digits[..count] {
        out.extend_from_slice(&digit.to_be_bytes());
    }
    Ok(())
}

/// An array of texts. The element's type goes by number, which only built-in types have for good.
fn texts(element: &str, items: &[std::sync::Arc<str>], out: &mut Vec<u8>) -> Result<(), String> {
    let oid: u32 = match element.split('(').next().unwrap_or(element) {
        "text" => 25,
        "character varying" => 1043,
        "name" => 19,
        other => {
            return Err(format!(
                "arrays of {other} cannot be sent in the binary form"
            ));
        }
    };
    let at = begin(out);
    let dimensions = i32::from(!items.is_empty());
    out.extend_from_slice(&dimensions.to_be_bytes());
    out.extend_from_slice(&0_i32.to_be_bytes());
    out.extend_from_slice(&oid.to_be_bytes());
    if dimensions > 0 {
        out.extend_from_slice(&(items.len() as i32).to_be_bytes());
        out.extend_from_slice(&1_i32.to_be_bytes());
    }
    for item in items {
        field(out, item.as_bytes());
    }
    end(out, at);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use bytes::BytesMut;
    use postgres_types::{IsNull, ToSql, Type};

    use super::*;

    /// A field as the crate for the types of Postgres writes it.
    fn known(data_type: &Type, value: &dyn ToSql) -> Vec<u8> {
        let mut field = BytesMut::new();
        match value.to_sql_checked(data_type, &mut field).unwrap() {
            IsNull::Yes => (-1_i32).to_be_bytes().to_vec(),
            IsNull::No => [&(field.len() as i32).to_be_bytes()[..], &field].concat(),
        }
    }

    #[test]
    fn fields_are_those_that_postgres_types_writes() {
        let mut data = Dataset::default();
        let (red, blue) = (data.words.word("red"), data.words.word("blå"));
        // A second and two microseconds before and after 2000-01-01.
        let turn = SystemTime::UNIX_EPOCH + Duration::from_secs(946_684_800);
        let distance = Duration::from_micros(1_000_002);
        let number = |whole: i64| Value::Number(whole * UNIT);
        let same = |data_type: ColumnType, value: Value, other_type: Type, other: &dyn ToSql| {
            let mut field = Vec::new();
            write(&data, Some(&data_type), &value, &mut field).unwrap();
            assert_eq!(field, known(&other_type, other), "{data_type} {value:?}");
        };
        same(ColumnType::Bool, Value::Bool(true), Type::BOOL, &true);
        same(ColumnType::Bool, Value::Null, Type::BOOL, &None::<bool>);
        same(ColumnType::Int(2), number(-7), Type::INT2, &-7_i16);
        same(ColumnType::Int(4), number(70_000), Type::INT4, &70_000_i32);
        same(ColumnType::Int(8), number(-9), Type::INT8, &-9_i64);
        same(ColumnType::Float(4), number(3), Type::FLOAT4, &3.0_f32);
        let quarter = Value::Number(-UNIT / 4);
        same(ColumnType::Float(8), quarter, Type::FLOAT8, &-0.25_f64);
        same(
            ColumnType::Text(None),
            Value::Word(blue),
            Type::TEXT,
            &"blå",
        );
        same(
            ColumnType::Text(Some(3)),
            Value::Word(red),
            Type::VARCHAR,
            &"red",
        );
        let character = ColumnType::Character(5);
        same(character, Value::Word(blue), Type::BPCHAR, &"blå  ");
        let labels = vec!["red".to_owned()];
        same(
            ColumnType::Enum(labels),
            Value::Word(red),
            Type::TEXT,
            &"red",
        );
        let list = Value::List(["red", "blå"].map(Into::into).into());
        let texts = ColumnType::Texts("text".to_owned());
        same(texts, list, Type::TEXT_ARRAY, &vec!["red", "blå"]);
        for (micros, moment) in [(1_000_002, turn + distance), (-1_000_002, turn - distance)] {
            let instant = Value::Timestamp(micros);
            same(ColumnType::Timestamp, instant, Type::TIMESTAMPTZ, &moment);
        }
        let next_day = turn + Duration::from_secs(86_400);
        same(
            ColumnType::Timestamp,
            Value::Date(1),
            Type::TIMESTAMP,
            &next_day,
        );
    }

    fn numeric_bytes(number: i64, limits: Option<(u32, u32)>) -> Result<Vec<u8>, String> {
        let mut out = Vec::new();
        numeric(number, limits, &mut out).map(|()| out)
    }

    #[test]
    fn numbers_are_written_as_the_server_sends_them() {
        // 999.99 as numeric(5,2): two digits, weight 0, positive, scale 2.
        let bytes = numeric_bytes(9_999_900, Some((5, 2))).unwrap();
        assert_eq!(
            bytes,
            [0, 0, 0, 12, 0, 2, 0, 0, 0, 0, 0, 2, 0x03, 0xe7, 0x26, 0xac]
        );
        // 0 has no digits.
        assert_eq!(
            numeric_bytes(0, Some((5, 2))).unwrap(),
            [0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 2]
        );
        // 10000 is one digit of weight 1.
        assert_eq!(
            numeric_bytes(100_000_000, None).unwrap()[4..14],
            [0, 1, 0, 1, 0, 0, 0, 0, 0, 1]
        );
        // -0.5: weight -1.
        assert_eq!(
            numeric_bytes(-5_000, Some((5, 2))).unwrap()[4..],
            [0, 1, 0xff, 0xff, 0x40, 0, 0, 2, 0x13, 0x88]
        );
        assert!(numeric_bytes(10_000_000, Some((5, 2))).is_err());
        assert!(numeric_bytes(9_999_950, Some((5, 2))).is_err());
    }
}
