//! What a long run says on standard error: a bar where a person watches, plain lines elsewhere.

use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::clean::clean_line;
use super::redact::redact;
use super::style::{Ink, Style};
use crate::event::{Event, Observer};

/// Between two lines about the same wait, or the same unit of work, where lines stay.
const BETWEEN_LINES: Duration = Duration::from_secs(5);

/// How much is said: `-q`, nothing, `-v`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// What was done, and what is waited for.
    #[default]
    Normal,
    /// Every detail too.
    Verbose,
}

/// Shows events. Dropped, it leaves no half-drawn line behind.
pub struct Progress {
    verbosity: Verbosity,
    style: Style,
    bar: Option<ProgressBar>,
    state: Mutex<State>,
}

struct State {
    sink: Box<dyn Write + Send>,
    /// The last line about a wait: what for, and how long it had been.
    waited: Option<(String, Duration)>,
    /// The last line about a unit of work's progress.
    progressed: Option<(String, Instant)>,
    /// Where the unit of work was at its first report: from there on its pace is measured.
    begun: Option<Begun>,
}

struct Begun {
    label: String,
    at: Instant,
    done: u64,
    bytes: u64,
}

impl Begun {
    /// Units and bytes a second, and how long the rest will take at that.
    fn pace(&self, done: u64, total: u64, unit: &str, bytes: u64) -> String {
        let seconds = self.at.elapsed().as_secs_f64();
        let came = done.saturating_sub(self.done) as f64;
        if bytes == 0 || seconds < 0.05 || came <= 0.0 {
            return String::new();
        }
        let moved = bytes.saturating_sub(self.bytes) as f64 / 1e6;
        let left = total.saturating_sub(done) as f64 * seconds / came;
        format!(
            "{:.0} {unit}/s, {:.1} MB/s, {} left",
            came / seconds,
            moved / seconds,
            duration(Duration::from_secs_f64(left.min(1e9)))
        )
    }
}

impl Progress {
    /// Shows events on standard error.
    #[must_use]
    pub fn stderr(verbosity: Verbosity, style: Style) -> Self {
        let draws = style.terminal && verbosity > Verbosity::Quiet;
        let bar = draws.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.set_style(spinner());
            bar
        });
        Self::new(verbosity, style, bar, Box::new(std::io::stderr()))
    }

    fn new(
        verbosity: Verbosity,
        style: Style,
        bar: Option<ProgressBar>,
        sink: Box<dyn Write + Send>,
    ) -> Self {
        Self {
            verbosity,
            style,
            bar,
            state: Mutex::new(State {
                sink,
                waited: None,
                progressed: None,
                begun: None,
            }),
        }
    }

    fn line(&self, state: &mut State, text: &str) {
        self.write(state, &redact(&clean_line(text)));
    }

    /// Writes a line that is clean already.
    fn write(&self, state: &mut State, text: &str) {
        let mut write = || {
            // There is nowhere to say that standard error cannot be written.
            let _ = writeln!(state.sink, "{text}");
        };
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    fn waiting(&self, state: &mut State, what: &str, holder: &str, waited: Duration) {
        let held_by = if holder.is_empty() {
            String::new()
        } else {
            format!(", held by {holder}")
        };
        if let Some(bar) = &self.bar {
            bar.set_style(spinner());
            bar.set_message(clean_line(&format!(
                "waiting for {what}{held_by} ({} s)",
                waited.as_secs()
            )));
            bar.tick();
            return;
        }
        let key = format!("{what}\n{holder}");
        let is_due = match &state.waited {
            // A shorter wait than the last one is a new wait for the same thing.
            Some((last, at)) => {
                *last != key || waited < *at || waited.saturating_sub(*at) >= BETWEEN_LINES
            }
            None => true,
        };
        if is_due {
            let so_far = match waited.as_secs() {
                0 => String::new(),
                seconds => format!(" ({seconds} s so far)"),
            };
            self.line(state, &format!("waiting for {what}{held_by}{so_far}"));
            state.waited = Some((key, waited));
        }
    }

    fn progress(
        &self,
        state: &mut State,
        label: &str,
        (done, total): (u64, u64),
        unit: &str,
        bytes: u64,
    ) {
        if state
            .begun
            .as_ref()
            .is_none_or(|begun| begun.label != label)
        {
            state.begun = Some(Begun {
                label: label.to_owned(),
                at: Instant::now(),
                done,
                bytes,
            });
        }
        let begun = state.begun.as_ref();
        let pace = begun.map_or_else(String::new, |begun| begun.pace(done, total, unit, bytes));
        if let Some(bar) = &self.bar {
            if total == 0 {
                bar.set_style(spinner());
                bar.set_message(clean_line(&format!(
                    "{label}: {} {unit}",
                    amount(done, unit)
                )));
            } else {
                bar.set_style(meter(unit));
                bar.set_length(total);
                bar.set_message(clean_line(label));
                bar.set_prefix(pace);
                bar.set_position(done);
            }
            return;
        }
        let is_due = match &state.progressed {
            Some((last, at)) if last == label => at.elapsed() >= BETWEEN_LINES,
            // The first report of a unit only starts its clock: short work says nothing.
            _ => {
                state.progressed = Some((label.to_owned(), Instant::now()));
                false
            }
        };
        if is_due {
            let of_total = match total {
                0 => String::new(),
                total => format!(" of {}", amount(total, unit)),
            };
            let unit_word = if unit == "bytes" { "" } else { unit };
            let pace = if pace.is_empty() {
                pace
            } else {
                format!(", {pace}")
            };
            let amount = amount(done, unit);
            self.line(
                state,
                format!("{label}: {amount}{of_total} {unit_word}{pace}").trim_end(),
            );
            state.progressed = Some((label.to_owned(), Instant::now()));
        }
    }
}

