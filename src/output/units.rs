//! Units of work as JUnit test cases, under `--format junit`: what began and what ended, from the stream of events.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::diagnostic::diagnostic;
use super::junit::{self, Unit};
use super::style::Style;
use crate::error::Error;
use crate::event::{Event, Observer};
use crate::report::Report;

/// The run as a whole, where it has no unit of work.
const RUN: &str = "workroom run";

/// Passes events on and remembers the units of work among them.
pub struct Units {
    next: Box<dyn Observer>,
    seen: Mutex<Vec<Unit>>,
}

impl Units {
    /// Remembers what goes to another listener.
    #[must_use]
    pub fn before(next: Box<dyn Observer>) -> Self {
        Self {
            next,
            seen: Mutex::default(),
        }
    }

    /// The run as JUnit XML: the report's checks if it has some, otherwise a test case for each unit of work. After a
    /// failure, the unit that did not end has failed.
    #[must_use]
    pub fn render(&self, result: Result<&Report, &Error>) -> String {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(report) if junit::has_cases(&report.with_cases()) => {
                junit::render(&report.with_cases())
            }
            Ok(_) => {
                // A file without a test case is a mistake to Jenkins.
                if seen.is_empty() {
                    seen.push(Unit {
                        label: RUN.to_owned(),
                        took: Some(Duration::ZERO),
                    });
                }
                junit::render_units(&seen, None)
            }
            Err(error) => {
                if seen.last().is_none_or(|unit| unit.took.is_some()) {
                    seen.push(Unit {
                        label: RUN.to_owned(),
                        took: None,
                    });
                }
                junit::render_units(&seen, Some(&diagnostic(error, Style::plain())))
            }
        }
    }
}

impl Observer for Units {
    fn event(&self, event: &Event<'_>) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            // One that is tried again begins anew.
            Event::Started(label) if seen.last().is_none_or(|unit| unit.label != *label) => seen
                .push(Unit {
                    label: (*label).to_owned(),
                    took: None,
                }),
            Event::Finished(label, took) => {
                if let Some(unit) = seen.iter_mut().rev().find(|unit| unit.label == *label) {
                    unit.took = Some(*took);
                }
            }
            _ => {}
        }
        drop(seen);
        self.next.event(event);
    }
}
