//! Statements that differ in their values alone are one statement with parameters: the server then plans it once
//! for a role instead of once for each row, which is most of what a probe costs.

/// A statement with its texts taken out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    /// `delete from shop.orders where id = $1`
    pub(super) sql: String,
    /// How many there are.
    pub(super) parameters: usize,
}

/// The shape of a statement and its texts, quoted; none where that cannot be told for sure.
pub(super) fn shape(sql: &str) -> Option<(Shape, Vec<&str>)> {
    let is_write = ["insert into ", "update ", "delete from ", "merge into "]
        .iter()
        .any(|start| sql.starts_with(start));
    let is_plain = is_write || sql.starts_with("select ");
    // One row comes back from an insert; from others there may be several.
    let returns = sql.contains(" returning ") && !sql.starts_with("insert into ");
    if !is_plain || returns || sql.contains(['$', '\\', ';']) {
        return None;
    }
    let mut shape = Shape {
        sql: String::with_capacity(sql.len()),
        parameters: 0,
    };
    let mut texts = Vec::new();
    let mut rest = sql;
    while let Some(start) = rest.find(['\'', '"']) {
        let quote = &rest[start..=start];
        let end = end_of(rest, start, quote)?;
        shape.sql.push_str(&rest[..start]);
        if quote == "'" && is_write {
            shape.parameters += 1;
            shape.sql.push_str(&format!("${}", shape.parameters));
            texts.push(&rest[start..end]);
        } else {
            shape.sql.push_str(&rest[start..end]);
        }
        rest = &rest[end..];
    }
    shape.sql.push_str(rest);
    Some((shape, texts))
}

/// Behind the closing quote; a doubled one does not close.
fn end_of(text: &str, start: usize, quote: &str) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += text[at..].find(quote)? + 1;
        if !text[at..].starts_with(quote) {
            return Some(at);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_parameters_and_names_stay() {
        let (shape, texts) =
            shape("update s.\"o'k\" set a = 'it''s', b = null where id = 'x'").unwrap();
        assert_eq!(
            shape.sql,
            "update s.\"o'k\" set a = $1, b = null where id = $2"
        );
        assert_eq!(texts, ["'it''s'", "'x'"]);
    }

    #[test]
    fn what_cannot_be_told_for_sure_has_no_shape() {
        for sql in [
            "truncate a",
            "update a set b = 'x' returning b",
            "select $1",
            "do 'x'",
            "update a set b = 'x",
        ] {
            assert_eq!(shape(sql), None, "{sql}");
        }
    }
}
