//! What is answered to which request, and what is refused.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::queries::{results, shown};
use super::{Page, State, TOKEN, moment};

/// Data source → its properties and their types.
const SOURCES: [(&str, &[(&str, &str)]); 5] = [
    (
        "ds-clients",
        &[
            ("Name", "title"),
            ("Tier", "select"),
            ("Status", "select"),
            ("Project Address", "rich_text"),
            ("Created Date", "date"),
            ("Workroom ID", "rich_text"),
        ],
    ),
    (
        "ds-leads",
        &[
            ("Name", "title"),
            ("Email", "rich_text"),
            ("Project Address", "rich_text"),
            ("Budget Range", "rich_text"),
            ("Timeline", "rich_text"),
            ("Project Type", "rich_text"),
            ("Has Survey", "checkbox"),
            ("Has Drawings", "checkbox"),
            ("Recommended Tier", "select"),
            ("Routing Reason", "rich_text"),
            ("Created Date", "date"),
            ("Workroom ID", "rich_text"),
        ],
    ),
    (
        "ds-projects",
        &[
            ("Name", "title"),
            ("Client", "relation"),
            ("Tier", "select"),
            ("Status", "select"),
            ("Payment Status", "select"),
            ("Created Date", "date"),
            ("Workroom ID", "rich_text"),
        ],
    ),
    (
        "ds-milestones",
        &[
            ("Name", "title"),
            ("Project", "relation"),
            ("Order", "number"),
            ("Status", "select"),
            ("Due Date", "date"),
            ("Completed Date", "date"),
            ("Workroom ID", "rich_text"),
        ],
    ),
    (
        "ds-deliverables",
        &[
            ("Name", "title"),
            ("Project", "relation"),
            ("Category", "select"),
            ("Upload Date", "date"),
            ("File URL", "url"),
            ("Workroom ID", "rich_text"),
        ],
    ),
];

pub(super) fn error(status: u16, code: &str, message: &str) -> (u16, Value) {
    (
        status,
        json!({ "object": "error", "status": status, "code": code, "message": message }),
    )
}

pub(super) fn failure(status: u16) -> Value {
    let code = match status {
        400 => "validation_error",
        409 => "conflict_error",
        429 => "rate_limited",
        529 => "service_overload",
        500 => "internal_server_error",
        _ => "service_unavailable",
    };
    let mut value = error(status, code, "made up").1;
    if status == 429 {
        value["additional_data"] = json!({ "rate_limit_reason": "connection" });
    }
    value
}

pub(super) fn answer(
    state: &mut State,
    method: &str,
    path: &str,
    headers: &BTreeMap<String, String>,
    body: &Value,
) -> (u16, Value) {
    if headers.get("authorization") != Some(&format!("Bearer {TOKEN}")) {
        return error(401, "unauthorized", "API token is invalid.");
    }
    if headers.get("notion-version").map(String::as_str) != Some("2025-09-03") {
        return error(
            400,
            "missing_version",
            "Notion-Version header failed validation.",
        );
    }
    let parts: Vec<&str> = path.trim_start_matches("/v1/").split('/').collect();
    match (method, &parts[..]) {
        ("GET", ["users", "me"]) => (
            200,
            json!({ "object": "user", "id": "the bot", "type": "bot", "bot": {}, "name": "workroom", "avatar_url": null }),
        ),
        ("POST", ["data_sources", source, "query"]) => results(state, source, body),
        ("GET", ["data_sources", source]) => schema(state, source),
        ("PATCH", ["data_sources", source]) => {
            let made = body["properties"].as_object().cloned().unwrap_or_default();
            for (name, value) in made {
                let known = properties_of(source)
                    .and_then(|all| all.iter().find(|(known, _)| *known == name));
                if known.is_none_or(|(_, kind)| value.get(*kind).is_none() || *kind == "title") {
                    return error(400, "validation_error", &format!("{name} cannot be made."));
                }
                state.odd.remove(&((*source).to_owned(), name));
            }
            schema(state, source)
        }
        ("POST", ["pages"]) => {
            let source = body["parent"]["data_source_id"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            if body["parent"]["type"] != "data_source_id" || properties_of(&source).is_none() {
                return error(404, "object_not_found", "Could not find data source.");
            }
            let page = Page {
                id: format!("page-{}", state.pages.len() + 1),
                source,
                properties: BTreeMap::new(),
                is_archived: false,
                created: state.pages.len() as u64,
                edited: 0,
                editor: "the bot",
            };
            state.pages.push(page);
            let at = state.pages.len() - 1;
            let written = write(state, at, body);
            if written.0 != 200 {
                state.pages.pop();
            }
            written
        }
        (_, ["pages", id]) => {
            let Some(at) = state.place(id) else {
                return error(404, "object_not_found", "Could not find page.");
            };
            if method == "GET" {
                return (200, shown(&state.pages[at]));
            }
            if state.pages[at].is_archived {
                return error(
                    400,
                    "validation_error",
                    "Can't edit block that is archived.",
                );
            }
            write(state, at, body)
        }
        _ => error(400, "invalid_request_url", "Invalid request URL."),
    }
}

pub(super) fn properties_of(source: &str) -> Option<&'static [(&'static str, &'static str)]> {
    SOURCES
        .iter()
        .find(|(known, _)| *known == source)
        .map(|(_, properties)| *properties)
}

