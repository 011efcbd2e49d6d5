//! Values as text: for files in the text form of COPY, in CSV and as INSERT statements.

use crate::seed::column_type::ColumnType;
use crate::seed::dataset::Dataset;
use crate::seed::value::{UNIT, Value, date, uuid, write_number};

/// A value as the server's input function reads it, without quoting. Null is nothing.
pub fn write_text(data: &Dataset, value: &Value, out: &mut String) {
    use std::fmt::Write as _;
    match value {
        Value::Null | Value::Unset => {}
        Value::Bool(value) => out.push(if *value { 't' } else { 'f' }),
        Value::Int(number) => {
            // Writing to a String cannot fail.
            let _ = write!(out, "{number}");
        }
        Value::Number(number) => {
            let scale = if number % UNIT == 0 { 0 } else { 4 };
            write_number(out, *number, scale);
        }
        Value::Date(days) => date::write(out, days + data.shift),
        Value::Timestamp(micros) => {
            date::write_timestamp(out, micros + i64::from(data.shift) * date::DAY);
        }
        Value::Uuid(bytes) => uuid::write(out, bytes),
        Value::Word(_) | Value::Text(_) => out.push_str(data.text(value).unwrap_or_default()),
        Value::Json(text) => out.push_str(text),
        Value::List(items) => {
            out.push('{');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                out.push('"');
                for character in item.chars() {
                    if matches!(character, '"' | '\\') {
                        out.push('\\');
                    }
                    out.push(character);
                }
                out.push('"');
            }
            out.push('}');
        }
        Value::Vector(numbers) => {
            out.push('[');
            for (at, number) in numbers.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                let _ = write!(out, "{number}");
            }
            out.push(']');
        }
    }
}

/// A value for a column: as [`write_text`], whole numbers and days as the column takes them.
pub fn write_for(data: &Dataset, data_type: Option<&ColumnType>, value: &Value, out: &mut String) {
    match (data_type, value) {
        (Some(ColumnType::Int(_)), Value::Number(number)) => {
            write_number(out, *number, 0);
        }
        (Some(ColumnType::Date), Value::Timestamp(_)) => {
            date::write(out, value.day().unwrap_or(0) + data.shift);
        }
        (Some(ColumnType::Timestamp), Value::Date(days)) => {
            date::write_timestamp(out, (i64::from(*days) + i64::from(data.shift)) * date::DAY);
        }
        _ => write_text(data, value, out),
    }
}

/// A field of a CSV file as `copy … (format csv)` reads it: null is empty, an empty text is quoted.
pub fn csv_field(text: Option<&str>, out: &mut String) {
    let Some(text) = text else {
        return;
    };
    let needs_quotes = text.is_empty() || text == "\\." || text.contains([',', '"', '\n', '\r']);
    if !needs_quotes {
        out.push_str(text);
        return;
    }
    out.push('"');
    for character in text.chars() {
        if character == '"' {
            out.push('"');
        }
        out.push(character);
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_back_as_they_were() {
        let mut out = String::new();
        csv_field(Some("a \"b\", c"), &mut out);
        out.push('|');
        csv_field(Some(""), &mut out);
        out.push('|');
        csv_field(None, &mut out);
        assert_eq!(out, "\"a \"\"b\"\", c\"|\"\"|");
    }
}
