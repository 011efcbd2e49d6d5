//! All pages of a data source, however many: one query of Notion's ends after 10,000 results and says so in
//! `request_status` alone.
//!
//! Source: Notion's reference, "Query a data source".

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::notion::{Api, Trouble};
use super::page::Page;
use crate::error::Error;

/// Tries again for as long as a budget asks, and a few times for what may pass.
pub(super) fn patient<T>(
    api: &Api,
    mut work: impl FnMut(Instant) -> Result<T, Trouble>,
) -> Result<T, Trouble> {
    let mut tries = 0;
    loop {
        match work(Instant::now() + Duration::from_secs(600)) {
            Err(Trouble::Wait { pause, .. }) => std::thread::sleep(api.pause().unwrap_or(pause)),
            Err(Trouble::Again(_)) if tries < 5 => {
                tries += 1;
                std::thread::sleep(Duration::from_millis(200 << tries));
            }
            other => return other,
        }
    }
}

/// What a person is told when Notion could not be asked.
pub(super) fn failed(what: &str, trouble: Trouble) -> Error {
    let why = match trouble {
        Trouble::Wait { why, .. }
        | Trouble::Again(why)
        | Trouble::Refused { why, .. }
        | Trouble::Unauthorized(why) => why,
        Trouble::Late => "there was no time for the request".to_owned(),
    };
    Error::refused(what.to_owned())
        .because(why)
        .hint("check NOTION_TOKEN, and that the data sources are shared with the integration; `workroom sync notion --setup` says more")
}

/// Hands over each page once, in the order in which they were made. A query that ends early is taken up again at the time
/// of its last page.
pub(super) fn all_pages(
    api: &Api,
    source: &str,
    mut take: impl FnMut(Page),
) -> Result<(), Trouble> {
    let mut seen = BTreeSet::new();
    let mut since: Option<String> = None;
    loop {
        let mut cursor = Value::Null;
        let mut last = None;
        let mut is_new = false;
        let is_whole = loop {
            let mut body = json!({
                "sorts": [{ "timestamp": "created_time", "direction": "ascending" }],
                "page_size": 100,
            });
            if let Some(since) = &since {
                body["filter"] = json!({ "timestamp": "created_time", "created_time": { "on_or_after": since } });
            }
            if cursor.is_string() {
                body["start_cursor"] = cursor;
            }
            let found = patient(api, |deadline| api.query(source, &body, deadline))?;
            for page in found["results"].as_array().into_iter().flatten() {
                let Some(page) = Page::read(page) else {
                    continue;
                };
                last = Some(page.created.clone());
                if seen.insert(page.id.clone()) {
                    is_new = true;
                    take(page);
                }
            }
            cursor = found["next_cursor"].clone();
            if found["has_more"] != true || !cursor.is_string() {
                break found["request_status"]["type"] != "incomplete";
            }
        };
        if is_whole {
            return Ok(());
        }
        if !is_new || last == since {
            return Err(Trouble::Refused {
                status: 400,
                why: format!(
                    "more pages than one query returns were made at {}, and no query can tell them apart",
                    last.unwrap_or_default()
                ),
            });
        }
        since = last;
    }
}
