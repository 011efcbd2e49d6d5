//! A page's properties from a message's payload, within Notion's limits.
//!
//! Source: Notion's reference, "Request limits": 2,000 characters a text, 100 texts, 2,000 a URL, 100 an option; options
//! hold no comma.

use serde_json::{Map, Value, json};

use super::property::PropertyKind;
use super::settings::Resource;

/// Characters of one text, as UTF-16 counts them.
const TEXT: usize = 2000;

/// Texts of one property.
const TEXTS: usize = 100;

/// Characters of an option.
const OPTION: usize = 100;

/// The properties of a page. `relation` gives the page of another resource, by that page's id or by the resource's.
///
/// # Errors
/// What `relation` returns.
pub(super) fn properties<E>(
    resource: &Resource,
    id: &str,
    payload: &Value,
    mut relation: impl FnMut(&str, &str, bool) -> Result<Option<String>, E>,
) -> Result<Value, E> {
    let mut all = Map::new();
    for (name, property) in &resource.properties {
        let property = property.get_ref();
        let Some((kind, field)) = property.kind() else {
            continue;
        };
        let value = &payload[field];
        let mut text = plain(value);
        if let Some(shown) = text.as_ref().and_then(|text| property.values.get(text)) {
            text = Some(shown.clone());
        }
        let made = match (kind, text) {
            (PropertyKind::Title, text) => json!({ "title": texts(&text.unwrap_or_default()) }),
            (PropertyKind::Text, text) => json!({ "rich_text": texts(&text.unwrap_or_default()) }),
            (PropertyKind::Select, Some(text)) => json!({ "select": { "name": option(&text) } }),
            (PropertyKind::Status, Some(text)) => json!({ "status": { "name": option(&text) } }),
            (PropertyKind::Date, Some(text)) => json!({ "date": { "start": text } }),
            (PropertyKind::Url, Some(text)) if units(&text) <= TEXT => json!({ "url": text }),
            (PropertyKind::Number, Some(_)) if value.is_number() => json!({ "number": value }),
            (PropertyKind::Checkbox, text) => {
                json!({ "checkbox": text.as_deref() == Some("true") })
            }
            (PropertyKind::Relation, Some(text)) => {
                let to = property.to.as_deref().unwrap_or_default();
                let by_key = property.by.as_deref() == Some("key");
                let page = relation(to, &text, by_key)?;
                json!({ "relation": page.map(|page| json!({ "id": page })).into_iter().collect::<Vec<_>>() })
            }
            (PropertyKind::Select, None) => json!({ "select": null }),
            (PropertyKind::Status, None) => json!({ "status": null }),
            (PropertyKind::Date, None) => json!({ "date": null }),
            (PropertyKind::Url, _) => json!({ "url": null }),
            (PropertyKind::Number, _) => json!({ "number": null }),
            (PropertyKind::Relation, None) => json!({ "relation": [] }),
        };
        all.insert(name.clone(), made);
    }
    if let Some(key) = &resource.key {
        all.insert(key.clone(), json!({ "rich_text": texts(id) }));
    }
    Ok(Value::Object(all))
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The beginning of a text, whole characters only.
fn cut(text: &str, most: usize) -> &str {
    let mut taken = 0;
    let end = text.char_indices().find(|(_, letter)| {
        taken += letter.len_utf16();
        taken > most
    });
    end.map_or(text, |(at, _)| &text[..at])
}

/// A text in as many pieces as it needs; what is more than a property holds is left out.
fn texts(text: &str) -> Vec<Value> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() && pieces.len() < TEXTS {
        let piece = cut(rest, TEXT);
        pieces.push(json!({ "type": "text", "text": { "content": piece } }));
        rest = &rest[piece.len()..];
    }
    pieces
}

fn option(text: &str) -> String {
    cut(text, OPTION).replace(',', ";")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_split_and_options_cut_at_whole_characters() {
        let long = "\u{1F600}".repeat(1500);
        let pieces = texts(&long);
        let lengths: Vec<usize> = pieces
            .iter()
            .map(|piece| units(piece["text"]["content"].as_str().unwrap()))
            .collect();
        assert_eq!(lengths, [2000, 1000]);
        assert_eq!(texts(&"x".repeat(TEXT * TEXTS + 1)).len(), TEXTS);
        assert_eq!(texts(""), Vec::<Value>::new());
        assert_eq!(
            option(&format!("a,b{}", "\u{1F600}".repeat(60)))
                .encode_utf16()
                .count(),
            99
        );
    }

    #[test]
    fn a_payload_becomes_the_properties_of_a_page() {
        let file = crate::files::TextFile::new("x", include_str!("../../sync/notion.toml"));
        let settings = super::super::Settings::read(&file, |name, _| {
            Some(name.to_lowercase().replace('_', "-"))
        })
        .unwrap();
        let project = settings.resource("project").unwrap();
        let payload = json!({ "name": "Pond", "tier": 2, "status": "in_progress", "payment_status": null,
            "client_notion_page_id": "p1", "created_at": "2026-11-30T10:00:00+00:00" });
        let made = properties(project, "id1", &payload, |to, value, by_key| {
            assert!(!by_key);
            Ok::<_, ()>(Some(format!("{to} {value}")))
        });
        let made = made.unwrap();
        assert_eq!(made["Name"]["title"][0]["text"]["content"], "Pond");
        assert_eq!(made["Tier"]["select"]["name"], "Tier 2");
        assert_eq!(made["Payment Status"], json!({ "select": null }));
        assert_eq!(made["Client"]["relation"][0]["id"], "client p1");
        assert_eq!(
            made["Workroom ID"]["rich_text"][0]["text"]["content"],
            "id1"
        );
        assert_eq!(
            made["Created Date"]["date"]["start"],
            "2026-11-30T10:00:00+00:00"
        );
    }
}
