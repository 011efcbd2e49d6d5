//! The command line: parse, run, print, exit.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use workroom::cli::{Cli, Global};
use workroom::commands::{self, Context};
use workroom::error::{Error, Kind};
use workroom::event::{Event, Observer};
use workroom::output::{self, Format, Lines, Progress, Style, Units, Verbosity};
use workroom::report::Outcome;

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
    let (verbosity, format) = (verbosity(&cli.global), cli.global.format);
    let listener: Box<dyn Observer> = match format {
        Format::Json => Box::new(Lines::stderr(verbosity)),
        _ => Box::new(Progress::stderr(verbosity, style)),
    };
    let units = Arc::new(Units::before(listener));
    let context = Arc::new(Context::new(
        cli.global.clone(),
        folder,
        Box::new(Arc::clone(&units)),
    ));
    let interrupted = listen_for_interrupt(&context, style);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the asynchronous runtime does not start")?;
    let mut result = runtime.block_on(commands::run(&context, &cli.command));
    let is_told = matches!(&result, Err(error) if error.kind == Kind::Interrupted);
    if interrupted.load(Ordering::Relaxed) && !is_told {
        result = Err(interruption());
    }
    if verbosity == Verbosity::Verbose
        && let Some(peak) = peak_memory()
    {
        context.observer.event(&Event::Detail(&peak));
    }
    match result {
        Ok(report) => {
            let style = Style::stdout(cli.global.no_color);
            let text = match format {
                Format::Junit => units.render(Ok(&report)),
                _ => output::render(&report, format, style),
            };
            output::write_stdout(&text).context("standard output cannot be written")?;
            Ok(ExitCode::from(u8::from(report.outcome == Outcome::Found)))
        }
        Err(error) => {
            match format {
                Format::Json => output::write_stderr(&output::error_lines(&error)),
                _ => output::write_stderr(&output::diagnostic(&error, style)),
            }
            if format == Format::Junit {
                output::write_stdout(&units.render(Err(&error)))
                    .context("standard output cannot be written")?;
            }
            Ok(ExitCode::from(error.kind.exit_status()))
        }
    }
}

/// Ctrl-C cancels what runs on the server and lets the command end by itself for a moment, so that it can say what
/// became of it. On a thread of its own, since a command may be busy with a child process or a file.
fn listen_for_interrupt(context: &Arc<Context>, style: Style) -> Arc<AtomicBool> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let (context, flag) = (Arc::clone(context), Arc::clone(&interrupted));
    std::thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
        else {
            return;
        };
        runtime.block_on(async {
            if tokio::signal::ctrl_c().await.is_err() {
                return;
            }
            flag.store(true, Ordering::Relaxed);
            let ending = async {
                context.cancel().await;
                tokio::time::sleep(Duration::from_secs(2)).await;
            };
            tokio::select! {
                () = ending => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            output::write_stderr(&output::diagnostic(&interruption(), style));
            end_at_once(Kind::Interrupted.exit_status());
        });
    });
    interrupted
}

#[expect(
    clippy::exit,
    reason = "the main thread is busy with something that cannot be interrupted"
)]
fn end_at_once(status: u8) -> ! {
    std::process::exit(i32::from(status))
}

fn interruption() -> Error {
    Error::new(Kind::Interrupted, "interrupted").hint("run the same command again to go on")
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
