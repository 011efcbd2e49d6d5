//! From Notion to here: edits of the properties that the settings name under `pull`. What the page showed at the last sync
//! is compared with what it shows now and what stands here: changed there alone, it is taken over; changed on both sides, it
//! is shown and left alone.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::deliver::State;
use super::notion::{Api, Trouble};
use super::outbox::{begin, json as json_literal, moment, present, text};
use super::page::{Page, differing, field, is_same, is_same_id, is_uuid};
use super::pages::{all_pages, failed, patient};
use super::settings::{Resource, Settings};
use crate::database::Session;
use crate::error::{Error, Kind, Result};
use crate::report::{Outcome, Report, Table};

/// Pages that are compared in one round trip.
const BATCH: usize = 100;

/// A page whose edits are looked at, and the resource that its key names.
struct Candidate {
    id: String,
    page: Page,
}

/// What became of pages.
pub(super) struct Found {
    table: Table,
    looked_at: usize,
    taken: usize,
    left: usize,
}

impl Found {
    pub(super) fn new() -> Self {
        let columns = ["resource", "id", "property", "here", "notion", "outcome"];
        Self {
            table: Table::new("", &columns),
            looked_at: 0,
            taken: 0,
            left: 0,
        }
    }

    /// What was found since: resource, id, property, here, Notion, outcome.
    pub(super) fn take_rows(&mut self) -> Vec<Vec<String>> {
        std::mem::take(&mut self.table.rows)
    }

    fn report(self, what: &str) -> Report {
        let mut report = Report::table(self.table);
        report.push_text(format!(
            "{} {what}, {} taken over, {} left to somebody's decision",
            self.looked_at, self.taken, self.left
        ));
        if self.left > 0 {
            report.outcome = Outcome::Found;
            report.push_text(
                "of a conflict: `workroom sync notion --take ID` takes what Notion shows; changing the row here, or `--retry` of its \
                 message, sends what stands here",
            );
        }
        report
    }
}

/// Looks at all pages of the resources that something is pulled of.
///
/// # Errors
/// When Notion does not answer, the settings name no function for it, or the database cannot be read.
pub async fn pull(session: &Session, settings: &Arc<Settings>, api: &Arc<Api>) -> Result<Report> {
    let function = function(settings)?;
    begin(session, settings, false).await?;
    let mut found = Found::new();
    look_at_all(session, settings, api, function, &mut found).await?;
    Ok(found.report("pages looked at"))
}

/// Resources that something is pulled of: name, settings, data source and key.
fn watched(settings: &Settings) -> impl Iterator<Item = (&str, &Resource, &str, &str)> {
    let all = settings.resources.iter();
    all.filter_map(|(name, resource)| {
        let resource = resource.get_ref();
        let (source, key) = resource.pages().filter(|_| !resource.pull.is_empty())?;
        Some((name.as_str(), resource, source, key))
    })
}

/// Looks at all pages that something is pulled of.
pub(super) async fn look_at_all(
    session: &Session,
    settings: &Settings,
    api: &Arc<Api>,
    function: &str,
    found: &mut Found,
) -> Result<()> {
    for (name, resource, source, key) in watched(settings) {
        let (source, key) = (source.to_owned(), key.to_owned());
        let pages = ask(api, move |api| {
            let mut candidates = Vec::new();
            all_pages(api, &source, |page| {
                // A page that this program did not make is for `--import`.
                if let Some(id) = page.key(&key) {
                    candidates.push(Candidate { id, page });
                }
            })
            .map(|()| candidates)
        });
        for batch in pages.await?.chunks(BATCH) {
            compare(session, settings, function, name, resource, batch, found).await?;
        }
    }
    Ok(())
}

/// Looks at one page; whether it is one that something is pulled of.
pub(super) async fn look_at_page(
    session: &Session,
    settings: &Settings,
    function: &str,
    page: Page,
    found: &mut Found,
) -> Result<bool> {
    let of = watched(settings).find(|(_, _, source, _)| is_same_id(source, &page.source));
    let Some((name, resource, _, key)) = of.filter(|_| !page.is_archived) else {
        return Ok(false);
    };
    let Some(id) = page.key(key) else {
        return Ok(false);
    };
    let one = [Candidate { id, page }];
    compare(session, settings, function, name, resource, &one, found).await?;
    Ok(true)
}

/// Takes what the page of one resource shows, whatever stands here: somebody has decided so.
///
/// # Errors
/// When no pulled resource has this id, or its page cannot be read.
pub async fn take(
    session: &Session,
    settings: &Arc<Settings>,
    api: &Arc<Api>,
    id: &str,
) -> Result<Report> {
    let function = function(settings)?;
    begin(session, settings, false).await?;
    for (name, resource) in &settings.resources {
        let resource = resource.get_ref();
        if resource.pages().is_none() || resource.pull.is_empty() || !is_uuid(id) {
            continue;
        }
        let known = present(session, settings, &[(name, id)]).await?;
        let Some((
            payload,
            State {
                page: Some(page), ..
            },
        )) = known
            .into_iter()
            .next()
            .filter(|(payload, _)| !payload.is_null())
        else {
            continue;
        };
        let page = ask(api, move |api| {
            patient(api, |deadline| api.read(&page, deadline))
        })
        .await?;
        let edits: Map<String, Value> = pulled(resource)
            .map(|(property, of, values)| {
                let to = field(&page.plain(property), values);
                (of.to_owned(), json!({ "from": payload[of], "to": to }))
            })
            .collect();
        let mut found = Found::new();
        found.looked_at = 1;
        let outcome = call(
            session,
            function,
            name,
            id,
            &page,
            &edits,
            Some(resource),
            true,
        )
        .await?;
        record(&mut found, resource, name, id, &payload, &page, &outcome);
        return Ok(found.report("page looked at"));
    }
    Err(Error::refused(format!(
        "{id} is no resource with a page that something is pulled from"
    ))
    .hint("`workroom sync notion --pull` shows ids"))
}

