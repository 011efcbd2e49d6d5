//! Small broken schemas, one pitfall each: found in `broken.sql` by the right name, and nothing in `repaired.sql`.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use workroom::database::{Connect, Session, Target};
use workroom::event::Silent;
use workroom::files::Tree;
use workroom::policy::lint::{self, Scope};
use workroom::policy::{self, Dialect};
use workroom::project::Project;
use workroom::prove::ProofOptions;
use workroom::report::Finding;

use crate::support::server::{NEWEST, TestDatabase, own_server};

/// What a case expects.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    /// The pitfall of docs and research.
    pitfall: String,
    /// The checks that find it; none other may.
    #[serde(default)]
    lint: Vec<String>,
    /// Pitfalls that a proof names, when execution shows it.
    #[serde(default)]
    prove: Vec<String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cases/leaks")
}

fn cases() -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    cases
}

/// A project with one system `leak` and these files.
fn project_of(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "workroom.toml",
        "[project]\nname = \"leaks\"\ndefault_system = \"leak\"\n[systems.leak]\ntitle = \"Leak\"\nschemas = [\"leak\"]\ntenant = \"tenant_id\"\n",
    );
    for (path, text) in files {
        write(path, text);
    }
    folder
}

/// One without a policy file.
fn project() -> (tempfile::TempDir, Project) {
    let folder = project_of(&[("sql/leak/V001__create.sql", "create schema leak;\n")]);
    let project = Project::read(Tree::Folder(folder.path().to_path_buf())).unwrap();
    (folder, project)
}

/// One for each case: what a session remembers of functions that are rolled back is looked at whenever something changes.
async fn session(url: &str) -> Session {
    let target = Target::parse(url).unwrap();
    Session::connect(&target).await.unwrap()
}

/// Makes a schema in a transaction, checks it, and rolls back.
async fn lint(session: &Session, scope: &Scope<'_>, sql: &str) -> Result<Vec<Finding>, String> {
    let told = |error: workroom::Error| format!("{error} {:?}", error.causes);
    let made = session
        .run("making", &format!("begin;{sql};reset role"))
        .await;
    let results = match made {
        Ok(_) => session.run("checking", &scope.query()).await.map_err(told),
        Err(error) => Err(told(error)),
    };
    session.run("undoing", "rollback").await.map_err(told)?;
    Ok(scope.read(&results?))
}

#[tokio::test]
async fn every_leak_is_found_by_its_name_and_its_repaired_twin_is_silent() {
    let database = TestDatabase::new(NEWEST);
    let (_folder, project) = project();
    let scope = Scope::new(&project, &project.systems["leak"], None);
    let cases = cases();
    assert!(cases.len() >= 120, "{}", cases.len());
    let mut wrong = Vec::new();
    let mut seen = Vec::new();
    for case in &cases {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let read = |file: &str| std::fs::read_to_string(case.join(file)).unwrap();
        let expect: Expect = toml::from_str(&read("expect.toml")).unwrap();
        let session = session(&database.url()).await;
        for (file, mut wanted) in [
            ("broken.sql", expect.lint.clone()),
            ("repaired.sql", Vec::new()),
        ] {
            match lint(&session, &scope, &read(file)).await {
                Err(error) => wrong.push(format!("{name}/{file}: {error}")),
                Ok(mut findings) => {
                    // Roles are the server's, and breaks of other tests open some for a moment.
                    findings.retain(|one| !one.message.contains("_stranger:"));
                    let mut rules: Vec<_> = findings.iter().map(|one| one.rule.clone()).collect();
                    rules.sort();
                    rules.dedup();
                    wanted.sort();
                    if rules != wanted {
                        let messages: Vec<_> = findings
                            .iter()
                            .map(|one| format!("\n    {}: {}", one.rule, one.message))
                            .collect();
                        wrong.push(format!(
                            "{name}/{file}: expected {wanted:?}, found {rules:?}{}",
                            messages.concat()
                        ));
                    }
                }
            }
        }
        for rule in &expect.lint {
            let check = lint::checks()
                .find(|check| check.name == rule)
                .unwrap_or_else(|| panic!("{name}: {rule}"));
            if expect.lint.len() == 1
                && !check.after.contains(&expect.pitfall)
                && !check.after.starts_with("splinter")
            {
                wrong.push(format!(
                    "{name}: {rule} is after {}, not {}",
                    check.after, expect.pitfall
                ));
            }
        }
        seen.extend(expect.lint);
    }
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    // Every check has its case, or a break where it takes a policy file or what lies beyond the schema.
    let unseen: Vec<_> = lint::checks()
        .map(|check| check.name)
        .filter(|name| !seen.iter().any(|one| one == name))
        .filter(|name| !crate::policy::breaks::has_one_for(name))
        .collect();
    assert!(unseen.is_empty(), "without a case: {unseen:?}");
}

