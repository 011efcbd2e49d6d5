//! `{ text = "campaign_name" }`: a phrase of the file; `unique = true` goes through all that it can make, `unique = "pod"`
//! does so in each pod anew, and
//! `edits_previous = [1, 3]` changes so many places of the text of the row before.

use super::{Generator, is_text, takes};
use crate::files::toml::{Data, Node};
use crate::seed::spec::{Fields, Reader, Slot};

/// A phrase with its places filled.
#[derive(Clone, Debug)]
pub struct Text {
    pub(crate) phrase: usize,
    /// Whether no two rows of a tenant have the same.
    pub(crate) unique: bool,
    /// Whether no two rows of a pod have the same.
    pub(crate) in_pod: bool,
    pub(in crate::seed) edits: Option<(u32, u32)>,
}

pub(super) fn parse(
    reader: &mut Reader<'_>,
    fields: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    let (unique, in_pod) = match fields.take("unique") {
        Some(node) if matches!(&node.data, Data::Text(text) if text == "pod") => (false, true),
        Some(node) => (reader.boolean(node).unwrap_or(false), false),
        None => (false, false),
    };
    let edits = match fields.take("edits_previous") {
        None => None,
        Some(node) => {
            let (low, high) = reader.bounds(node, |reader, node| reader.count(node, 0..=20))?;
            Some((low as u32, high as u32))
        }
    };
    let phrase = reader.phrase(value)?;
    if (unique || in_pod) && reader.words.capacity(phrase).is_none() {
        let hint = "use lists alone in it, or leave `unique` out and let the plan count".to_owned();
        reader.mistake(
            value.span.clone(),
            "a phrase that reads columns cannot be gone through one by one",
            Some(hint),
        );
        return None;
    }
    takes(reader, value, slot, "text", is_text).then(|| {
        Generator::Phrase(Box::new(Text {
            phrase,
            unique,
            in_pod,
            edits,
        }))
    })
}
