//! The service: claims, delivers on threads, finishes, and goes on until nothing is due or, watching, for ever.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::deliver::{Known, Message, Outcome, deliver};
use super::notion::Api;
use super::outbox::{begin, claim, finish, next_due};
use super::properties::properties;
use super::settings::Settings;
use crate::database::{Session, jittered};
use crate::error::{Error, Kind, Result};
use crate::event::{Event, Observer};
use crate::report::{Report, Table};

/// A message that is due so soon after a budget is waited for.
const SOON: Duration = Duration::from_secs(2);

/// How the service runs.
#[derive(Clone, Debug)]
pub struct Options {
    /// Its name in leases.
    pub worker: String,
    /// Requests at a time.
    pub concurrency: usize,
    /// How long a message is its own.
    pub lease: Duration,
    /// Whether it stays when nothing is due.
    pub watch: bool,
    /// How often it looks by itself, should no notification come.
    pub poll: Duration,
}

/// What became of the messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Arrived.
    pub delivered: u64,
    /// Given back for another time.
    pub later: u64,
    /// Of these, because a budget was used up.
    pub limited: u64,
    /// Dead letters.
    pub dead: u64,
    /// Edited in Notion meanwhile.
    pub conflicts: u64,
}

impl Tally {
    fn count(&mut self, outcome: &Outcome) {
        self.limited += u64::from(matches!(outcome, Outcome::Wait(..)));
        *match outcome {
            Outcome::Delivered(_) => &mut self.delivered,
            Outcome::Later(_) | Outcome::Wait(..) | Outcome::Unauthorized(_) => &mut self.later,
            Outcome::Dead(_) => &mut self.dead,
            Outcome::Conflict(..) => &mut self.conflicts,
        } += 1;
    }
}

