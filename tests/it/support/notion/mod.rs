//! A server that answers as Notion does, for the five data sources of a design studio: versions, tokens, validation,
//! budgets and failures, some of which happen after the work was done.
//!
//! Source: Notion's reference of version 2025-09-03.

mod answers;
mod queries;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use answers::{answer, failure};

pub(crate) const TOKEN: &str = "secret_of_nobody";

/// The property that holds the id of the row.
const KEY: &str = "Workroom ID";

/// A page.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) id: String,
    pub(crate) source: String,
    pub(crate) properties: BTreeMap<String, Value>,
    pub(crate) is_archived: bool,
    pub(crate) created: u64,
    /// Rises with each edit of any page.
    pub(crate) edited: u64,
    pub(crate) editor: &'static str,
}

impl Page {
    /// The text of its title or of a text property.
    pub(crate) fn text(&self, name: &str) -> String {
        let value = self.properties.get(name).unwrap_or(&Value::Null);
        let pieces = value["title"]
            .as_array()
            .or_else(|| value["rich_text"].as_array());
        pieces
            .into_iter()
            .flatten()
            .map(|piece| piece["text"]["content"].as_str().unwrap().to_owned())
            .collect()
    }
}

fn moment(edited: u64) -> String {
    format!(
        "2026-11-30T{:02}:{:02}:{:02}.000Z",
        edited / 3600 % 24,
        edited / 60 % 60,
        edited % 60
    )
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// An answer of this status before anything is done; 429 with `Retry-After`.
    Status(u16),
    /// It is done, and the line is cut before the answer.
    DoneUnanswered,
    /// It is done, and nothing is answered for longer than anybody waits.
    DoneLate,
    /// The line is cut in the middle of the answer.
    HalfAnswer,
}

/// So many requests a window; what comes beyond is answered with 429 until the next one.
pub(crate) struct Budget {
    pub(crate) requests: u64,
    pub(crate) window: Duration,
    pub(crate) started: Instant,
    /// Requests that were granted, window by window.
    pub(crate) granted: Vec<u64>,
}

impl Budget {
    pub(crate) fn new(requests: u64, window: Duration) -> Self {
        Self {
            requests,
            window,
            started: Instant::now(),
            granted: Vec::new(),
        }
    }

    /// Whole seconds to wait, if nothing is left of this window.
    fn ask(&mut self) -> Option<u64> {
        let at = self.started.elapsed();
        let place = (at.as_nanos() / self.window.as_nanos()) as usize;
        self.granted.resize(place + 1, 0);
        if self.granted[place] < self.requests {
            self.granted[place] += 1;
            return None;
        }
        let left = self.window * (place as u32 + 1) - at;
        Some(left.as_secs() + 1)
    }
}

pub(crate) struct State {
    pub(crate) pages: Vec<Page>,
    /// Places of the pages that have or had a key, by the key: among 10,000 pages, looking at each took longer than a
    /// request had.
    keys: BTreeMap<String, Vec<usize>>,
    /// Method and path of each request that was answered or cut off.
    pub(crate) requests: Vec<String>,
    /// What happens to the next requests, in order.
    pub(crate) faults: Vec<Fault>,
    /// One of so many requests fails in some way; never with 0.
    pub(crate) fault_every: u64,
    /// Properties that a data source lacks, or has with another type (by data source and name).
    pub(crate) odd: BTreeMap<(String, String), &'static str>,
    /// Results that a query returns at most.
    pub(crate) most_results: usize,
    pub(crate) budget: Option<Budget>,
    random: u64,
    clock: u64,
    /// Writes that were older than what the page had.
    pub(crate) overtaken: Vec<String>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            pages: Vec::new(),
            keys: BTreeMap::new(),
            requests: Vec::new(),
            faults: Vec::new(),
            fault_every: 0,
            odd: BTreeMap::new(),
            most_results: 10_000,
            budget: None,
            random: 0,
            clock: 0,
            overtaken: Vec::new(),
        }
    }
}

