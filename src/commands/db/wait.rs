//! `workroom db wait`: until the server answers.

use std::time::{Duration, Instant};

use clap::Args;

use crate::commands::Context;
use crate::commands::arguments::parse_duration;
use crate::database::{Session, jittered};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::report::Report;

/// How long.
#[derive(Debug, Args)]
pub struct Arguments {
    /// How long to wait before giving up
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = parse_duration)]
    pub timeout: Duration,
}

/// SQLSTATEs of a server that answers, and to whom more waiting is of no use: a wrong password, an unknown role, no
/// entry in `pg_hba.conf`.
const FINAL: [&str; 2] = ["28P01", "28000"];

/// A database that does not exist yet: the server is there, which is what was waited for.
const NO_DATABASE: &str = "3D000";

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(250);

/// Tries to connect until it works.
///
/// # Errors
/// When the time is up, or the server refuses for a reason that does not pass by itself.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let target = context.target_alone()?;
    let started = Instant::now();
    loop {
        let left = arguments.timeout.saturating_sub(started.elapsed());
        let trying = tokio::time::timeout(left.max(PAUSE), Session::connect(&target));
        let error = match trying.await {
            Ok(Ok(_)) => return Ok(Report::text(format!("{} answers", target.server()))),
            Ok(Err(error)) => error,
            Err(_) => {
                return Err(Error::database(format!("{} does not answer", target.server()))
                    .because(format!("waited {} s", started.elapsed().as_secs()))
                    .hint("wait longer with `--timeout`, or check host and port of the database URL"));
            }
        };
        let code = error.code.as_deref().unwrap_or_default();
        if code == NO_DATABASE {
            return Ok(Report::text(format!(
                "{} answers; the database {} does not exist yet: `workroom db create`",
                target.server(),
                target.database()
            )));
        }
        if FINAL.contains(&code) || started.elapsed() >= arguments.timeout {
            return Err(error);
        }
        context.observer.event(&Event::Waiting {
            what: "the server",
            holder: "",
            waited: started.elapsed(),
        });
        let left = arguments.timeout.saturating_sub(started.elapsed());
        tokio::time::sleep(jittered(PAUSE).min(left)).await;
    }
}