/// The properties of a data source; of those that are odd with an empty type nothing.
fn schema(state: &State, source: &str) -> (u16, Value) {
    let Some(known) = properties_of(source) else {
        return error(404, "object_not_found", "Could not find data source.");
    };
    let mut shown = serde_json::Map::new();
    for (name, kind) in known {
        let odd = state
            .odd
            .get(&(source.to_owned(), (*name).to_owned()))
            .copied();
        let kind = odd.unwrap_or(kind);
        if !kind.is_empty() {
            let inner = match kind {
                "select" => json!({ "options": [] }),
                "number" => json!({ "format": "number" }),
                "relation" => {
                    json!({ "database_id": "database", "data_source_id": source, "type": "single_property",
                    "single_property": {} })
                }
                _ => json!({}),
            };
            shown.insert(
                (*name).to_owned(),
                json!({ "id": name, "type": kind, "name": name, "description": null, kind: inner }),
            );
        }
    }
    (
        200,
        json!({
            "object": "data_source", "id": source, "properties": shown, "title": [], "description": [],
            "parent": { "type": "database_id", "database_id": "database" },
            "database_parent": { "type": "workspace", "workspace": true }, "is_inline": false, "in_trash": false,
            "archived": false, "created_time": moment(0), "last_edited_time": moment(0), "icon": null, "cover": null,
            "created_by": { "object": "user", "id": "the bot" }, "last_edited_by": { "object": "user", "id": "the bot" },
            "url": "https://www.notion.so/database", "public_url": null,
        }),
    )
}

/// Checks and writes properties, or the archive flag.
fn write(state: &mut State, at: usize, body: &Value) -> (u16, Value) {
    let source = state.pages[at].source.clone();
    let known = properties_of(&source).unwrap();
    let none = serde_json::Map::new();
    for (name, value) in body["properties"].as_object().unwrap_or(&none) {
        let Some((_, kind)) = known.iter().find(|(known, _)| known == name) else {
            return error(
                400,
                "validation_error",
                &format!("{name} is not a property that exists."),
            );
        };
        let inner = &value[*kind];
        let texts = inner.as_array().into_iter().flatten();
        let is_long = |piece: &Value| {
            piece["text"]["content"]
                .as_str()
                .is_some_and(|text| text.encode_utf16().count() > 2000)
        };
        let is_wrong = match *kind {
            "title" | "rich_text" => {
                !inner.is_array() || texts.clone().count() > 100 || texts.clone().any(is_long)
            }
            "select" => {
                !inner.is_null()
                    && inner["name"].as_str().is_none_or(|name| {
                        name.is_empty() || name.contains(',') || name.chars().count() > 100
                    })
            }
            "relation" => {
                !inner.is_array()
                    || texts
                        .clone()
                        .any(|to| to["id"].as_str().and_then(|id| state.place(id)).is_none())
            }
            "checkbox" => !inner.is_boolean(),
            "number" => !inner.is_null() && !inner.is_number(),
            "date" => {
                !inner.is_null() && inner["start"].as_str().is_none_or(|start| start.len() < 10)
            }
            _ => !inner.is_null() && inner.as_str().is_none_or(|url| url.len() > 2000),
        };
        if is_wrong {
            return error(
                400,
                "validation_error",
                &format!("body failed validation: {name}"),
            );
        }
    }
    state.clock += 1;
    let clock = state.clock;
    let page = &mut state.pages[at];
    // Names end in numbers that rise with each change of a row.
    let number = |text: String| {
        text.rsplit(' ')
            .next()
            .and_then(|last| last.parse::<u64>().ok())
    };
    let before = page
        .properties
        .contains_key("Name")
        .then(|| page.text("Name"));
    for (name, value) in body["properties"].as_object().unwrap_or(&none) {
        page.properties.insert(name.clone(), value.clone());
    }
    let after = page
        .properties
        .contains_key("Name")
        .then(|| page.text("Name"));
    if let (Some(before), Some(after)) = (before.and_then(number), after.and_then(number))
        && after < before
    {
        let found = format!("{}: {after} after {before}", page.id);
        state.overtaken.push(found);
    }
    let page = &mut state.pages[at];
    page.is_archived |= body["archived"] == true;
    (page.edited, page.editor) = (clock, "the bot");
    state.index(at);
    (200, shown(&state.pages[at]))
}
