//! The command line: parse, run, print, exit.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use workroom::cli::{Cli, Global};
use workroom::commands::{self, Context};
use workroom::error::{Error, Kind};
use workroom::event::Event;
use workroom::output::{self, Progress, Style, Verbosity};
use workroom::report::{Outcome, Report};

fn main() -> ExitCode {
    let cli = Cli::parse();
    match start(&cli) {
        Ok(status) => status,
        Err(error) => {
            output::write_stderr(&format!("error: {error:#}\n"));
            ExitCode::from(Kind::Bug.exit_status())
        }
    }
}

/// What can go wrong here is none of the commands' business: the runtime, the current folder, standard output.
fn start(cli: &Cli) -> anyhow::Result<ExitCode> {
    let style = Style::stderr(cli.global.no_color);
    let folder = std::env::current_dir().context("the current folder cannot be found")?;
    let progress = Progress::stderr(verbosity(&cli.global), style);
    let context = Context::new(cli.global.clone(), folder, Box::new(progress));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the asynchronous runtime does not start")?;
    let result = runtime.block_on(until_interrupted(&context, cli));
    if let Some(peak) = peak_memory() {
        context.observer.event(&Event::Detail(&peak));
    }
    match result {
        Ok(report) => {
            let style = Style::stdout(cli.global.no_color);
            output::write_stdout(&output::render(&report, cli.global.format, style))
                .context("standard output cannot be written")?;
            Ok(ExitCode::from(u8::from(report.outcome == Outcome::Found)))
        }
        Err(error) => {
            output::write_stderr(&output::diagnostic(&error, style));
            Ok(ExitCode::from(error.kind.exit_status()))
        }
    }
}

/// Runs the command. Ctrl-C cancels what runs on the server and lets the command end by itself for a moment,
/// so that it can say what became of it.
async fn until_interrupted(context: &Context, cli: &Cli) -> Result<Report, Error> {
    let mut command = std::pin::pin!(commands::run(context, &cli.command));
    tokio::select! {
        result = &mut command => return result,
        _ = tokio::signal::ctrl_c() => {}
    }
    let ended = tokio::time::timeout(Duration::from_secs(2), async {
        tokio::join!(context.cancel(), command).1
    });
    match ended.await {
        Ok(Err(error)) if error.kind == Kind::Interrupted => Err(error),
        _ => Err(Error::new(Kind::Interrupted, "interrupted")
            .hint("run the same command again to go on")),
    }
}

/// The most memory that this process had, where the system says so: "peak memory 9.8 MB".
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(format!("peak memory {:.1} MB", kibibytes * 1024.0 / 1e6))
}

fn verbosity(global: &Global) -> Verbosity {
    match (global.quiet, global.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        _ => Verbosity::Normal,
    }
}
