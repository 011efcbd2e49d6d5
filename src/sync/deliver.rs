//! One message: which requests it needs, and how it ended. Nothing is sent that could not be over before the lease is,
//! so that a worker that comes back late overwrites nothing.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::notion::{Api, Trouble};
use super::page::{Page, differing};
use super::properties::properties;
use super::settings::{Resource, Settings};

/// The field of a payload that says which page shows the resource.
const PAGE: &str = "notion_page_id";

/// A message that was claimed.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) resource: String,
    pub(super) resource_id: String,
    pub(super) event: String,
    /// The resource as it is now; as it was, where it is gone.
    pub(super) payload: Value,
    /// What is known of its page.
    pub(super) state: State,
    pub(super) attempts: u32,
    pub(super) lease: String,
    pub(super) deadline: Instant,
}

/// What is known of a resource's page, as of the last sync.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// Its id.
    pub(super) page: Option<String>,
    /// When it was edited last, in Notion's spelling.
    pub(super) edited: Option<String>,
    /// What it showed; null where nobody knows.
    pub(super) shown: Value,
}

/// How a message ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It arrived; on which page, if there is one.
    Delivered(Option<Arrived>),
    /// It may go another time.
    Later(String),
    /// Nothing is to be sent for so long.
    Wait(Duration, String),
    /// It will not go as it is.
    Dead(String),
    /// Somebody has edited the page meanwhile: when, and what.
    Conflict(String, Vec<String>),
    /// Nothing will go.
    Unauthorized(String),
}

/// A page after a message arrived: its id, when it was edited, and what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Arrived {
    pub(super) page: String,
    pub(super) edited: String,
    pub(super) shown: Value,
}

/// Resource and id → page, of those that were looked up.
pub(super) type Known = Mutex<BTreeMap<(String, String), String>>;

/// Delivers a message.
pub(super) fn deliver(api: &Api, settings: &Settings, known: &Known, message: &Message) -> Outcome {
    match attempt(api, settings, known, message) {
        Ok(outcome) => outcome,
        Err(Trouble::Wait { pause, why }) => Outcome::Wait(pause, why),
        Err(Trouble::Again(why)) => Outcome::Later(why),
        Err(Trouble::Refused { why, .. }) => Outcome::Dead(why),
        Err(Trouble::Unauthorized(why)) => Outcome::Unauthorized(why),
        Err(Trouble::Late) => {
            Outcome::Later("the lease was too short for another request".to_owned())
        }
    }
}

fn attempt(
    api: &Api,
    settings: &Settings,
    known: &Known,
    message: &Message,
) -> Result<Outcome, Trouble> {
    let Some(resource) = settings.resource(&message.resource) else {
        return Ok(Outcome::Dead(format!(
            "the settings say nothing of a {}",
            message.resource
        )));
    };
    let Some((source, key)) = resource.pages() else {
        return Ok(Outcome::Delivered(None));
    };
    let deadline = message.deadline;
    let known_page = message.state.page.as_deref();
    let named = known_page
        .or_else(|| message.payload[PAGE].as_str())
        .filter(|page| !page.is_empty());
    if message.event == "deleted" {
        let page = match named {
            Some(page) => Some(page.to_owned()),
            None => api
                .find(source, key, &message.resource_id, deadline)?
                .map(|page| page.id),
        };
        return archive(api, page, deadline);
    }
    let page_of = |to: &str, value: &str, by_key: bool| {
        if by_key {
            related(api, settings, known, to, value, deadline)
        } else {
            Ok(Some(value.to_owned()))
        }
    };
    let properties = properties(resource, &message.resource_id, &message.payload, page_of)?;
    // A page of this resource can only be there unknown if somebody has tried before.
    let is_first =
        matches!(message.event.as_str(), "created" | "uploaded") && message.attempts == 1;
    let page = match named {
        Some(page) => Some(page.to_owned()),
        None if is_first => None,
        None => api
            .find(source, key, &message.resource_id, deadline)?
            .map(|page| page.id),
    };
    let done = match page {
        None => api.create(source, &properties, deadline)?,
        Some(page) => {
            if let Some((edited, what)) = conflict(api, resource, message, &page)? {
                return Ok(Outcome::Conflict(edited, what));
            }
            api.update(&page, &properties, deadline)?
        }
    };
    let shown = done.shown(resource);
    let Page { id, edited, .. } = done;
    Ok(Outcome::Delivered(Some(Arrived {
        page: id,
        edited,
        shown,
    })))
}

/// Archives a page; one that is not there any more, or is archived, is as it should be.
fn archive(api: &Api, page: Option<String>, deadline: Instant) -> Result<Outcome, Trouble> {
    let Some(page) = page else {
        return Ok(Outcome::Delivered(None));
    };
    match api.archive(&page, deadline) {
        Ok(()) | Err(Trouble::Refused { status: 404, .. }) => Ok(Outcome::Delivered(None)),
        Err(Trouble::Refused { status: 400, why }) if why.contains("archived") => {
            Ok(Outcome::Delivered(None))
        }
        Err(other) => Err(other),
    }
}

/// When somebody else has edited the page's properties since it was synced last, and which, if so.
fn conflict(
    api: &Api,
    resource: &Resource,
    message: &Message,
    page: &str,
) -> Result<Option<(String, Vec<String>)>, Trouble> {
    let State { edited, shown, .. } = &message.state;
    if message.event == "resync" || (edited.is_none() && !shown.is_object()) {
        return Ok(None);
    }
    let found = api.read(page, message.deadline)?;
    let what = if shown.is_object() {
        // What the team writes on the page itself is theirs, and no conflict.
        differing(shown, &found.shown(resource))
    } else {
        Vec::new()
    };
    let is_edited = match edited {
        _ if shown.is_object() => !what.is_empty(),
        Some(synced) => found.edited > *synced,
        None => false,
    };
    if !is_edited {
        return Ok(None);
    }
    // An edit of our own whose answer was lost is none of somebody's.
    let is_own = !found.editor.is_empty() && found.editor == api.own_user(message.deadline)?;
    Ok((!is_own).then_some((found.edited, what)))
}

/// The page of another resource, by that resource's id.
fn related(
    api: &Api,
    settings: &Settings,
    known: &Known,
    to: &str,
    id: &str,
    deadline: Instant,
) -> Result<Option<String>, Trouble> {
    let place = (to.to_owned(), id.to_owned());
    if let Some(page) = known
        .lock()
        .ok()
        .and_then(|known| known.get(&place).cloned())
    {
        return Ok(Some(page));
    }
    let Some((source, key)) = settings.resource(to).and_then(Resource::pages) else {
        return Ok(None);
    };
    let Some(page) = api.find(source, key, id, deadline)? else {
        return Err(Trouble::Again(format!("its {to} {id} has no page yet")));
    };
    if let Ok(mut known) = known.lock() {
        // A cache for a batch's neighbours, not for everything that ever was.
        if known.len() > 10_000 {
            known.clear();
        }
        known.insert(place, page.id.clone());
    }
    Ok(Some(page.id))
}
