//! Rows as COPY takes them in its text form.

use std::borrow::Cow;

use super::json;
use super::plan::{Plan, PlannedColumn, PlannedOrigin, PlannedTable};
use super::row::{Cell, Row};
use crate::files::fingerprint;

/// Writes a row and its line end. `numbers` are what a staged row begins with.
///
/// # Errors
/// When a field cannot become what its column takes: why. The buffer holds a part of the row then.
pub(super) fn row(
    out: &mut Vec<u8>,
    plan: &Plan,
    table: &PlannedTable,
    row: &Row,
    numbers: &[u64],
) -> Result<(), String> {
    for number in numbers {
        out.extend_from_slice(number.to_string().as_bytes());
        out.push(b'\t');
    }
    for (at, column) in table.columns.iter().enumerate() {
        if at > 0 {
            out.push(b'\t');
        }
        match value(plan, column, row)? {
            Some(value) => escape(out, &value),
            None => out.extend_from_slice(b"\\N"),
        }
    }
    out.push(b'\n');
    Ok(())
}

fn value<'r>(
    plan: &'r Plan,
    column: &'r PlannedColumn,
    row: &'r Row,
) -> Result<Option<Cow<'r, [u8]>>, String> {
    let field = match &column.origin {
        PlannedOrigin::Value(value) => return Ok(Some(Cow::Borrowed(value.as_bytes()))),
        PlannedOrigin::Field(field)
        | PlannedOrigin::Key { field, .. }
        | PlannedOrigin::Row { field, .. } => *field,
    };
    let found = match &row.cells[field] {
        Cell::Null => return Ok(None),
        Cell::Json(span) if column.category == 'A' => {
            let text = String::from_utf8_lossy(&row.bytes[span.clone()]);
            let literal = json::array_literal(&text)
                .map_err(|_| format!("`{}` is an array, and this is an object", column.name))?;
            return Ok(Some(Cow::Owned(literal.into_bytes())));
        }
        Cell::Json(span) => return Ok(Some(Cow::Borrowed(&row.bytes[span.clone()]))),
        Cell::Text(span) => &row.bytes[span.clone()],
    };
    let mut value = Cow::Borrowed(found);
    if !column.values.is_empty()
        && let Some(other) = std::str::from_utf8(found)
            .ok()
            .and_then(|found| column.values.get(found))
    {
        value = Cow::Borrowed(other.as_bytes());
    }
    let is_looked_up = matches!(column.origin, PlannedOrigin::Row { .. });
    if value.is_empty() && (is_looked_up || !column.is_text()) {
        return Ok(None);
    }
    if let PlannedOrigin::Key { of, .. } = &column.origin {
        let tenant = plan.tenant.as_ref().map_or("", |tenant| &tenant.id);
        let text = String::from_utf8_lossy(&value);
        return Ok(Some(Cow::Owned(key(of, tenant, &text).into_bytes())));
    }
    Ok(Some(value))
}

/// A key of any kind as a UUID: one that is a UUID stays, of any other one is made that depends on the key, what it is a
/// key of, and the tenant alone (version 8 of RFC 9562).
fn key(of: &str, tenant: &str, text: &str) -> String {
    let text = text.trim();
    let digits = text.replace('-', "");
    if digits.len() == 32 && text.len() == 36 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        return text.to_ascii_lowercase();
    }
    let made = fingerprint(&format!("{of}\0{tenant}\0{text}"));
    let variant = u8::from_str_radix(&made[16..17], 16).unwrap_or_default();
    format!(
        "{}-{}-8{}-{:x}{}-{}",
        &made[..8],
        &made[8..12],
        &made[13..16],
        variant & 3 | 8,
        &made[17..20],
        &made[20..32]
    )
}

/// A value of COPY's text form: what divides rows and cells is written with a backslash.
fn escape(out: &mut Vec<u8>, value: &[u8]) {
    let mut rest = value;
    let special = |byte: &u8| matches!(byte, b'\\' | b'\n' | b'\r' | b'\t');
    while let Some(at) = rest.iter().position(special) {
        out.extend_from_slice(&rest[..at]);
        out.push(b'\\');
        out.push(match rest[at] {
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            other => other,
        });
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_uuid_of_its_own_for_each_name_and_tenant() {
        let one = key("contacts", "t", "17");
        assert_eq!(one, key("contacts", "t", " 17"));
        assert!(
            one.len() == 36 && one.as_bytes()[14] == b'8' && b"89ab".contains(&one.as_bytes()[19]),
            "{one}"
        );
        let others = [
            key("users", "t", "17"),
            key("contacts", "u", "17"),
            key("contacts", "t", "18"),
        ];
        assert!(!others.contains(&one));
        let given = "018F0000-0000-7000-8000-0000000000AB";
        assert_eq!(key("contacts", "t", given), given.to_ascii_lowercase());
    }

    #[test]
    fn what_divides_rows_is_escaped() {
        let mut out = Vec::new();
        escape(&mut out, b"a\tb\\N\r\nc");
        assert_eq!(out, b"a\\tb\\\\N\\r\\nc");
    }
}