/// Runs the service.
///
/// # Errors
/// When the outbox cannot be read, or Notion does not take the token.
pub async fn run(
    session: &Session,
    settings: &Arc<Settings>,
    api: &Arc<Api>,
    options: &Options,
    observer: &dyn Observer,
) -> Result<Tally> {
    begin(session, settings, options.watch).await?;
    let known = Arc::new(Known::default());
    let mut tally = Tally::default();
    loop {
        if let Some(pause) = api.pause() {
            observer.event(&Event::Note(&format!(
                "Notion's budget is used up: waiting {:.0} s",
                pause.as_secs_f64().ceil()
            )));
            tokio::time::sleep(pause).await;
        }
        let batch = options.concurrency * 4;
        let messages = claim(session, settings, &options.worker, batch, options.lease).await?;
        if !messages.is_empty() {
            round(
                session, settings, api, &known, options, messages, &mut tally, observer,
            )
            .await?;
            continue;
        }
        if !options.watch {
            // What was given back because of the budget is due about when the budget is.
            let due = next_due(session, settings).await?;
            match due.filter(|due| tally.limited > 0 && *due < SOON) {
                Some(due) => tokio::time::sleep(due).await,
                None if api.pause().is_some() => {}
                None => return Ok(tally),
            }
            continue;
        }
        let due = next_due(session, settings).await?;
        let pause = due
            .map_or(options.poll, |due| due.min(options.poll))
            .max(Duration::from_millis(50));
        session
            .notification(jittered(pause).min(options.poll))
            .await;
        if session.is_lost() {
            return Err(
                Error::database("the connection to the server was lost").hint(
                    "start the service again: leases run out by themselves, and nothing is lost",
                ),
            );
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "one loop in two parts")]
async fn round(
    session: &Session,
    settings: &Arc<Settings>,
    api: &Arc<Api>,
    known: &Arc<Known>,
    options: &Options,
    messages: Vec<Message>,
    tally: &mut Tally,
    observer: &dyn Observer,
) -> Result<()> {
    let mut waiting: VecDeque<Message> = messages.into();
    let mut running = JoinSet::new();
    let mut unauthorized = None;
    loop {
        while running.len() < options.concurrency
            && let Some(message) = waiting.pop_front()
        {
            let (api, settings, known) = (Arc::clone(api), Arc::clone(settings), Arc::clone(known));
            running.spawn_blocking(move || {
                let outcome = deliver(&api, &settings, &known, &message);
                (message, outcome)
            });
        }
        let Some(done) = running.join_next().await else {
            break;
        };
        let (message, outcome) =
            done.map_err(|error| Error::new(Kind::Bug, "a delivery ended early").because(error))?;
        finish(session, settings, &message, &outcome).await?;
        tally.count(&outcome);
        let shown = |what: &str| format!("{} {}: {what}", message.resource, message.resource_id);
        match &outcome {
            Outcome::Delivered(_) => observer.event(&Event::Detail(&shown("delivered"))),
            Outcome::Later(why) | Outcome::Wait(_, why) => {
                observer.event(&Event::Detail(&shown(why)));
            }
            Outcome::Dead(why) => {
                let what = format!(
                    "dead letter: {why}; `workroom sync notion --retry {}` sends it again",
                    message.id
                );
                observer.event(&Event::Note(&shown(&what)));
            }
            Outcome::Conflict(edited, what) => {
                let what = match &what[..] {
                    [] => String::new(),
                    names => format!(" ({})", names.join(", ")),
                };
                let what = format!(
                    "edited in Notion{what} at {edited}, after the last sync: put aside, see --status"
                );
                observer.event(&Event::Note(&shown(&what)));
            }
            Outcome::Unauthorized(why) => unauthorized = Some(why.clone()),
        }
    }
    match unauthorized {
        None => Ok(()),
        Some(why) => Err(Error::refused("Notion does not take the token")
            .because(why)
            .hint("export the secret of the integration that the data sources are shared with as NOTION_TOKEN; the messages wait")),
    }
}

/// What would be sent now, without a request and without a claim.
///
/// # Errors
/// When the outbox cannot be read.
pub async fn dry_run(session: &Session, settings: &Settings, started: Instant) -> Result<Report> {
    begin(session, settings, false).await?;
    let outbox = &settings.outbox;
    let sql = format!(
        "select m.resource_type, m.resource_id, m.event, coalesce({}(m.resource_type, m.resource_id), m.payload), {} \
         from {} as m where m.status = 'pending' order by m.created_at, m.id limit 1000;",
        outbox.payload,
        outbox.state.as_ref().map_or_else(
            || "null".to_owned(),
            |state| format!("{state}(m.resource_type, m.resource_id) ->> 'page'")
        ),
        outbox.table
    );
    let rows = session.run("reading the outbox", &sql).await?;
    let mut table = Table::new("", &["resource", "id", "event", "request", "properties"]);
    for row in rows.into_iter().next().unwrap_or_default() {
        let mut row = row.into_iter().map(Option::unwrap_or_default);
        let mut next = || row.next().unwrap_or_default();
        let (name, id, event, payload) = (next(), next(), next(), next());
        let page = next();
        let payload: serde_json::Value = serde_json::from_str(&payload).unwrap_or_default();
        let (request, shown) = match settings.resource(&name) {
            None => ("dead letter: the settings do not know it", String::new()),
            Some(resource) if resource.covered_by.is_some() => {
                ("none: another resource tells it", String::new())
            }
            Some(resource) if resource.pages().is_none() => {
                ("none: its data source is not named", String::new())
            }
            Some(_) if event == "deleted" => ("archive the page", String::new()),
            Some(resource) => {
                let as_is = |to: &str, value: &str, by_key: bool| {
                    let page = if by_key {
                        format!("page of {to} {value}")
                    } else {
                        value.to_owned()
                    };
                    Ok::<_, std::convert::Infallible>(Some(page))
                };
                let Ok(made) = properties(resource, &id, &payload, as_is);
                let is_known = !page.is_empty() || payload["notion_page_id"].is_string();
                (
                    if is_known {
                        "update the page"
                    } else {
                        "create a page, or update it"
                    },
                    made.to_string(),
                )
            }
        };
        table.row([name, id, event, request.to_owned(), shown]);
    }
    let mut report = Report::table(table);
    report.push_text(format!(
        "nothing was sent ({:.2} s)",
        started.elapsed().as_secs_f64()
    ));
    Ok(report)
}
