//! `workroom sync notion`: the messages of an outbox become pages in Notion.

use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;

use crate::commands::Context;
use crate::commands::arguments::parse_duration;
use crate::error::{Error, Result};
use crate::report::{Report, Table};
use crate::sync::{self, Access, Api, FILE, Options, Settings};

/// What to do with the outbox.
#[derive(Debug, Args)]
pub struct Arguments {
    /// One of these ways.
    #[command(flatten)]
    pub way: Way,

    /// With --import: write
    #[arg(long, requires = "import")]
    pub yes: bool,

    /// This worker's name in leases [default: made of the process]
    #[arg(long, value_name = "NAME")]
    pub worker: Option<String>,

    /// Requests at a time
    #[arg(long, value_name = "NUMBER", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=50))]
    pub concurrency: u8,

    /// How long a request may take
    #[arg(long, value_name = "DURATION", default_value = "15s", value_parser = parse_duration)]
    pub request_timeout: Duration,

    /// How long a message is this worker's: longer than all its requests together
    #[arg(long, value_name = "DURATION", default_value = "2min", value_parser = parse_duration)]
    pub lease: Duration,
}

/// How it runs.
#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Way {
    /// Send what is due, then end
    #[arg(long)]
    pub once: bool,

    /// Send what is due, and stay for what comes
    #[arg(long)]
    pub watch: bool,

    /// Check the data sources' properties, make those that are missing, and say what a person must do
    #[arg(long)]
    pub setup: bool,

    /// Show the messages by kind and state; exit status 1 when some are left to somebody's decision
    #[arg(long)]
    pub status: bool,

    /// Show what would be sent; sends nothing and claims nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Send a dead letter, or a conflict, again
    #[arg(long, value_name = "ID")]
    pub retry: Option<String>,

    /// Take over what was edited in Notion, as completed tasks; exit status 1 when both sides have changed something
    #[arg(long)]
    pub pull: bool,

    /// Listen to Notion's webhook on an address of this machine, and take over what was edited on the pages that it names
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,

    /// Take what Notion shows of one resource, by its id here, over what stands here
    #[arg(long, value_name = "ID")]
    pub take: Option<String>,

    /// Show what would become of pages that were in Notion before; with --yes, match or load them
    #[arg(long)]
    pub import: bool,
}

/// Runs the service, or looks at what it has left.
///
/// # Errors
/// When the settings are wrong, the outbox cannot be read, or Notion does not take the token.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let started = Instant::now();
    let project = context.project()?;
    if !project.tree.exists(FILE) {
        return Err(
            Error::refused(format!("this project has no {FILE}")).hint("docs/sync.md shows one")
        );
    }
    let variable = |name: &str| std::env::var(name).ok();
    let way = &arguments.way;
    let asks_back = way.pull || way.listen.is_some() || way.take.is_some() || way.import;
    let sends = way.once || way.watch || way.setup || asks_back;
    // Where nothing is sent, the ids of data sources do not matter.
    let data_source = |name: &str, is_optional: bool| {
        let unknown = (!sends && !is_optional).then(|| "any".to_owned());
        variable(name).or(unknown)
    };
    let settings = Arc::new(Settings::read(&project.tree.read(FILE)?, data_source)?);
    if !sends {
        let session = context.connect(&project).await?;
        return match &way.retry {
            Some(id) => sync::retry(&session, &settings, id).await,
            None if way.status => sync::status(&session, &settings).await,
            None => sync::dry_run(&session, &settings, started).await,
        };
    }
    if arguments.lease < arguments.request_timeout * 2 {
        return Err(Error::refused("the lease is shorter than two requests")
            .hint("make --lease longer, or --request-timeout shorter"));
    }
    let api = Arc::new(Api::new(
        Access::from_variables(variable)?,
        arguments.request_timeout,
    ));
    if way.setup {
        return sync::setup(&settings, &api).await;
    }
    let session = context.connect(&project).await?;
    if way.import {
        return sync::import(&session, &settings, &api, arguments.yes).await;
    } else if let Some(id) = &way.take {
        return sync::take(&session, &settings, &api, id).await;
    } else if way.pull {
        return sync::pull(&session, &settings, &api).await;
    } else if let Some(address) = &way.listen {
        let token = variable("NOTION_VERIFICATION_TOKEN").filter(|token| !token.is_empty());
        let observer = context.observer.as_ref();
        sync::listen(&session, &settings, &api, address, token, observer).await?;
        return Ok(Report::default());
    }
    let options = Options {
        worker: arguments
            .worker
            .clone()
            .unwrap_or_else(|| format!("workroom {}", std::process::id())),
        concurrency: usize::from(arguments.concurrency),
        lease: arguments.lease,
        watch: way.watch,
        poll: Duration::from_secs(30),
    };
    let tally = sync::run(
        &session,
        &settings,
        &api,
        &options,
        context.observer.as_ref(),
    )
    .await?;
    let mut table = Table::new("", &["delivered", "given_back", "dead", "conflicts"]);
    table.row(
        [tally.delivered, tally.later, tally.dead, tally.conflicts].map(|count| count.to_string()),
    );
    let mut report = Report::table(table);
    if tally.dead + tally.conflicts > 0 {
        report
            .push_text("`workroom sync notion --status` shows what is left to somebody's decision");
    }
    Ok(report)
}
