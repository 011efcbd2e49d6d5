//! Notion's HTTP interface, version 2025-09-03: requests, and what their answers mean for a message.
//!
//! Source: Notion's reference, sections "Request limits", "Status codes", "Pages" and "Data sources".

use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::page::Page;
use super::settings::is_id;
use crate::error::{Error, Kind, Result};

/// The interface's version, which every request names.
const VERSION: &str = "2025-09-03";

/// Where Notion answers unless another address is named.
const DEFAULT: &str = "https://api.notion.com";

/// Where Notion is and how to get in. The token is never shown.
pub struct Access {
    /// The address without a path.
    pub base: String,
    token: String,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Access")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

impl Access {
    /// Takes `NOTION_TOKEN` and `NOTION_BASE_URL`.
    ///
    /// # Errors
    /// When there is no token, or it would go over an open line to another machine.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let given = |name| variable(name).filter(|value| !value.is_empty());
        let token = given("NOTION_TOKEN").ok_or_else(|| {
            Error::new(Kind::Usage, "NOTION_TOKEN is not set")
                .hint("make an internal integration in Notion, share the data sources with it, and export its secret as NOTION_TOKEN")
        })?;
        let base = given("NOTION_BASE_URL").unwrap_or_else(|| DEFAULT.to_owned());
        let is_local = ["http://127.0.0.1", "http://localhost", "http://[::1]"]
            .iter()
            .any(|local| {
                base.strip_prefix(local)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
            })
            // What stands before it would be a user, and the machine another one.
            && !base.contains('@');
        if !base.starts_with("https://") && !is_local {
            return Err(Error::refused("NOTION_BASE_URL is not https")
                .because("the token would be readable on the way")
                .hint("unset NOTION_BASE_URL to talk to Notion itself"));
        }
        Ok(Self {
            base: base.trim_end_matches('/').to_owned(),
            token,
        })
    }
}

/// Why a request did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The budget is used up: nothing is to be sent for so long.
    Wait { pause: Duration, why: String },
    /// It may go another time; it may also have happened.
    Again(String),
    /// It will not go as it is.
    Refused { status: u16, why: String },
    /// The token does not count, so that nothing will go.
    Unauthorized(String),
    /// There is no time left under the lease.
    Late,
}

/// The interface.
#[derive(Debug)]
pub struct Api {
    agent: ureq::Agent,
    access: Access,
    limit: Duration,
    /// Until when nothing is to be sent.
    pause: Mutex<Option<Instant>>,
    /// The user that this token is, once asked.
    own: Mutex<Option<String>>,
}

