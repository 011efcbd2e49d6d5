//! Events as JSON lines on standard error, under `--format json`: one object a line, `event` says what it is. The
//! result is the one JSON document on standard output; an error is the last line here.
//!
//! ```json
//! {"event":"finished","label":"agency V003__timesheets","ms":12.5}
//! ```

use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::clean::inert_json;
use super::progress::Verbosity;
use super::redact::redact;
use crate::error::Error;
use crate::event::{Event, Observer};

/// Writes events as JSON lines.
pub struct Lines {
    verbosity: Verbosity,
    state: Mutex<State>,
}

struct State {
    sink: Box<dyn Write + Send>,
    /// The last line about progress or a wait, of which a run has many.
    last: Option<Instant>,
}

/// Between two lines about progress or a wait.
const BETWEEN_LINES: Duration = Duration::from_secs(1);

impl Lines {
    /// Writes to standard error.
    #[must_use]
    pub fn stderr(verbosity: Verbosity) -> Self {
        Self::new(verbosity, Box::new(std::io::stderr()))
    }

    fn new(verbosity: Verbosity, sink: Box<dyn Write + Send>) -> Self {
        Self {
            verbosity,
            state: Mutex::new(State { sink, last: None }),
        }
    }
}

impl Observer for Lines {
    fn event(&self, event: &Event<'_>) {
        let quietest = match event {
            Event::Detail(_) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        };
        if self.verbosity >= quietest {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if matches!(event, Event::Progress { .. } | Event::Waiting { .. }) {
                if state
                    .last
                    .is_some_and(|last| last.elapsed() < BETWEEN_LINES)
                {
                    return;
                }
                state.last = Some(Instant::now());
            }
            // There is nowhere to say that standard error cannot be written.
            let _ = writeln!(state.sink, "{}", line(&value(event)));
        }
    }
}

fn value(event: &Event<'_>) -> Value {
    let milliseconds = |time: Duration| (time.as_secs_f64() * 1e6).round() / 1e3;
    match event {
        Event::Destination(on) => json!({
            "event": "target",
            "server": on.server,
            "database": on.database,
            "user": on.user,
            "embedded": on.embedded.is_some(),
        }),
        Event::Note(text) => json!({"event": "note", "text": text}),
        Event::Detail(text) => json!({"event": "detail", "text": text}),
        Event::Started(label) => json!({"event": "started", "label": label}),
        Event::Finished(label, took) => {
            json!({"event": "finished", "label": label, "ms": milliseconds(*took)})
        }
        Event::Progress {
            label,
            done,
            total,
            unit,
            bytes,
        } => {
            let mut value = json!({"event": "progress", "label": label, "done": done, "total": total, "unit": unit});
            if *bytes > 0 {
                value["bytes"] = json!(bytes);
            }
            value
        }
        Event::Waiting {
            what,
            holder,
            waited,
        } => {
            json!({"event": "waiting", "what": what, "holder": holder, "ms": milliseconds(*waited)})
        }
    }
}

/// A value as a line that holds no password and commands nothing.
fn line(value: &Value) -> String {
    inert_json(&redact(&value.to_string()))
}

/// An error as JSON lines, one for each failure.
#[must_use]
pub fn error_lines(error: &Error) -> String {
    let lines = error.iter().map(|error| {
        let place = error.place.as_ref().map(|place| {
            let (line, column) = place.line_column().unzip();
            json!({"path": place.path, "line": line, "column": column})
        });
        let value = json!({
            "event": "error",
            "message": error.message,
            "code": error.code,
            "place": place,
            "causes": error.causes,
            "hints": error.hints,
            "exit_status": error.kind.exit_status(),
        });
        line(&value) + "\n"
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Place;

    #[test]
    fn every_event_is_one_line() {
        let events = [
            Event::Note("connected to postgres://ann:s3cret@db\nnow"),
            Event::Started("shop V001__a"),
            Event::Finished("shop V001__a", Duration::from_micros(12_345)),
            Event::Progress {
                label: "V002__b",
                done: 1,
                total: 3,
                unit: "statements",
                bytes: 0,
            },
            Event::Waiting {
                what: "the deployment lock",
                holder: "process 7",
                waited: Duration::from_secs(2),
            },
        ];
        let lines: Vec<String> = events
            .iter()
            .map(|event| redact(&value(event).to_string()))
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        {"event":"note","text":"connected to postgres://ann:***@db\nnow"}
        {"event":"started","label":"shop V001__a"}
        {"event":"finished","label":"shop V001__a","ms":12.345}
        {"done":1,"event":"progress","label":"V002__b","total":3,"unit":"statements"}
        {"event":"waiting","holder":"process 7","ms":2000.0,"what":"the deployment lock"}
        "#);
    }

    #[test]
    fn an_error_says_where_and_how_to_go_on() {
        let error = Error::database("migration V002__b failed")
            .at(Place::span("sql/shop/V002__b.sql", "select x", 7..8))
            .because("column \"x\" does not exist (42703)")
            .hint("fix the file");
        insta::assert_snapshot!(error_lines(&error), @r#"{"causes":["column \"x\" does not exist (42703)"],"code":null,"event":"error","exit_status":2,"hints":["fix the file"],"message":"migration V002__b failed","place":{"column":8,"line":1,"path":"sql/shop/V002__b.sql"}}"#);
    }
}
