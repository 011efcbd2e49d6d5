//! A server that answers as Notion does, for the four data sources of a design studio: versions, tokens, validation,
//! budgets and failures, some of which happen after the work was done.
//!
//! Source: Notion's reference of version 2025-09-03.

mod answers;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use answers::{answer, failure};

pub(crate) const TOKEN: &str = "secret_of_nobody";

/// A page.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) id: String,
    pub(crate) source: String,
    pub(crate) properties: BTreeMap<String, Value>,
    pub(crate) is_archived: bool,
    /// Rises with each edit of any page.
    pub(crate) edited: u64,
    pub(crate) editor: &'static str,
}

impl Page {
    /// The text of its title or of a text property.
    pub(crate) fn text(&self, name: &str) -> String {
        let value = &self.properties[name];
        let pieces = value["title"]
            .as_array()
            .or_else(|| value["rich_text"].as_array());
        pieces
            .into_iter()
            .flatten()
            .map(|piece| piece["text"]["content"].as_str().unwrap().to_owned())
            .collect()
    }

    fn shown(&self) -> Value {
        json!({
            "object": "page", "id": self.id, "archived": self.is_archived, "in_trash": self.is_archived,
            "parent": { "type": "data_source_id", "data_source_id": self.source },
            "properties": self.properties, "last_edited_time": moment(self.edited),
            "last_edited_by": { "object": "user", "id": self.editor },
        })
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
    /// The line is cut in the middle of the answer.
    HalfAnswer,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) pages: Vec<Page>,
    /// Method and path of each request that was answered or cut off.
    pub(crate) requests: Vec<String>,
    /// What happens to the next requests, in order.
    pub(crate) faults: Vec<Fault>,
    /// One of so many requests fails in some way; never with 0.
    pub(crate) fault_every: u64,
    /// Properties that a data source lacks, or has with another type (by data source and name).
    pub(crate) odd: BTreeMap<(String, String), &'static str>,
    random: u64,
    clock: u64,
    /// Writes that were older than what the page had.
    pub(crate) overtaken: Vec<String>,
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
            0..=2 => Fault::DoneUnanswered,
            3 | 4 => Fault::HalfAnswer,
            5 => Fault::Status(429),
            6 => Fault::Status(529),
            7 => Fault::Status(409),
            8 => Fault::Status(500),
            _ => Fault::Status(503),
        })
    }

    /// Somebody edits a page in Notion.
    pub(crate) fn edit(&mut self, id: &str) {
        self.clock += 1;
        let clock = self.clock;
        let page = self.pages.iter_mut().find(|page| page.id == id).unwrap();
        (page.edited, page.editor) = (clock, "a person");
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
        pages.sort_by_key(|page| page.text("Workroom ID"));
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
        let fault = locked.fault();
        let (status, answer) = match fault {
            Some(Fault::Status(status)) => (status, failure(status)),
            _ => answer(&mut locked, &method, &path, &headers, &body),
        };
        drop(locked);
        if fault == Some(Fault::DoneUnanswered) {
            return Ok(());
        }
        let text = answer.to_string();
        let wait = if status == 429 {
            "Retry-After: 1\r\n"
        } else {
            ""
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