impl Observer for Progress {
    fn event(&self, event: &Event<'_>) {
        if self.verbosity == Verbosity::Quiet {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Destination(on) => self.line(&mut state, &on.to_string()),
            Event::Note(text) => self.line(&mut state, text),
            Event::Detail(text) => {
                if self.verbosity == Verbosity::Verbose {
                    let text = redact(&clean_line(text));
                    self.write(&mut state, &self.style.paint(Ink::Quiet, &text));
                }
            }
            Event::Started(label) => match &self.bar {
                Some(bar) => {
                    bar.set_style(spinner());
                    bar.set_message(clean_line(label));
                    bar.tick();
                }
                None if self.verbosity == Verbosity::Verbose => {
                    self.line(&mut state, &format!("{label} …"));
                }
                None => {}
            },
            Event::Finished(label, took) => {
                self.line(&mut state, &format!("{label} ({})", duration(*took)));
                if let Some(bar) = &self.bar {
                    bar.set_message("");
                }
            }
            Event::Progress {
                label,
                done,
                total,
                unit,
                bytes,
            } => self.progress(&mut state, label, (*done, *total), unit, *bytes),
            Event::Waiting {
                what,
                holder,
                waited,
            } => self.waiting(&mut state, what, holder, *waited),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn spinner() -> ProgressStyle {
    template("{spinner} {msg}")
}

fn meter(unit: &str) -> ProgressStyle {
    template(if unit == "bytes" {
        "{msg} [{bar:24}] {bytes}/{total_bytes}"
    } else {
        "{msg} [{bar:24}] {human_pos}/{human_len} {prefix}"
    })
    .progress_chars("=> ")
}

fn template(text: &str) -> ProgressStyle {
    ProgressStyle::with_template(text).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn duration(took: Duration) -> String {
    match took.as_millis() {
        milliseconds @ 0..1000 => format!("{milliseconds} ms"),
        _ if took.as_secs() < 100 => format!("{:.1} s", took.as_secs_f64()),
        _ => format!("{} min {} s", took.as_secs() / 60, took.as_secs() % 60),
    }
}

fn amount(number: u64, unit: &str) -> String {
    if unit == "bytes" {
        return format!("{} MiB", number / (1024 * 1024));
    }
    number.to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn said(verbosity: Verbosity, events: &[Event<'_>]) -> String {
        let screen = Screen::default();
        let progress = Progress::new(verbosity, Style::plain(), None, Box::new(screen.clone()));
        for event in events {
            progress.event(event);
        }
        let bytes = screen.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    const EVENTS: [Event<'_>; 4] = [
        Event::Note("connected to postgres://ann:s3cret@db\u{1b}[2J"),
        Event::Detail("lock 42"),
        Event::Started("migration V001"),
        Event::Finished("migration V001", Duration::from_millis(12)),
    ];

    #[test]
    fn verbosity_decides_what_is_said() {
        assert_eq!(said(Verbosity::Quiet, &EVENTS), "");
        assert_eq!(
            said(Verbosity::Normal, &EVENTS),
            "connected to postgres://ann:***@db[2J\nmigration V001 (12 ms)\n"
        );
        assert_eq!(
            said(Verbosity::Verbose, &EVENTS),
            "connected to postgres://ann:***@db[2J\nlock 42\nmigration V001 …\nmigration V001 (12 ms)\n"
        );
    }

    #[test]
    fn a_long_wait_is_mentioned_now_and_then() {
        let waits: Vec<_> = (0..120)
            .map(|tenth| Event::Waiting {
                what: "the deployment lock",
                holder: "pid 7",
                waited: Duration::from_millis(100 * tenth),
            })
            .collect();
        assert_eq!(
            said(Verbosity::Normal, &waits),
            "waiting for the deployment lock, held by pid 7\n\
             waiting for the deployment lock, held by pid 7 (5 s so far)\n\
             waiting for the deployment lock, held by pid 7 (10 s so far)\n"
        );
    }

    #[test]
    fn times_are_short_to_read() {
        let shown = [5, 1500, 125_000].map(|ms| duration(Duration::from_millis(ms)));
        assert_eq!(shown, ["5 ms", "1.5 s", "2 min 5 s"]);
    }

    #[test]
    fn the_pace_is_measured_from_the_first_report() {
        let begun = Begun {
            label: "orders".to_owned(),
            at: Instant::now() - Duration::from_secs(2),
            done: 1_000,
            bytes: 1_000_000,
        };
        let pace = begun.pace(21_000, 31_000, "rows", 5_000_000);
        assert_eq!(pace, "10000 rows/s, 2.0 MB/s, 1.0 s left");
        assert_eq!(begun.pace(1_000, 31_000, "rows", 1_000_000), "");
        assert_eq!(begun.pace(2_000, 3_000, "statements", 0), "");
    }
}
