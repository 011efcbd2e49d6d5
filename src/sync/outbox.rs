//! The outbox's functions, as the settings name them.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::deliver::{Arrived, Message, Outcome, State};
use super::settings::Settings;
use crate::database::{Rows, Session};
use crate::error::{Error, Result};
use crate::report::{Report, Table};
use crate::sql::literal;

/// Takes the role that the settings name.
pub(super) async fn begin(session: &Session, settings: &Settings, listens: bool) -> Result<()> {
    let mut sql = String::new();
    if let Some(role) = &settings.outbox.role {
        sql.push_str(&format!("set role {};\n", crate::sql::identifier(role)));
    }
    if listens {
        sql.push_str(&format!(
            "listen {};\n",
            crate::sql::identifier(&settings.outbox.channel)
        ));
    }
    session.run("preparing the session", &sql).await?;
    Ok(())
}

/// Claims messages, each with its resource as it is now.
pub(super) async fn claim(
    session: &Session,
    settings: &Settings,
    worker: &str,
    batch: usize,
    lease: Duration,
) -> Result<Vec<Message>> {
    let outbox = &settings.outbox;
    // The claim is a statement of its own, so that what is read afterwards is no older than it.
    let claimed = format!(
        "select m.id, m.resource_type, m.resource_id, m.event, m.payload, m.attempts, m.lease_id, \
         extract(epoch from m.leased_until - pg_catalog.clock_timestamp()) \
         from {}({}, {batch}, interval '{} milliseconds') as m;\n",
        outbox.claim,
        literal(worker),
        lease.as_millis()
    );
    let asked = Instant::now();
    let rows = session.run("claiming messages", &claimed).await?;
    let rows: Rows = rows.into_iter().next().unwrap_or_default();
    let mut messages: Vec<Message> = rows
        .into_iter()
        .filter_map(|row| message(row, asked))
        .collect();
    if messages.is_empty() {
        return Ok(messages);
    }
    let asked: Vec<(&str, &str)> = messages
        .iter()
        .map(|message| (message.resource.as_str(), message.resource_id.as_str()))
        .collect();
    let now = present(session, settings, &asked).await?;
    for (message, (payload, state)) in messages.iter_mut().zip(now) {
        message.state = state;
        if !payload.is_null() {
            message.payload = payload;
        }
    }
    Ok(messages)
}

/// Resources as they are now (null for what is gone), each with what is known of its page.
pub(super) async fn present(
    session: &Session,
    settings: &Settings,
    asked: &[(&str, &str)],
) -> Result<Vec<(Value, State)>> {
    let outbox = &settings.outbox;
    let sql: String = asked
        .iter()
        .map(|(resource, id)| {
            let given = format!("({}, {})", literal(resource), literal(id));
            let state = match &outbox.state {
                Some(state) => format!("{state}{given}"),
                None => "pg_catalog.jsonb_build_object('page', p ->> 'notion_page_id', 'edited', p ->> 'notion_last_edited_at')".to_owned(),
            };
            format!(
                "select p, s, pg_catalog.to_char((s ->> 'edited')::timestamptz at time zone 'UTC', \
                 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') from {}{given} as p, lateral (select {state}) as state (s);\n",
                outbox.payload
            )
        })
        .collect();
    let found = session.run("reading what was changed", &sql).await?;
    let value = |text: Option<String>| {
        text.and_then(|text| serde_json::from_str::<Value>(&text).ok())
            .unwrap_or_default()
    };
    let read = |rows: Rows| {
        let mut row = rows.into_iter().next().unwrap_or_default().into_iter();
        let mut next = || row.next().flatten();
        let (payload, known) = (value(next()), value(next()));
        let state = State {
            page: known["page"].as_str().map(str::to_owned),
            edited: next(),
            shown: known["shown"].clone(),
        };
        (payload, state)
    };
    Ok(found.into_iter().map(read).collect())
}

fn message(row: Vec<Option<String>>, asked: Instant) -> Option<Message> {
    let mut row = row.into_iter().map(Option::unwrap_or_default);
    let mut next = || row.next();
    Some(Message {
        id: next()?,
        resource: next()?,
        resource_id: next()?,
        event: next()?,
        payload: serde_json::from_str(&next()?).unwrap_or(Value::Null),
        state: State::default(),
        attempts: next()?.parse().ok()?,
        lease: next()?,
        deadline: asked + Duration::from_secs_f64(next()?.parse::<f64>().ok()?.max(0.0)),
    })
}