impl Api {
    /// An interface whose requests take no longer than `limit`.
    #[must_use]
    pub fn new(access: Access, limit: Duration) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(limit))
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("workroom/", env!("CARGO_PKG_VERSION")))
            .build();
        Self {
            agent: config.into(),
            access,
            limit,
            pause: Mutex::default(),
            own: Mutex::default(),
        }
    }

    /// How long nothing is to be sent yet.
    pub(super) fn pause(&self) -> Option<Duration> {
        let until = *self.pause.lock().ok()?;
        until
            .map(|until| until.saturating_duration_since(Instant::now()))
            .filter(|left| !left.is_zero())
    }

    /// Sends a request that must be over before the lease is.
    fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        deadline: Instant,
    ) -> Result<Value, Trouble> {
        if let Some(pause) = self.pause() {
            return Err(Trouble::Wait {
                pause,
                why: "the budget is used up".to_owned(),
            });
        }
        if Instant::now() + self.limit > deadline {
            return Err(Trouble::Late);
        }
        let url = format!("{}/v1/{path}", self.access.base);
        let token = format!("Bearer {}", self.access.token);
        let text = body.map(Value::to_string).unwrap_or_default();
        let answer = match method {
            "GET" => self
                .agent
                .get(&url)
                .header("Authorization", &token)
                .header("Notion-Version", VERSION)
                .call(),
            _ => {
                let request = if method == "PATCH" {
                    self.agent.patch(&url)
                } else {
                    self.agent.post(&url)
                };
                request
                    .header("Authorization", &token)
                    .header("Notion-Version", VERSION)
                    .header("Content-Type", "application/json")
                    .send(&text)
            }
        };
        let mut answer = answer.map_err(|error| Trouble::Again(format!("no answer: {error}")))?;
        let status = answer.status().as_u16();
        let retry_after = answer
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok()?.trim().parse::<f64>().ok());
        let text = answer
            .body_mut()
            .read_to_string()
            .map_err(|error| Trouble::Again(format!("half an answer: {error}")))?;
        let value: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        if (200..300).contains(&status) && value.is_object() {
            return Ok(value);
        }
        let why = reason(status, &value);
        Err(match status {
            429 | 529 if retry_after.is_some() => {
                let seconds = retry_after.unwrap_or(1.0).clamp(0.05, 86_400.0);
                let pause = Duration::from_secs_f64(seconds);
                if let Ok(mut until) = self.pause.lock() {
                    let end = Instant::now() + pause;
                    *until = Some(until.map_or(end, |known| known.max(end)));
                }
                Trouble::Wait { pause, why }
            }
            200..300 | 409 | 429 | 500 | 502..=504 | 529 => Trouble::Again(why),
            401 => Trouble::Unauthorized(why),
            _ => Trouble::Refused { status, why },
        })
    }

    /// The page whose key property has this value: the oldest, should there be several.
    pub(super) fn find(
        &self,
        source: &str,
        key: &str,
        value: &str,
        deadline: Instant,
    ) -> Result<Option<Page>, Trouble> {
        let body = json!({
            "filter": { "property": key, "rich_text": { "equals": value } },
            "sorts": [{ "timestamp": "created_time", "direction": "ascending" }],
            "page_size": 1,
        });
        let found = self.query(source, &body, deadline)?;
        Ok(found["results"].get(0).and_then(Page::read))
    }

    /// Some pages of a data source.
    pub(super) fn query(
        &self,
        source: &str,
        body: &Value,
        deadline: Instant,
    ) -> Result<Value, Trouble> {
        let path = format!("data_sources/{source}/query");
        self.send("POST", &path, Some(body), deadline)
    }

    /// Makes a page.
    pub(super) fn create(
        &self,
        source: &str,
        properties: &Value,
        deadline: Instant,
    ) -> Result<Page, Trouble> {
        let body = json!({
            "parent": { "type": "data_source_id", "data_source_id": source },
            "properties": properties,
        });
        let made = self.send("POST", "pages", Some(&body), deadline)?;
        Page::read(&made).ok_or_else(|| Trouble::Again("the answer is no page".to_owned()))
    }

    /// Changes a page's properties.
    pub(super) fn update(
        &self,
        id: &str,
        properties: &Value,
        deadline: Instant,
    ) -> Result<Page, Trouble> {
        let body = json!({ "properties": properties });
        let changed = self.send("PATCH", &path_of(id)?, Some(&body), deadline)?;
        Page::read(&changed).ok_or_else(|| Trouble::Again("the answer is no page".to_owned()))
    }

    /// Archives a page.
    pub(super) fn archive(&self, id: &str, deadline: Instant) -> Result<(), Trouble> {
        let body = json!({ "archived": true });
        self.send("PATCH", &path_of(id)?, Some(&body), deadline)
            .map(|_| ())
    }

    /// A page as it is.
    pub(super) fn read(&self, id: &str, deadline: Instant) -> Result<Page, Trouble> {
        let found = self.send("GET", &path_of(id)?, None, deadline)?;
        Page::read(&found).ok_or_else(|| Trouble::Again("the answer is no page".to_owned()))
    }

    /// A data source with its properties.
    pub(super) fn schema(&self, source: &str, deadline: Instant) -> Result<Value, Trouble> {
        self.send("GET", &format!("data_sources/{source}"), None, deadline)
    }

    /// Gives a data source more properties.
    pub(super) fn extend(
        &self,
        source: &str,
        properties: &Value,
        deadline: Instant,
    ) -> Result<(), Trouble> {
        let body = json!({ "properties": properties });
        let path = format!("data_sources/{source}");
        self.send("PATCH", &path, Some(&body), deadline).map(|_| ())
    }

    /// The user that the token is.
    pub(super) fn own_user(&self, deadline: Instant) -> Result<String, Trouble> {
        if let Some(known) = self.own.lock().ok().and_then(|own| own.clone()) {
            return Ok(known);
        }
        let me = self.send("GET", "users/me", None, deadline)?;
        let id = me["id"].as_str().unwrap_or_default().to_owned();
        if let Ok(mut own) = self.own.lock() {
            *own = Some(id.clone());
        }
        Ok(id)
    }
}

/// The path of a page. Its id comes from a row that people may write, and must not lead anywhere else.
fn path_of(id: &str) -> Result<String, Trouble> {
    if is_id(id) {
        return Ok(format!("pages/{id}"));
    }
    Err(Trouble::Refused {
        status: 400,
        why: "what the row has as its page is no id of a page".to_owned(),
    })
}

fn reason(status: u16, value: &Value) -> String {
    let code = value["code"].as_str().unwrap_or("no code");
    let message = value["message"].as_str().unwrap_or("no message");
    let more = value["additional_data"]["rate_limit_reason"].as_str();
    let more = more.map(|more| format!(", {more}")).unwrap_or_default();
    format!("Notion answered {status} ({code}{more}): {message}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(pairs: &[(&str, &str)]) -> Result<Access> {
        Access::from_variables(|name| {
            let found = pairs.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn an_id_leads_to_a_page_and_nowhere_else() {
        assert!(path_of("0b9e7c1a-0000-4000-8000-000000000000").is_ok());
        for other in ["", "a/b", "..", "a?b=c", "a#b", "a%2fb"] {
            assert!(path_of(other).is_err(), "{other}");
        }
    }

    #[test]
    fn a_token_is_needed_stays_hidden_and_leaves_only_over_https() {
        assert!(
            access(&[])
                .unwrap_err()
                .message
                .contains("NOTION_TOKEN is not set")
        );
        let own = access(&[("NOTION_TOKEN", "secret_x")]).unwrap();
        assert_eq!(own.base, DEFAULT);
        assert!(!format!("{own:?}").contains("secret_x"));
        for (base, is_taken) in [
            ("http://127.0.0.1:8080/", true),
            ("http://localhost", true),
            ("http://localhost.example", false),
            ("http://localhost:80@api.example", false),
            ("http://api.example", false),
            ("https://proxy.example/", true),
        ] {
            let taken = access(&[("NOTION_TOKEN", "x"), ("NOTION_BASE_URL", base)]);
            assert_eq!(taken.is_ok(), is_taken, "{base}");
        }
    }
}
