//! JSON as text with places: the elements of an array, the members of an object, each as the bytes it stands at, so that
//! numbers keep their digits and a mistake has its line.
//!
//! `serde_json` judges what is valid; what is here only divides.

use std::borrow::Cow;
use std::ops::Range;

/// Where something is wrong, in bytes, and why.
pub(super) type Broken = (usize, String);

/// The byte after a value's last one, for a value that begins at `start`; strings and brackets are followed, nothing else
/// is judged.
fn end_of_value(text: &str, start: usize) -> Result<usize, Broken> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = start;
    loop {
        match bytes.get(at) {
            None if depth == 0 && at > start => return Ok(at),
            None => return Err((start, "the file ends inside this value".to_owned())),
            Some(b'"') => {
                at = end_of_string(text, at)?;
                if depth == 0 {
                    return Ok(at);
                }
                continue;
            }
            Some(b'{' | b'[') => depth += 1,
            Some(b'}' | b']') => {
                if depth == 0 {
                    return Ok(at);
                }
                depth -= 1;
                if depth == 0 {
                    return Ok(at + 1);
                }
            }
            Some(b',' | b':' | b' ' | b'\t' | b'\r' | b'\n') if depth == 0 => return Ok(at),
            Some(_) => {}
        }
        at += 1;
    }
}

/// The byte after a string's closing quote.
fn end_of_string(text: &str, start: usize) -> Result<usize, Broken> {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    loop {
        match bytes.get(at) {
            None => return Err((start, "this text is not closed".to_owned())),
            Some(b'\\') => at += 2,
            Some(b'"') => return Ok(at + 1),
            Some(_) => at += 1,
        }
    }
}

fn skip_blanks(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len()
}

/// The elements of an array as they are asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Elements {
    at: usize,
    is_first: bool,
}

impl Elements {
    /// Of the array that begins at a byte.
    pub(super) fn new(start: usize) -> Self {
        Self {
            at: start + 1,
            is_first: true,
        }
    }

    /// Where the next one stands; nothing after the last.
    ///
    /// # Errors
    /// When the array is not one any more.
    pub(super) fn next(&mut self, text: &str) -> Result<Option<Range<usize>>, Broken> {
        let mut at = skip_blanks(text, self.at);
        match text.as_bytes().get(at) {
            Some(b']') => {
                self.at = at;
                return Ok(None);
            }
            Some(b',') if !self.is_first => at = skip_blanks(text, at + 1),
            Some(_) if self.is_first => {}
            Some(_) => return Err((at, "a comma is missing before this value".to_owned())),
            None => return Err((at, "the array is not closed".to_owned())),
        }
        self.is_first = false;
        let end = end_of_value(text, at)?;
        if end == at {
            return Err((at, "a value is missing here".to_owned()));
        }
        self.at = end;
        Ok(Some(at..end))
    }
}

/// The members of an object: names, and where their values stand. Of two with one name the last one counts, as in
/// JavaScript.
///
/// # Errors
/// When it is no JSON object.
pub(super) fn members(
    text: &str,
    span: Range<usize>,
) -> Result<Vec<(String, Range<usize>)>, Broken> {
    let judged = serde_json::from_str::<serde::de::IgnoredAny>(&text[span.clone()]);
    judged.map_err(|error| {
        let before = text[span.clone()]
            .split_inclusive('\n')
            .take(error.line().saturating_sub(1))
            .map(str::len)
            .sum::<usize>();
        let why = error.to_string();
        let why = why.split(" at line ").next().unwrap_or_default().to_owned();
        (span.start + before, why)
    })?;
    let mut members: Vec<(String, Range<usize>)> = Vec::new();
    let mut at = span.start + 1;
    loop {
        at = skip_blanks(text, at);
        match text.as_bytes().get(at) {
            Some(b',') => {
                at += 1;
                continue;
            }
            Some(b'"') => {}
            _ => return Ok(members),
        }
        let end = end_of_string(text, at)?;
        let name = string(&text[at..end]).into_owned();
        // Past the colon, which is there in what was judged.
        let start = skip_blanks(text, skip_blanks(text, end) + 1);
        at = end_of_value(text, start)?;
        match members.iter_mut().find(|(known, _)| *known == name) {
            Some((_, place)) => *place = start..at,
            None => members.push((name, start..at)),
        }
    }
}

/// The text that a JSON string stands for.
pub(super) fn string(written: &str) -> Cow<'_, str> {
    let inside = &written[1..written.len() - 1];
    if inside.contains('\\') {
        Cow::Owned(serde_json::from_str(written).unwrap_or_default())
    } else {
        Cow::Borrowed(inside)
    }
}

/// A JSON array as an array literal of Postgres: `{"a",NULL,{1,2}}`.
///
/// # Errors
/// When it is no array.
pub(super) fn array_literal(text: &str) -> Result<String, Broken> {
    let mut elements = Elements::new(0);
    let mut literal = String::from("{");
    while let Some(span) = elements.next(text)? {
        if literal.len() > 1 {
            literal.push(',');
        }
        let element = &text[span];
        match element.as_bytes()[0] {
            b'[' => literal.push_str(&array_literal(element)?),
            b'n' => literal.push_str("NULL"),
            _ => {
                let inside = if element.starts_with('"') {
                    string(element)
                } else {
                    Cow::Borrowed(element)
                };
                literal.push('"');
                for letter in inside.chars() {
                    if matches!(letter, '"' | '\\') {
                        literal.push('\\');
                    }
                    literal.push(letter);
                }
                literal.push('"');
            }
        }
    }
    literal.push('}');
    Ok(literal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elements(text: &str) -> Result<Vec<&str>, Broken> {
        let mut elements = Elements::new(0);
        let mut all = Vec::new();
        while let Some(span) = elements.next(text)? {
            all.push(&text[span]);
        }
        Ok(all)
    }

    #[test]
    fn the_elements_of_an_array_are_told_apart() {
        assert_eq!(
            elements(r#"[ {"a": "]}\""} , [1, [2]],"x", 1.50 ,null]"#).unwrap(),
            [r#"{"a": "]}\""}"#, "[1, [2]]", r#""x""#, "1.50", "null"]
        );
        assert_eq!(elements("[]").unwrap(), Vec::<&str>::new());
        for (text, at) in [("[1 2]", 3), ("[1,", 3), ("[{", 1), ("[\"a", 1), ("[,]", 1)] {
            assert_eq!(elements(text).unwrap_err().0, at, "{text}");
        }
    }

    #[test]
    fn members_keep_the_digits_of_numbers() {
        let text = r#" {"a" : 12345678901234567890.10, "b\u0041":"x\ny", "c":{"d":[1]},"a":0.10}"#;
        let found = members(text, 1..text.len()).unwrap();
        let shown: Vec<(&str, &str)> = found
            .iter()
            .map(|(name, span)| (name.as_str(), &text[span.clone()]))
            .collect();
        assert_eq!(
            shown,
            [("a", "0.10"), ("bA", r#""x\ny""#), ("c", r#"{"d":[1]}"#)]
        );
        assert_eq!(string(r#""x\ny""#), "x\ny");
        assert_eq!(members("{\n\"a\": 1,}", 0..10).unwrap_err().0, 2);
    }

    #[test]
    fn arrays_become_literals() {
        assert_eq!(
            array_literal(r#"["a,b", "c\"d\\", null, [1, true]]"#).unwrap(),
            r#"{"a,b","c\"d\\",NULL,{"1","true"}}"#
        );
        assert_eq!(array_literal("[]").unwrap(), "{}");
    }
}
