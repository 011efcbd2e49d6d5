//! What `db plan --measure` says against the server: forms of DDL as data, on every version that tests use.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use workroom::database::{Session, Target};
use workroom::files::TextFile;
use workroom::lint::{self, Kind, Script};
use workroom::measure::{self, Ending, LockMode, Measured, RelationKind, Run, Work};
use workroom::project::Headers;
use workroom::sql;

use crate::support::server::{NEWEST, TestDatabase};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    case: Vec<Case>,
}

/// One form of DDL: what the server does, and what the linter says about it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    sql: String,
    #[serde(default)]
    no_transaction: bool,
    /// The major version that brought the form.
    #[serde(default)]
    since: u32,
    locks: BTreeMap<String, String>,
    #[serde(default)]
    rewritten: BTreeSet<String>,
    #[serde(default)]
    scanned: BTreeSet<String>,
    /// Rules that speak; the missing header is left out.
    #[serde(default)]
    lint: BTreeSet<String>,
    /// Relations whose lock only the server knows of.
    #[serde(default)]
    lint_misses: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Finds {
    case: Vec<Find>,
}

/// Pending work, and the findings of its measurement.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Find {
    sql: String,
    #[serde(default)]
    no_transaction: bool,
    found: Vec<String>,
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cases/ddl")
}

fn schema() -> String {
    std::fs::read_to_string(folder().join("schema.sql")).unwrap()
}