/// What takes over edits.
pub(super) fn function(settings: &Settings) -> Result<&str> {
    settings.outbox.pull.as_deref().filter(|_| settings.outbox.state.is_some()).ok_or_else(|| {
        Error::refused("sync/notion.toml does not say what takes over edits")
            .hint("name the functions under [outbox]: state = \"schema.name\", pull = \"schema.name\"; docs/sync.md says what they take")
    })
}

/// Asks Notion on a thread.
pub(super) async fn ask<T: Send + 'static>(
    api: &Arc<Api>,
    work: impl FnOnce(&Api) -> Result<T, Trouble> + Send + 'static,
) -> Result<T> {
    let api = Arc::clone(api);
    let done = tokio::task::spawn_blocking(move || work(&api)).await;
    done.map_err(|error| Error::new(Kind::Bug, "a request ended early").because(error))?
        .map_err(|trouble| failed("Notion could not be read", trouble))
}

/// Property, field and shown values of what comes back.
pub(super) fn pulled(
    resource: &Resource,
) -> impl Iterator<Item = (&str, &str, &std::collections::BTreeMap<String, String>)> {
    resource.pull.iter().filter_map(|name| {
        let property = resource.properties.get(name)?.get_ref();
        Some((name.as_str(), property.kind()?.1, &property.values))
    })
}

async fn compare(
    session: &Session,
    settings: &Settings,
    function: &str,
    name: &str,
    resource: &Resource,
    batch: &[Candidate],
    found: &mut Found,
) -> Result<()> {
    found.looked_at += batch.len();
    let (batch, odd): (Vec<&Candidate>, Vec<&Candidate>) =
        batch.iter().partition(|one| is_uuid(&one.id));
    for one in odd {
        let what = format!("its key is no id: {}", one.page.url);
        found.table.row([name, &one.id, "", "", "", &what]);
        found.left += 1;
    }
    let asked: Vec<(&str, &str)> = batch.iter().map(|one| (name, one.id.as_str())).collect();
    if asked.is_empty() {
        return Ok(());
    }
    let known = present(session, settings, &asked).await?;
    for (Candidate { id, page }, (payload, state)) in batch.into_iter().zip(known) {
        if payload.is_null() {
            let what = format!("no such row; archive {}", page.url);
            found.table.row([name, id, "", "", "", &what]);
            continue;
        }
        let shown = page.shown(resource);
        let changed = differing(&state.shown, &shown);
        if state.shown.is_object() && changed.is_empty() {
            continue;
        }
        let edits: Map<String, Value> = pulled(resource)
            .filter(|(property, ..)| {
                !state.shown.is_object() || changed.iter().any(|name| name == property)
            })
            .map(|(property, of, values)| {
                let from = state.shown.get(property).map(|kept| field(kept, values));
                let to = field(&page.plain(property), values);
                (of.to_owned(), json!({ "from": from, "to": to }))
            })
            .collect();
        // Another property that somebody has edited is not acknowledged, so that no message overwrites it silently.
        let is_all =
            state.shown.is_object() && changed.iter().all(|name| resource.pull.contains(name));
        if edits.is_empty() && !is_all {
            continue;
        }
        let whole = is_all.then_some(resource);
        let outcome = call(session, function, name, id, page, &edits, whole, false).await?;
        record(found, resource, name, id, &payload, page, &outcome);
    }
    Ok(())
}

#[expect(
    clippy::too_many_arguments,
    reason = "one call of a function of the project's"
)]
async fn call(
    session: &Session,
    function: &str,
    name: &str,
    id: &str,
    page: &Page,
    edits: &Map<String, Value>,
    whole: Option<&Resource>,
    is_decided: bool,
) -> Result<String> {
    let (edited, shown) = match whole {
        Some(resource) => (moment(&page.edited), json_literal(&page.shown(resource))),
        None => ("null".to_owned(), "null".to_owned()),
    };
    let sql = format!(
        "select {function}({}, {}, {}, {}, {edited}, {shown}, {is_decided});",
        text(name),
        text(id),
        text(&page.id),
        json_literal(&Value::Object(edits.clone())),
    );
    let rows = session.run("taking over what was edited", &sql).await?;
    let said = rows.first().and_then(|rows| rows.first()?.first()?.clone());
    Ok(said.unwrap_or_default())
}

fn record(
    found: &mut Found,
    resource: &Resource,
    name: &str,
    id: &str,
    payload: &Value,
    page: &Page,
    outcome: &str,
) {
    let shown = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let what = match outcome {
        "unchanged" => return,
        "taken" => {
            found.taken += 1;
            "taken over".to_owned()
        }
        "absent" => "no such row any more".to_owned(),
        other => {
            found.left += 1;
            match other {
                "conflict" => "conflict: changed on both sides; nothing is overwritten".to_owned(),
                "copy" => format!("a copy: the row has another page than {}", page.url),
                other => other.to_owned(),
            }
        }
    };
    for (property, of, values) in pulled(resource) {
        let there = field(&page.plain(property), values);
        if !is_same(&payload[of], &there) {
            let (here, there) = (shown(&payload[of]), shown(&there));
            found.table.row([name, id, property, &here, &there, &what]);
        }
    }
}
