//! Working on many databases, several at a time: canaries first, then the others until too many have failed.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use super::inventory::Member;
use super::outcome::{Outcome, Skip};
use super::turns::Turns;
use crate::database::{jittered, together};
use crate::error::{Error, Kind, Result};
use crate::event::{Event, Observer};
use crate::project::FailureBudget;

/// How to work.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Databases at a time.
    pub concurrency: usize,
    /// Of these, on one server.
    pub per_server: usize,
    /// How many may fail.
    pub max_failures: FailureBudget,
}

/// How often a database is tried whose failure may pass.
const TRIES: u32 = 4;

/// The pause before it is tried again, which doubles.
const PAUSE: Duration = Duration::from_millis(200);

/// Works on every database, and returns what became of each, in their order. One that fails stops no other one until more
/// have failed than may; what is under way is then brought to its end.
pub async fn run<T, F: Future<Output = Result<T>>>(
    members: &[Member],
    settings: Settings,
    observer: &dyn Observer,
    work: impl Fn(usize) -> F,
) -> Vec<Outcome<T>> {
    let outcomes = RefCell::new(members.iter().map(|_| None).collect::<Vec<_>>());
    let canaries = members.iter().filter(|member| member.is_canary).count();
    let progress = Progress::new(members.len());
    let budget = settings.max_failures.of(members.len());
    let first = Turns::new(members, 0..canaries, settings.per_server);
    wave(
        &first, settings, budget, observer, &progress, &outcomes, &work,
    )
    .await;
    let failed = progress.failed.get() > 0;
    let stopped = match first.stopped() {
        Some(Skip::Interrupted) => Some(Skip::Interrupted),
        _ => failed.then_some(Skip::Canary),
    };
    let stopped = match stopped {
        Some(reason) => Some(reason),
        None => {
            let rest = Turns::new(members, canaries..members.len(), settings.per_server);
            wave(
                &rest, settings, budget, observer, &progress, &outcomes, &work,
            )
            .await;
            rest.stopped()
        }
    };
    let reason = stopped.unwrap_or(Skip::Budget);
    let outcomes = outcomes.into_inner().into_iter();
    outcomes
        .map(|one| one.unwrap_or(Outcome::Skipped(reason)))
        .collect()
}

/// How far a run has come.
struct Progress {
    all: usize,
    done: Cell<usize>,
    failed: Cell<usize>,
}

impl Progress {
    fn new(all: usize) -> Self {
        Self {
            all,
            done: Cell::new(0),
            failed: Cell::new(0),
        }
    }

    fn tell(&self, observer: &dyn Observer) {
        self.done.set(self.done.get() + 1);
        observer.event(&Event::Progress {
            label: "fleet",
            done: self.done.get() as u64,
            total: self.all as u64,
            unit: "databases",
            bytes: 0,
        });
    }
}

async fn wave<T, F: Future<Output = Result<T>>>(
    turns: &Turns<'_>,
    settings: Settings,
    budget: usize,
    observer: &dyn Observer,
    progress: &Progress,
    outcomes: &RefCell<Vec<Option<Outcome<T>>>>,
    work: &impl Fn(usize) -> F,
) {
    let workers = (0..settings.concurrency.min(progress.all)).map(|_| async {
        while let Some(at) = turns.next() {
            let outcome = patiently(|| work(at)).await;
            turns.done(at);
            progress.tell(observer);
            if let Err(error) = &outcome {
                progress.failed.set(progress.failed.get() + 1);
                if error.kind == Kind::Interrupted {
                    turns.stop(Skip::Interrupted);
                } else if progress.failed.get() > budget {
                    turns.stop(Skip::Budget);
                }
            }
            outcomes.borrow_mut()[at] = Some(match outcome {
                Ok(done) => Outcome::Done(done),
                Err(error) => Outcome::Failed(Box::new(error)),
            });
        }
    });
    together(workers).await;
}

/// Tries again what may pass by itself: the server is starting or full, a lock was not to be had, two transactions were
/// in each other's way.
async fn patiently<T, F: Future<Output = Result<T>>>(work: impl Fn() -> F) -> Result<T> {
    let mut pause = PAUSE;
    let mut tries = 1;
    loop {
        match work().await {
            Err(error) if tries < TRIES && may_pass(&error) => {
                tokio::time::sleep(jittered(pause)).await;
                pause *= 2;
                tries += 1;
            }
            outcome => return outcome,
        }
    }
}

/// Whether a failure may pass by itself: a lock that was not to be had, a deadlock, a serialization failure, a server that
/// is full or starting.
fn may_pass(error: &Error) -> bool {
    let code = error.code.as_deref();
    code.is_some_and(|code| ["55P03", "40P01", "40001", "53300", "57P03"].contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::Target;
    use crate::event::Silent;

    fn members(count: usize, canaries: usize) -> Vec<Member> {
        let one = |at| Member {
            name: format!("t{at}"),
            target: Target::parse("postgres://a@h/d").unwrap(),
            server: "h".to_owned(),
            is_canary: at < canaries,
        };
        (0..count).map(one).collect()
    }

    fn settings(max_failures: usize) -> Settings {
        Settings {
            concurrency: 1,
            per_server: 1,
            max_failures: FailureBudget::Databases(max_failures),
        }
    }

    fn came(outcomes: &[Outcome<usize>]) -> String {
        let letters = outcomes.iter().map(|one| match one {
            Outcome::Done(_) => '+',
            Outcome::Failed(_) => '-',
            Outcome::Skipped(Skip::Canary) => 'c',
            Outcome::Skipped(Skip::Budget) => 'b',
            Outcome::Skipped(Skip::Interrupted) => 'i',
        });
        letters.collect()
    }

    async fn came_of(canaries: usize, max_failures: usize, fails: &[usize], kind: Kind) -> String {
        let members = members(6, canaries);
        let work = |at: usize| async move {
            if fails.contains(&at) {
                Err(Error::new(kind, "no"))
            } else {
                Ok(at)
            }
        };
        came(&run(&members, settings(max_failures), &Silent, work).await)
    }

    #[tokio::test]
    async fn so_many_may_fail_and_no_canary() {
        let fails = Kind::Database;
        assert_eq!(came_of(0, 1, &[1], fails).await, "+-++++");
        assert_eq!(came_of(0, 1, &[1, 3], fails).await, "+-+-bb");
        assert_eq!(came_of(0, 0, &[0], fails).await, "-bbbbb");
        assert_eq!(came_of(2, 6, &[1], fails).await, "+-cccc");
        assert_eq!(came_of(2, 6, &[4], fails).await, "++++-+");
        assert_eq!(came_of(0, 6, &[2], Kind::Interrupted).await, "++-iii");
    }

    #[tokio::test]
    async fn what_may_pass_is_tried_again_and_nothing_else() {
        let tries = Cell::new(0);
        let failing = |code: &'static str| {
            tries.set(0);
            patiently(|| {
                tries.set(tries.get() + 1);
                let mut error = Error::database("no");
                error.code = Some(code.to_owned());
                let outcome = if tries.get() < 3 { Err(error) } else { Ok(()) };
                async { outcome }
            })
        };
        assert!(failing("40P01").await.is_ok());
        assert_eq!(tries.get(), 3);
        assert!(failing("42703").await.is_err());
        assert_eq!(tries.get(), 1);
    }
}