fn cases() -> Vec<Case> {
    ["columns", "constraints", "hidden", "indexes", "tables"]
        .into_iter()
        .flat_map(|name| {
            let text = std::fs::read_to_string(folder().join(format!("{name}.toml"))).unwrap();
            toml::from_str::<Cases>(&text).unwrap().case
        })
        .collect()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

async fn connect(database: &TestDatabase) -> Session {
    Session::connect(&Target::parse(&database.url()).unwrap())
        .await
        .unwrap()
}

/// Measures one text; what it did in a transaction is rolled back.
async fn measured(
    run: &mut Run,
    text: &str,
    no_transaction: bool,
) -> workroom::Result<Vec<Measured>> {
    let file = TextFile::new("V002__case.sql", text);
    let statements = sql::split(&file).unwrap();
    let work = Work {
        label: "V002__case",
        file: &file,
        statements: &statements,
        no_transaction,
    };
    run.measure(0, work).await
}

/// `public.t` → `t`.
fn short(name: &str) -> String {
    name.trim_start_matches("public.").to_owned()
}

type Verdict = (BTreeMap<String, String>, BTreeSet<String>, BTreeSet<String>);

/// Locks that keep somebody from something, what is written anew, and what is read in full.
fn verdict(measured: &[Measured]) -> Verdict {
    let mut locks: BTreeMap<String, LockMode> = BTreeMap::new();
    for (relation, mode) in measured.iter().flat_map(|statement| &statement.held) {
        if *mode >= LockMode::ShareUpdateExclusive
            && !matches!(relation.kind, RelationKind::Index | RelationKind::Other)
        {
            let strongest = locks.entry(short(&relation.name)).or_insert(*mode);
            *strongest = (*strongest).max(*mode);
        }
    }
    let names = |of: fn(&Measured) -> &Vec<measure::Relation>| {
        measured
            .iter()
            .flat_map(of)
            .map(|relation| short(&relation.name))
            .collect::<BTreeSet<_>>()
    };
    let rewritten = names(|statement| &statement.rewritten);
    let mut scanned = names(|statement| &statement.scanned);
    // Whoever writes a table anew has read it.
    scanned.retain(|name| !rewritten.contains(name));
    (
        locks
            .into_iter()
            .map(|(name, mode)| (name, mode.to_string()))
            .collect(),
        rewritten,
        scanned,
    )
}

fn agrees_with_the_server(major: u32) {
    let template = TestDatabase::new(major);
    template.execute(&schema());
    let filled = runtime().block_on(async {
        let session = connect(&template).await;
        let filled = measure::fill(&session, &["public"]).await.unwrap();
        assert_eq!(filled.empty, Vec::<String>::new());
        session
            .run("test", "refresh materialized view m")
            .await
            .unwrap();
        filled.filled
    });
    let cases = cases();
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in cases.iter().filter(|case| case.since <= major) {
        count += 1;
        // What cannot run in a transaction leaves its traces.
        let own = case
            .no_transaction
            .then(|| TestDatabase::from_template(major, template.name()));
        let database = own.as_ref().unwrap_or(&template);
        let result = runtime().block_on(async {
            let mut run = Run::begin(connect(database).await, Ending::Rollback, filled.clone())
                .await
                .unwrap();
            measured(&mut run, &case.sql, case.no_transaction).await
        });
        let (locks, rewritten, scanned) = match &result {
            Ok(measured) => verdict(measured),
            Err(error) => {
                wrong.push(format!("{}: {error}", case.name));
                continue;
            }
        };
        for (what, expected, found) in [
            ("locks", format!("{:?}", case.locks), format!("{locks:?}")),
            (
                "rewritten",
                format!("{:?}", case.rewritten),
                format!("{rewritten:?}"),
            ),
            (
                "scanned",
                format!("{:?}", case.scanned),
                format!("{scanned:?}"),
            ),
        ] {
            if expected != found {
                wrong.push(format!(
                    "{}: {what}: expected {expected}, the server: {found}",
                    case.name
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "Postgres {major}, {count} forms:\n{}",
        wrong.join("\n")
    );
    assert!(count >= 60, "{count}");
}

#[test]
fn forms_of_ddl_agree_with_postgres_18() {
    agrees_with_the_server(18);
}

#[test]
fn forms_of_ddl_agree_with_postgres_16() {
    agrees_with_the_server(16);
}

#[test]
fn forms_of_ddl_agree_with_postgres_15() {
    agrees_with_the_server(15);
}

#[test]
fn what_is_read_changed_lost_and_broken_is_found() {
    let template = TestDatabase::new(NEWEST);
    template.execute(&schema());
    template.execute("grant select on t to public");
    let filled = runtime().block_on(async {
        let session = connect(&template).await;
        measure::fill(&session, &["public"]).await.unwrap().filled
    });
    let mut wrong = Vec::new();
    let text = std::fs::read_to_string(folder().join("found.toml")).unwrap();
    for case in &toml::from_str::<Finds>(&text).unwrap().case {
        let (sql, no_transaction) = (case.sql.as_str(), case.no_transaction);
        let own = no_transaction.then(|| TestDatabase::from_template(NEWEST, template.name()));
        let database = own.as_ref().unwrap_or(&template);
        let measured = runtime().block_on(async {
            let mut run = Run::begin(connect(database).await, Ending::Rollback, filled.clone())
                .await
                .unwrap();
            measured(&mut run, sql, no_transaction).await
        });
        let measured = match measured {
            Ok(measured) => measured,
            Err(error) => {
                wrong.push(format!("{sql}: {error}"));
                continue;
            }
        };
        let file = TextFile::new("V002__case.sql", sql);
        let statements = sql::split(&file).unwrap();
        let work = Work {
            label: "V002__case",
            file: &file,
            statements: &statements,
            no_transaction,
        };
        let found = measure::findings(&[work], &measured, &[]);
        let rules: BTreeSet<&str> = found.iter().map(|finding| finding.rule.as_str()).collect();
        let expected = &case.found;
        if rules != expected.iter().map(String::as_str).collect() {
            let said: Vec<String> = found
                .iter()
                .map(|finding| {
                    format!(
                        "{}: {} {:?}",
                        finding.rule, finding.message, finding.details
                    )
                })
                .collect();
            wrong.push(format!("{sql}: expected {expected:?}, found {said:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_linter_finds_the_bad_forms_knows_their_locks_and_is_silent_about_the_safe_ones() {
    let script = |path: &str, text: &str, no_transaction: bool| {
        let file = TextFile::new(path, text);
        Script {
            is_secured: true,
            kind: Kind::Migration,
            headers: Headers {
                no_transaction,
                ..Headers::default()
            },
            tenant: None,
            file,
        }
    };
    let mut wrong = Vec::new();
    for case in cases() {
        let scripts = [
            script("V001__schema.sql", &schema(), false),
            script("V002__case.sql", &case.sql, case.no_transaction),
        ];
        let said: BTreeSet<String> = lint::lint(&scripts, &["missing-lock-timeout".to_owned()])
            .into_iter()
            .filter(|linted| linted.script == 1)
            .flat_map(|linted| linted.findings)
            .map(|finding| finding.rule)
            .collect();
        if said != case.lint {
            wrong.push(format!(
                "{}: expected {:?}, lint says {said:?}",
                case.name, case.lint
            ));
        }
        let mut known = case.locks.clone();
        known.retain(|table, _| !case.lint_misses.contains(table));
        let mut expected: BTreeMap<String, String> = BTreeMap::new();
        for (table, mode) in lint::expected_locks(&scripts) {
            let strongest = expected.entry(table).or_insert_with(|| mode.clone());
            let rank = |mode: &str| LockMode::from_catalog(&format!("{mode}Lock"));
            if rank(strongest) < rank(&mode) {
                *strongest = mode;
            }
        }
        // Neither comments nor statistics are worth a rule.
        known.retain(|_, mode| mode != "ShareUpdateExclusive");
        expected.retain(|_, mode| mode != "ShareUpdateExclusive");
        if known != expected {
            wrong.push(format!(
                "{}: the server locks {known:?}, lint expects {expected:?}",
                case.name
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