/// What a case means to allow: what most cases mean with what the case adds, perhaps another `item`, or a file of its own.
fn intent(case: &Path) -> String {
    let common = std::fs::read_to_string(folder().join("intent.toml")).unwrap();
    match std::fs::read_to_string(case.join("intent.toml")) {
        Err(_) => common,
        Ok(own) if own.contains("[policies]") => own,
        Ok(own) if own.contains("[tables.item]") => {
            format!("{}\n{own}", common.split("[tables.item]").next().unwrap())
        }
        Ok(more) => format!("{common}\n{more}"),
    }
}

/// The statements that declare what a policy file speaks of.
fn declared(sql: &str) -> String {
    let is_read = |statement: &&str| {
        let known = [
            "create table",
            "create view",
            "create function",
            "create materialized view",
        ];
        let beyond = ["(like ", " partition of "];
        known
            .iter()
            .any(|start| statement.trim_start().starts_with(start))
            && !beyond.iter().any(|part| statement.contains(part))
    };
    let statements: Vec<_> = sql.split(";\n").filter(is_read).collect();
    format!("create schema leak;\n{};\n", statements.join(";\n"))
}

/// Makes a schema in a transaction, proves it against what it means to allow, and rolls back. Returns the pitfalls
/// that were named, and what was found in full.
async fn prove(
    session: &Session,
    case: &Path,
    file: &str,
) -> Result<Vec<(String, String)>, String> {
    let read = |file: &str| std::fs::read_to_string(case.join(file)).unwrap();
    let folder = project_of(&[
        (
            "sql/leak/V001__create.sql",
            &declared(&read("repaired.sql")),
        ),
        ("policies/leak.toml", &intent(case)),
    ]);
    let told = |error: workroom::Error| format!("{error} {:?} {:?}", error.causes, error.hints);
    let project = Project::read(Tree::Folder(folder.path().to_path_buf())).map_err(told)?;
    let rendered =
        policy::load(&project, &project.systems["leak"], Dialect::Postgres).map_err(told)?;
    let rendered = rendered.ok_or("no policy file")?;
    let proof_options = ProofOptions {
        schemas: &["leak"],
        is_clone: false,
        is_open: true,
        mutates: false,
        triggers: false,
        part: None,
    };
    let made = session
        .run("making", &format!("begin;{};reset role", read(file)))
        .await;
    let proof = match made {
        Ok(_) => {
            let connect: Box<Connect<'_>> =
                Box::new(|target| Box::pin(async move { Session::connect(&target).await }));
            workroom::prove::prove(session, &connect, &rendered, &proof_options, &Silent).await
        }
        Err(error) => Err(error),
    };
    session.run("undoing", "rollback").await.map_err(told)?;
    let proof = proof.map_err(told)?;
    let mut found: Vec<_> = proof
        .counterexamples
        .iter()
        .map(|one| {
            let text = format!(
                "{} {} ({}): expected {}, found {}; {}; {}",
                one.command,
                one.object,
                one.kind,
                one.expected,
                one.found,
                one.persona,
                one.responsible
            );
            (one.pitfall.unwrap_or_default().to_owned(), text)
        })
        .collect();
    found.extend(
        proof
            .unseen
            .iter()
            .map(|table| (String::new(), format!("nobody sees {table}"))),
    );
    let lone = proof.lone.iter();
    found.extend(lone.map(|table| (String::new(), format!("one tenant alone has {table}"))));
    Ok(found)
}

#[tokio::test]
async fn what_execution_shows_is_proven_and_its_repaired_twin_holds() {
    // A proof acts as every role of the server, those that other tests make and drop included.
    let server = own_server(NEWEST);
    let only = std::env::var("LEAK").ok();
    let (mut wrong, mut proven) = (Vec::new(), 0);
    for case in cases() {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(case.join("expect.toml")).unwrap();
        let expect: Expect = toml::from_str(&text).unwrap();
        if only.as_ref().map_or(expect.prove.is_empty(), |only| {
            *only != name && only != "all"
        }) {
            continue;
        }
        proven += 1;
        for file in ["broken.sql", "repaired.sql"] {
            let session = session(&server.url()).await;
            let found = match prove(&session, &case, file).await {
                Ok(found) => found,
                Err(error) => {
                    wrong.push(format!("{name}/{file}: {error}"));
                    continue;
                }
            };
            let is_right = if file == "broken.sql" {
                !found.is_empty()
                    && expect
                        .prove
                        .iter()
                        .all(|one| found.iter().any(|(pitfall, _)| pitfall == one))
            } else {
                found.is_empty()
            };
            if !is_right || only.is_some() {
                let lines: Vec<_> = found
                    .iter()
                    .map(|(pitfall, text)| format!("\n    {pitfall} {text}"))
                    .collect();
                wrong.push(format!(
                    "{name}/{file}: expected {:?}{}",
                    expect.prove,
                    lines.concat()
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(proven >= 70, "{proven}");
}
