//! A page as Notion answers it, and its properties as plain values: what is kept of a sync, and what is compared with that.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::property::{KINDS, PropertyKind};
use super::settings::Resource;

/// A page.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Page {
    pub(super) id: String,
    /// When it was made, in Notion's spelling, which sorts by time.
    pub(super) created: String,
    /// When it was edited last.
    pub(super) edited: String,
    /// Who did.
    pub(super) editor: String,
    /// Where a person sees it.
    pub(super) url: String,
    /// The data source that it belongs to; empty where it belongs to none.
    pub(super) source: String,
    /// Whether it lies in the trash.
    pub(super) is_archived: bool,
    properties: Value,
}

impl Page {
    /// A page of an answer.
    pub(super) fn read(value: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let id = text(&value["id"])?;
        Some(Self {
            created: text(&value["created_time"]).unwrap_or_default(),
            edited: text(&value["last_edited_time"]).unwrap_or_default(),
            editor: text(&value["last_edited_by"]["id"]).unwrap_or_default(),
            url: text(&value["url"]).unwrap_or_else(|| id.clone()),
            source: text(&value["parent"]["data_source_id"]).unwrap_or_default(),
            is_archived: value["in_trash"] == true || value["archived"] == true,
            properties: value["properties"].clone(),
            id,
        })
    }

    /// A property as a text, a number, a boolean, ids of pages, or null.
    pub(super) fn plain(&self, name: &str) -> Value {
        let property = &self.properties[name];
        let found = KINDS
            .iter()
            .find_map(|kind| Some((*kind, property.get(kind.word())?)));
        let Some((kind, inner)) = found else {
            return Value::Null;
        };
        match kind {
            PropertyKind::Title | PropertyKind::Text => Value::String(text(inner)),
            PropertyKind::Select | PropertyKind::Status => inner["name"].clone(),
            PropertyKind::Date => inner["start"].clone(),
            PropertyKind::Url | PropertyKind::Number | PropertyKind::Checkbox => inner.clone(),
            PropertyKind::Relation => {
                let ids = inner.as_array().into_iter().flatten();
                let mut ids: Vec<&str> = ids.filter_map(|to| to["id"].as_str()).collect();
                ids.sort_unstable();
                ids.into()
            }
        }
    }

    /// What it shows of the properties that the settings fill.
    pub(super) fn shown(&self, resource: &Resource) -> Value {
        let names = resource.properties.keys();
        let shown: Map<String, Value> =
            names.map(|name| (name.clone(), self.plain(name))).collect();
        Value::Object(shown)
    }

    /// The key, if it has one.
    pub(super) fn key(&self, key: &str) -> Option<String> {
        let value = self.plain(key);
        let key = value.as_str().unwrap_or_default().trim();
        (!key.is_empty()).then(|| key.to_owned())
    }
}

/// Whether a key names a row: people may have spoiled it, and the server would end the whole batch.
pub(super) fn is_uuid(text: &str) -> bool {
    let is_right = |(at, byte): (usize, u8)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.bytes().enumerate().all(is_right)
}

/// Whether two ids are the same: Notion takes them with hyphens and without.
pub(super) fn is_same_id(left: &str, right: &str) -> bool {
    let plain = |id: &str| id.replace('-', "").to_ascii_lowercase();
    plain(left) == plain(right)
}

/// A list of texts as one.
fn text(pieces: &Value) -> String {
    let pieces = pieces.as_array().into_iter().flatten();
    let piece = |piece: &Value| {
        let text = piece["plain_text"].as_str();
        let text = text.or_else(|| piece["text"]["content"].as_str());
        // No text of the server's holds the character zero.
        text.unwrap_or_default().replace('\0', "")
    };
    pieces.map(piece).collect()
}

/// Properties that differ from what was kept; of those that nothing was kept of, none does.
pub(super) fn differing(kept: &Value, now: &Value) -> Vec<String> {
    let kept = kept.as_object().into_iter().flatten();
    kept.filter(|(name, value)| {
        now.get(name.as_str())
            .is_some_and(|now| !is_same(value, now))
    })
    .map(|(name, _)| name.clone())
    .collect()
}

/// Whether two plain values are the same; a number may have been spelled anew by the server.
pub(super) fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        // No text and an empty one look the same in Notion.
        (Value::Null, Value::String(text)) | (Value::String(text), Value::Null) => text.is_empty(),
        _ => left == right,
    }
}

/// A plain value as the field of a payload has it: an option by the value that it stands for.
pub(super) fn field(value: &Value, values: &BTreeMap<String, String>) -> Value {
    let Some(text) = value.as_str() else {
        return value.clone();
    };
    let stood_for = values.iter().find(|(_, shown)| shown.as_str() == text);
    let text = stood_for.map_or(text, |(value, _)| value);
    if text.is_empty() {
        Value::Null
    } else {
        Value::String(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn properties_become_plain_values() {
        let page = Page::read(&json!({ "id": "p", "properties": {
            "Name": { "type": "title", "title": [{ "plain_text": "A" }, { "text": { "content": "b" } }] },
            "Tier": { "type": "select", "select": { "name": "Tier 2" } },
            "None": { "type": "select", "select": null },
            "Day": { "type": "date", "date": { "start": "2026-11-30", "end": null } },
            "To": { "type": "relation", "relation": [{ "id": "z" }, { "id": "a" }] },
            "Workroom ID": { "type": "rich_text", "rich_text": [{ "plain_text": " k " }] },
        } }))
        .unwrap();
        let found = ["Name", "Tier", "None", "Day", "To", "Gone"].map(|name| page.plain(name));
        assert_eq!(
            found,
            [
                json!("Ab"),
                json!("Tier 2"),
                Value::Null,
                json!("2026-11-30"),
                json!(["a", "z"]),
                Value::Null
            ]
        );
        assert_eq!(page.key("Workroom ID").as_deref(), Some("k"));
        assert_eq!(page.key("None"), None);
        let values = [("2".to_owned(), "Tier 2".to_owned())].into();
        assert_eq!(field(&json!("Tier 2"), &values), json!("2"));
        assert_eq!(field(&json!("Other"), &values), json!("Other"));
    }

    #[test]
    fn what_differs_is_what_somebody_has_changed() {
        let kept = json!({ "Order": 1.0, "Status": "a", "Text": null, "Gone": "x" });
        let now = json!({ "Order": 1, "Status": "b", "Text": "", "New": "y" });
        assert_eq!(differing(&kept, &now), ["Status"]);
    }
}
