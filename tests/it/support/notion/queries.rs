//! Pages as answers have them, and queries: sorted by when pages were made, filtered by a text or by that time, in pieces of
//! at most a hundred, and ending early where there are more results than a query returns.

use serde_json::{Value, json};

use super::answers::{error, properties_of};
use super::{KEY, Page, State, moment};

/// A page with all properties of its data source, also those that are empty.
pub(super) fn shown(page: &Page) -> Value {
    let mut properties = serde_json::Map::new();
    for (at, (name, kind)) in properties_of(&page.source)
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        let written = page.properties.get(*name).map(|value| &value[*kind]);
        let inner = match (*kind, written) {
            ("title" | "rich_text", written) => texts(written.unwrap_or(&Value::Null)),
            ("relation", None) => json!([]),
            ("checkbox", None) => json!(false),
            ("select", Some(option)) if option.is_object() => {
                json!({ "id": option["name"], "name": option["name"], "color": "default" })
            }
            ("date", Some(date)) if date.is_object() => {
                json!({ "start": date["start"], "end": null, "time_zone": null })
            }
            (_, None) => Value::Null,
            (_, Some(other)) => other.clone(),
        };
        let mut property = json!({ "id": format!("p{at}"), "type": kind });
        property[*kind] = inner;
        properties.insert((*name).to_owned(), property);
    }
    let user = |id: &str| json!({ "object": "user", "id": id });
    json!({
        "object": "page", "id": page.id, "archived": page.is_archived, "in_trash": page.is_archived,
        "is_archived": page.is_archived, "is_locked": false, "icon": null, "cover": null,
        "url": format!("https://www.notion.so/{}", page.id), "public_url": null,
        "parent": { "type": "data_source_id", "data_source_id": page.source, "database_id": "database" },
        "properties": properties, "created_time": moment(page.created), "last_edited_time": moment(page.edited),
        "created_by": user("the bot"), "last_edited_by": user(page.editor),
    })
}

fn texts(written: &Value) -> Value {
    let pieces = written.as_array().into_iter().flatten();
    let piece = |piece: &Value| {
        let content = &piece["text"]["content"];
        json!({
            "type": "text", "text": { "content": content, "link": null }, "plain_text": content, "href": null,
            "annotations": { "bold": false, "italic": false, "strikethrough": false, "underline": false, "code": false,
                "color": "default" },
        })
    };
    pieces.map(piece).collect()
}

/// The answer to a query.
pub(super) fn results(state: &State, source: &str, body: &Value) -> (u16, Value) {
    let Some(known) = properties_of(source) else {
        return error(404, "object_not_found", "Could not find data source.");
    };
    let filter = &body["filter"];
    let property = filter["property"].as_str();
    if property.is_some_and(|name| !known.contains(&(name, "rich_text"))) {
        return error(400, "validation_error", "Could not find property.");
    }
    let since = filter["created_time"]["on_or_after"].as_str();
    let is_sorted = body["sorts"][0]["timestamp"] == "created_time";
    if !is_sorted || (filter.is_object() && property.is_none() && since.is_none()) {
        return error(400, "validation_error", "body failed validation.");
    }
    let wanted = filter["rich_text"]["equals"].as_str();
    let candidates: Vec<&Page> = match (property, wanted) {
        (Some(KEY), Some(wanted)) => {
            let places = state.keys.get(wanted).into_iter().flatten();
            places.map(|at| &state.pages[*at]).collect()
        }
        _ => state.pages.iter().collect(),
    };
    let all: Vec<&Page> = candidates
        .into_iter()
        .filter(|page| page.source == source && !page.is_archived)
        .filter(|page| property.is_none_or(|name| Some(page.text(name).as_str()) == wanted))
        .filter(|page| since.is_none_or(|since| moment(page.created).as_str() >= since))
        .collect();
    let size = body["page_size"].as_u64().unwrap_or(100).min(100) as usize;
    let begin: usize = match body["start_cursor"].as_str() {
        Some(cursor) => cursor.parse().unwrap(),
        None => 0,
    };
    let most = state.most_results;
    let end = all.len().min(begin + size).min(most);
    let is_cut = end == most && all.len() > most;
    let has_more = end < all.len() && !is_cut;
    let mut answer = json!({
        "object": "list", "type": "page_or_data_source", "page_or_data_source": {}, "has_more": has_more,
        "next_cursor": has_more.then(|| end.to_string()),
        "results": all[begin.min(end)..end].iter().map(|page| shown(page)).collect::<Vec<_>>(),
        "request_status": { "type": "complete" },
    });
    if is_cut {
        answer["request_status"] =
            json!({ "type": "incomplete", "incomplete_reason": "query_result_limit_reached" });
    }
    (200, answer)
}
