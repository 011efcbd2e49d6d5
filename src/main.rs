//! The command line: parse, run, print, exit.

mod shipped;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::Poll;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use tokio::signal::unix::{Signal, SignalKind, signal};
use workroom::cli::{self, Cli};
use workroom::commands::{Context, Global};
use workroom::error::{Error, Kind};
use workroom::event::{Event, Observer};
use workroom::output::{self, Format, Lines, Progress, Style, Units, Verbosity};
use workroom::report::{Outcome, Report};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // An argument that is out of place may be a database URL.
        Err(error) if error.use_stderr() => {
            output::write_stderr(&output::redact(&error.to_string()));
            return ExitCode::from(Kind::Usage.exit_status());
        }
        Err(shown) => shown.exit(),
    };
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
        shipped::tree(),
    ));
    let signal = listen_for_signals(&context, style);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the asynchronous runtime does not start")?;
    let mut result = runtime.block_on(cli::run(&context, &cli.command));
    let is_told = matches!(&result, Err(error) if error.kind == Kind::Interrupted);
    if signal.load(Ordering::Relaxed) != 0 && !is_told {
        result = Err(interruption());
    }
    if verbosity == Verbosity::Verbose
        && let Some(peak) = peak_memory()
    {
        context.observer.event(&Event::Detail(&peak));
    }
    // What reads annotations names files from the top of the repository.
    let repository = std::env::var_os("GITHUB_WORKSPACE").map(PathBuf::from);
    let repository = repository.filter(|folder| {
        matches!(format, Format::Github | Format::Sarif) && context.folder.starts_with(folder)
    });
    let places = context.places(repository.as_deref().unwrap_or(&context.folder));
    match result {
        Ok(mut report) => {
            if let Some(places) = &places {
                places.of_report(&mut report);
            }
            report.target = context.said().map(str::to_owned);
            let style = Style::stdout(cli.global.no_color);
            let text = match format {
                Format::Junit => units.render(Ok(&report)),
                _ => output::render(&report, format, style),
            };
            output::write_stdout(&text).context("standard output cannot be written")?;
            let Some(mistakes) = &report.mistakes else {
                return Ok(ExitCode::from(u8::from(report.outcome == Outcome::Found)));
            };
            let style = Style::stderr(cli.global.no_color);
            output::write_stderr(&match format {
                Format::Json => output::error_lines(mistakes),
                _ => output::diagnostic(mistakes, style),
            });
            Ok(ExitCode::from(mistakes.kind.exit_status()))
        }
        Err(mut error) => {
            if let Some(places) = &places {
                places.of_error(&mut error);
            }
            match format {
                Format::Json => output::write_stderr(&output::error_lines(&error)),
                _ => output::write_stderr(&output::diagnostic(&error, style)),
            }
            // A log that annotates lines, and a file that is uploaded, have to say so too.
            if matches!(format, Format::Github | Format::Sarif) {
                let report = Report::of_error(&error);
                output::write_stdout(&output::render(&report, format, style))
                    .context("standard output cannot be written")?;
            }
            if format == Format::Junit {
                output::write_stdout(&units.render(Err(&error)))
                    .context("standard output cannot be written")?;
            }
            Ok(ExitCode::from(match signal.load(Ordering::Relaxed) {
                0 => error.kind.exit_status(),
                number => AFTER_SIGNAL + number,
            }))
        }
    }
}

/// What a shell adds to the number of the signal that ended a program.
const AFTER_SIGNAL: u8 = 128;

/// The signals that ask a command to end, with their numbers: Ctrl-C, what service managers and CI send, and the end of
/// a terminal.
const SIGNALS: [(SignalKind, u8); 3] = [
    (SignalKind::interrupt(), 2),
    (SignalKind::terminate(), 15),
    (SignalKind::hangup(), 1),
];

/// A signal cancels what runs on the server and lets the command end by itself for a moment, so that it can say what
/// became of it; a second one ends it at once. On a thread of its own, since a command may be busy with a child process
/// or a file. Returns the number of the signal that came, 0 until then.
fn listen_for_signals(context: &Arc<Context>, style: Style) -> Arc<AtomicU8> {
    let came = Arc::new(AtomicU8::new(0));
    let (context, number) = (Arc::clone(context), Arc::clone(&came));
    std::thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
        else {
            return;
        };
        runtime.block_on(async {
            let Ok(mut signals) = Signals::listen() else {
                return;
            };
            number.store(signals.next().await, Ordering::Relaxed);
            let ending = async {
                context.cancel().await;
                tokio::time::sleep(Duration::from_secs(2)).await;
            };
            tokio::select! {
                () = ending => {}
                _ = signals.next() => {}
            }
            output::write_stderr(&output::diagnostic(&interruption(), style));
            end_at_once(AFTER_SIGNAL + number.load(Ordering::Relaxed));
        });
    });
    came
}

/// The signals that are listened for.
struct Signals(Vec<(Signal, u8)>);

impl Signals {
    /// All but those that whoever started this process wants ignored: `nohup` does so with the end of a terminal.
    fn listen() -> std::io::Result<Self> {
        let ignored = ignored_signals();
        let wanted = SIGNALS
            .iter()
            .filter(|(_, number)| *number != 1 || ignored & 1 == 0);
        wanted
            .map(|(kind, number)| Ok((signal(*kind)?, *number)))
            .collect::<std::io::Result<_>>()
            .map(Self)
    }

    /// The number of the next one.
    async fn next(&mut self) -> u8 {
        std::future::poll_fn(|context| {
            let mut each = self.0.iter_mut();
            each.find_map(|(signal, number)| {
                signal.poll_recv(context).is_ready().then_some(*number)
            })
            .map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}

/// Which signals this process was started to ignore, a bit each, where the system tells.
fn ignored_signals() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    line.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok())
        .unwrap_or_default()
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
