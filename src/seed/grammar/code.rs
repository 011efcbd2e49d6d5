//! `{ code = "CMP-{0000}" }`: a readable number, which differs by itself.

use super::{Generator, is_text, takes};
use crate::files::toml::Node;
use crate::seed::spec::{Fields, Reader, Slot};

/// Text around a number of at least so many digits.
#[derive(Clone, Debug)]
pub struct Code {
    pub(in crate::seed) before: Box<str>,
    pub(in crate::seed) digits: usize,
    pub(in crate::seed) after: Box<str>,
}

pub(super) fn parse(
    reader: &mut Reader<'_>,
    _: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    let text = reader.text(value)?;
    let parts = text.split_once('{').and_then(|(before, rest)| {
        let (zeros, after) = rest.split_once('}')?;
        let is_number =
            !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') && !after.contains('{');
        is_number.then_some((before, zeros.len(), after))
    });
    let Some((before, digits, after)) = parts else {
        let hint = "zeros in braces stand for the number: \"CMP-{0000}\"".to_owned();
        reader.mistake(
            value.span.clone(),
            format!("\"{text}\" has no place for the number"),
            Some(hint),
        );
        return None;
    };
    takes(reader, value, slot, "text", is_text).then(|| {
        Generator::Code(Code {
            before: before.into(),
            digits,
            after: after.into(),
        })
    })
}