impl State {
    fn random(&mut self) -> u64 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.random >> 33
    }

    fn fault(&mut self) -> Option<Fault> {
        if !self.faults.is_empty() {
            return Some(self.faults.remove(0));
        }
        if self.fault_every == 0 || !self.random().is_multiple_of(self.fault_every) {
            return None;
        }
        Some(match self.random() % 10 {
            0 | 1 => Fault::DoneUnanswered,
            2 => Fault::DoneLate,
            3 | 4 => Fault::HalfAnswer,
            5 => Fault::Status(429),
            6 => Fault::Status(529),
            7 => Fault::Status(409),
            8 => Fault::Status(500),
            _ => Fault::Status(503),
        })
    }

    /// Somebody makes a page in Notion.
    pub(crate) fn make(&mut self, source: &str, properties: Value) -> String {
        self.clock += 1;
        let id = format!("page-{}", self.pages.len() + 1);
        let properties = properties.as_object().unwrap().clone();
        self.pages.push(Page {
            id: id.clone(),
            source: source.to_owned(),
            properties: properties.into_iter().collect(),
            is_archived: false,
            created: self.pages.len() as u64,
            edited: self.clock,
            editor: "a person",
        });
        self.index(self.pages.len() - 1);
        id
    }

    /// The place of a page.
    fn place(&self, id: &str) -> Option<usize> {
        let number: usize = id.strip_prefix("page-")?.parse().ok()?;
        let at = number.checked_sub(1)?;
        (self.pages.get(at)?.id == id).then_some(at)
    }

    /// Finds a page by the key that it has now.
    fn index(&mut self, at: usize) {
        let places = self.keys.entry(self.pages[at].text(KEY)).or_default();
        if let Err(place) = places.binary_search(&at) {
            places.insert(place, at);
        }
    }

    /// Somebody edits a property of a page in Notion, or, without one, what stands on it.
    pub(crate) fn edit(&mut self, id: &str, property: &str, value: Value) {
        self.clock += 1;
        let clock = self.clock;
        let at = self.place(id).unwrap();
        let page = &mut self.pages[at];
        if !property.is_empty() {
            page.properties.insert(property.to_owned(), value);
        }
        (page.edited, page.editor) = (clock, "a person");
        self.index(at);
    }
}

/// The server; it ends with the test process.
#[derive(Clone)]
pub(crate) struct Notion {
    pub(crate) url: String,
    pub(crate) state: Arc<Mutex<State>>,
}

impl Notion {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state: Arc<Mutex<State>> = Arc::default();
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(stream), state) = (stream, Arc::clone(&shared)) else {
                    continue;
                };
                std::thread::spawn(move || {
                    // A client that is killed in the middle is no failure of the server.
                    let _ = serve(stream, &state);
                });
            }
        });
        Self { url, state }
    }

    /// The pages of a data source that are not archived, by key.
    pub(crate) fn live(&self, source: &str) -> Vec<Page> {
        let state = self.state.lock().unwrap();
        let mut pages: Vec<Page> = state
            .pages
            .iter()
            .filter(|page| page.source == source && !page.is_archived)
            .cloned()
            .collect();
        pages.sort_by_key(|page| page.text(KEY));
        pages
    }

    pub(crate) fn take_requests(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().requests)
    }
}

fn serve(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut out = stream;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let mut parts = line.split_whitespace();
        let (method, path) = (
            parts.next().unwrap_or_default().to_owned(),
            parts.next().unwrap_or_default().to_owned(),
        );
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim().split_once(':') else {
                break;
            };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let length = headers
            .get("content-length")
            .map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let mut locked = state.lock().unwrap();
        locked.requests.push(format!("{method} {path}"));
        let wait = locked.budget.as_mut().and_then(Budget::ask);
        let fault = if wait.is_some() {
            Some(Fault::Status(429))
        } else {
            locked.fault()
        };
        let (status, answer) = match fault {
            Some(Fault::Status(status)) => (status, failure(status)),
            _ => answer(&mut locked, &method, &path, &headers, &body),
        };
        record(&method, &path, &body, status, &answer);
        drop(locked);
        if fault == Some(Fault::DoneLate) {
            std::thread::sleep(Duration::from_secs(2));
        }
        if matches!(fault, Some(Fault::DoneUnanswered | Fault::DoneLate)) {
            return Ok(());
        }
        let text = answer.to_string();
        let wait = match status {
            429 => format!("Retry-After: {}\r\n", wait.unwrap_or(1)),
            _ => String::new(),
        };
        let all = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{wait}Content-Length: {}\r\n\r\n{text}",
            text.len()
        );
        if fault == Some(Fault::HalfAnswer) {
            return out.write_all(&all.as_bytes()[..all.len() - text.len() / 2]);
        }
        out.write_all(all.as_bytes())?;
    }
}

/// Writes an exchange down for `tests/notion_types`, which compares it with the official client's types.
fn record(method: &str, path: &str, body: &Value, status: u16, answer: &Value) {
    let Some(file) = std::env::var_os("WORKROOM_NOTION_EXCHANGES") else {
        return;
    };
    let line =
        json!({ "method": method, "path": path, "body": body, "status": status, "answer": answer });
    let mut file = std::fs::File::options()
        .append(true)
        .create(true)
        .open(file)
        .unwrap();
    writeln!(file, "{line}").unwrap();
}
