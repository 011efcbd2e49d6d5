//! Faults at every step of a deployment, and at random moments: one plain second run always converges, to what an
//! undisturbed run makes, and no step is done twice.
//!
//! Every message of a run is a boundary, and every fault is tried at each. The table has 20,000 rows, since every round
//! takes as long as the deployment; `WORKROOM_TEST_LONG=1` gives it 200,000.

mod crash;
mod deployment;

use std::process::Child;
use std::sync::{Arc, LazyLock, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use deployment::After;

use crate::support::project::TestProject;
use crate::support::server::{NEWEST, TestDatabase, execute, server, try_query};
use crate::support::wire::{Verdict, Wire};

/// Rows of the table.
fn rows() -> u32 {
    match std::env::var_os("WORKROOM_TEST_LONG") {
        Some(_) => 200_000,
        None => 20_000,
    }
}

/// What happens to a run. Crashes of the server have a test of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// `kill -9` of workroom while the server works on its message.
    Kill,
    /// `pg_terminate_backend` while it works.
    Terminate,
    /// The connection breaks before the message arrives.
    CutBefore,
    /// It breaks after, and the answer is lost.
    CutAfter,
}

const FAULTS: [Fault; 4] = [
    Fault::Kill,
    Fault::Terminate,
    Fault::CutBefore,
    Fault::CutAfter,
];

/// A database with the big table, made once, and what an undisturbed deployment makes of it.
struct Template {
    name: &'static str,
    expected: After,
    /// Messages of an undisturbed run.
    messages: usize,
    took: Duration,
}

impl Template {
    fn make(name: &'static str) -> Self {
        let server = server(NEWEST);
        execute(&server.url(), &format!("create database {name}"));
        execute(
            &server.connection().url_of(name),
            &deployment::before(rows()),
        );
        let database = TestDatabase::from_template(NEWEST, name);
        let wire = Wire::to(deployment::socket(&database.socket_folder()), |_| {
            Verdict::Pass
        });
        let started = Instant::now();
        let output = migrate(&deployment::project(), &wire.url(database.name()));
        let took = started.elapsed();
        assert!(output.ends_with("exit status: 0\n"), "{output}");
        Self {
            name,
            expected: After::of(&database.url()),
            messages: wire.questions(),
            took,
        }
    }
}

static TEMPLATE: LazyLock<Template> = LazyLock::new(|| Template::make("faults"));

fn migrate(project: &TestProject, url: &str) -> String {
    project.workroom(["db", "migrate"]).on(url).run()
}

/// Ends every session of a database but its own.
fn terminate(database: &TestDatabase) {
    let sql = "select pg_terminate_backend(pid) from pg_stat_activity \
               where datname = current_database() and application_name = 'workroom'";
    let _ = try_query(&database.url(), sql);
}

/// Runs the deployment on a copy of the template, with one fault, then once more, plainly.
fn disturb(
    template: &Template,
    what: &str,
    run: impl FnOnce(&TestProject, &TestDatabase) -> String,
) {
    let database = TestDatabase::from_template(NEWEST, template.name);
    let project = deployment::project();
    let first = run(&project, &database);
    let second = migrate(&project, &database.url());
    assert!(
        second.ends_with("exit status: 0\n"),
        "{what}\nfirst: {first}\nsecond: {second}"
    );
    let after = After::of(&database.url());
    assert_eq!(
        after.facts(),
        template.expected.facts(),
        "{what}\nfirst: {first}\nsecond: {second}"
    );
    assert!(after == template.expected, "{what}: another schema");
}

/// One fault at one message.
fn at_message(template: &Template, fault: Fault, message: usize) {
    disturb(
        template,
        &format!("{fault:?} at message {message}"),
        |project, database| {
            let child: Arc<Mutex<Option<Child>>> = Arc::default();
            let (victim, url) = (Arc::clone(&child), database.url());
            let terminating: Arc<Mutex<Option<JoinHandle<()>>>> = Arc::default();
            let begun = Arc::clone(&terminating);
            let judge = move |number| {
                if number != message {
                    return Verdict::Pass;
                }
                match fault {
                    Fault::CutBefore => return Verdict::CutBefore,
                    Fault::CutAfter => return Verdict::CutAfter,
                    Fault::Kill => {
                        if let Some(child) = victim.lock().unwrap().as_mut() {
                            let _ = child.kill();
                        }
                        return Verdict::CutAfter;
                    }
                    Fault::Terminate => {}
                }
                let url = url.clone();
                *begun.lock().unwrap() = Some(std::thread::spawn(move || {
                    let sql = "select pg_terminate_backend(pid) from pg_stat_activity \
                           where datname = current_database() and application_name = 'workroom'";
                    let _ = try_query(&url, sql);
                }));
                Verdict::Pass
            };
            let wire = Wire::to(deployment::socket(&database.socket_folder()), judge);
            let mut command = project
                .workroom(["db", "migrate"])
                .on(&wire.url(database.name()));
            // Held while it starts, so that the judge finds it.
            let mut slot = child.lock().unwrap();
            *slot = Some(command.spawn());
            drop(slot);
            loop {
                let mut slot = child.lock().unwrap();
                if let Some(status) = slot.as_mut().unwrap().try_wait().unwrap() {
                    // A late one would end the next run, which is to be undisturbed.
                    if let Some(terminating) = terminating.lock().unwrap().take() {
                        terminating.join().unwrap();
                    }
                    return format!("{status}");
                }
                drop(slot);
                std::thread::sleep(Duration::from_millis(2));
            }
        },
    );
}

/// A fault at every message of the deployment.
fn at_every_message(fault: Fault) {
    let template = &*TEMPLATE;
    assert!(template.messages > 40, "{} messages", template.messages);
    for message in 1..=template.messages {
        at_message(template, fault, message);
    }
}

#[test]
fn a_client_killed_at_any_step_is_made_good_by_the_next_run() {
    at_every_message(Fault::Kill);
}

#[test]
fn a_session_terminated_at_any_step_is_made_good_by_the_next_run() {
    at_every_message(Fault::Terminate);
}

#[test]
fn a_connection_cut_before_any_step_arrives_is_made_good_by_the_next_run() {
    at_every_message(Fault::CutBefore);
}

#[test]
fn a_connection_cut_before_the_answer_to_any_step_is_made_good_by_the_next_run() {
    at_every_message(Fault::CutAfter);
}

#[test]
fn faults_at_a_hundred_random_moments_are_made_good_by_the_next_run() {
    let template = &*TEMPLATE;
    let mut random = fastrand::Rng::with_seed(5);
    for round in 0..100 {
        let fault = FAULTS[random.usize(..FAULTS.len())];
        let moment = template.took.mul_f64(random.f64());
        disturb(
            template,
            &format!("round {round}: {fault:?} after {moment:?}"),
            |project, database| {
                let wire = Wire::to(deployment::socket(&database.socket_folder()), |_| {
                    Verdict::Pass
                });
                let mut child = project
                    .workroom(["db", "migrate"])
                    .on(&wire.url(database.name()))
                    .spawn();
                std::thread::sleep(moment);
                match fault {
                    Fault::Kill => {
                        let _ = child.kill();
                    }
                    Fault::Terminate => terminate(database),
                    Fault::CutBefore | Fault::CutAfter => wire.cut(),
                }
                format!("{}", child.wait().unwrap())
            },
        );
    }
}