/// Writes down how a message ended. A lease that is over is somebody else's now, and nothing is written.
pub(super) async fn finish(
    session: &Session,
    settings: &Settings,
    message: &Message,
    outcome: &Outcome,
) -> Result<()> {
    let outbox = &settings.outbox;
    let (id, lease) = (literal(&message.id), literal(&message.lease));
    let sql = match outcome {
        Outcome::Delivered(None) => format!("{}({id}, null, {lease})", outbox.complete),
        Outcome::Delivered(Some(Arrived {
            page,
            edited,
            shown,
        })) => {
            let mut given = vec![id, text(page), lease, moment(edited)];
            if outbox.state.is_some() {
                given.push(json(shown));
            }
            format!("{}({})", outbox.complete, given.join(", "))
        }
        Outcome::Later(why) => format!("{}({id}, {}, null, {lease})", outbox.fail, text(why)),
        Outcome::Wait(pause, why) => format!(
            "{}({id}, {}, interval '{} milliseconds', {lease})",
            outbox.fail,
            text(why),
            pause.as_millis()
        ),
        // Nothing is wrong with the message.
        Outcome::Unauthorized(why) => {
            format!(
                "{}({id}, {}, interval '1 minute', {lease})",
                outbox.fail,
                text(why)
            )
        }
        Outcome::Dead(why) => format!("{}({id}, {}, {lease})", outbox.bury, text(why)),
        Outcome::Conflict(edited, _) => {
            format!("{}({id}, {}, {lease})", outbox.conflict, text(edited))
        }
    };
    session
        .run("finishing a message", &format!("select {sql};"))
        .await?;
    Ok(())
}

/// A text; no text of the server's holds the character zero.
pub(super) fn text(text: &str) -> String {
    literal(&text.replace('\0', ""))
}

/// A moment of Notion's, if there is one.
pub(super) fn moment(moment: &str) -> String {
    if moment.is_empty() {
        "null".to_owned()
    } else {
        text(moment)
    }
}

/// A value as JSON; nothing as null.
pub(super) fn json(value: &Value) -> String {
    if value.is_null() {
        "null".to_owned()
    } else {
        literal(&value.to_string())
    }
}

/// How many messages wait, and in how many seconds the next of them is due; nothing where none waits.
pub(super) async fn next_due(session: &Session, settings: &Settings) -> Result<Option<Duration>> {
    let sql = format!(
        "select extract(epoch from min(case status when 'leased' then leased_until else next_attempt_at end) \
         - pg_catalog.clock_timestamp()) from {} where status in ('pending', 'leased');",
        settings.outbox.table
    );
    let rows = session.run("looking for what is due", &sql).await?;
    let seconds = rows.first().and_then(|rows| rows.first()?.first()?.clone());
    let seconds = seconds.and_then(|seconds| seconds.parse::<f64>().ok());
    Ok(seconds.map(|seconds| Duration::from_secs_f64(seconds.max(0.0))))
}

/// Messages by kind and state, and the letters that nobody delivers any more.
///
/// # Errors
/// When the outbox cannot be read.
pub async fn status(session: &Session, settings: &Settings) -> Result<Report> {
    begin(session, settings, false).await?;
    let table = &settings.outbox.table;
    let sql = format!(
        "select resource_type, status, count(*), min(created_at), max(attempts) from {table} group by 1, 2 order by 1, 2;\n\
         select id, resource_type, resource_id, status, last_error from {table} where status in ('dead', 'conflict') \
         order by updated_at desc limit 100;\n"
    );
    let mut results = session.run("reading the outbox", &sql).await?.into_iter();
    let mut show = |title: &str, columns: &[&str]| {
        let mut shown = Table::new(title, columns);
        for row in results.next().unwrap_or_default() {
            shown.row(row.into_iter().map(Option::unwrap_or_default));
        }
        shown
    };
    let all = show(
        "messages",
        &["resource", "status", "messages", "oldest", "most_attempts"],
    );
    let left = show(
        "left to somebody's decision",
        &["id", "resource", "resource_id", "status", "reason"],
    );
    let mut report = Report::table(all);
    if !left.rows.is_empty() {
        report.push_table(left);
        report.push_text(
            "`workroom sync notion --retry ID` sends one again, as it is here now; of a conflict that means: over what stands in Notion",
        );
        report.outcome = crate::report::Outcome::Found;
    }
    Ok(report)
}

/// Has a dead letter or a conflict sent again.
///
/// # Errors
/// When there is no such message, or it is neither.
pub async fn retry(session: &Session, settings: &Settings, id: &str) -> Result<Report> {
    begin(session, settings, false).await?;
    let sql = format!("select {}({});", settings.outbox.retry, literal(id));
    let rows = session.run("sending a message again", &sql).await?;
    let done = rows.first().and_then(|rows| rows.first()?.first()?.clone());
    if done.as_deref() != Some("t") {
        return Err(
            Error::refused(format!("{id} is no dead letter and no conflict"))
                .hint("`workroom sync notion --status` lists those"),
        );
    }
    Ok(Report::text(format!(
        "{id} waits again; the next run sends it"
    )))
}
