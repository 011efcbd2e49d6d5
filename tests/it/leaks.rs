//! Small broken schemas, one pitfall each: found in `broken.sql` by the right name, and nothing in `repaired.sql`.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use workroom::database::{Session, Target};
use workroom::files::Tree;
use workroom::policy::lint::{self, Scope};
use workroom::project::Project;
use workroom::report::Finding;

use crate::support::server::{NEWEST, TestDatabase};

/// What a case expects.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    /// The pitfall of docs and research.
    pitfall: String,
    /// The checks that find it; none other may.
    lint: Vec<String>,
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cases/leaks");
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    cases
}

/// A project with one system `leak` and no policy file.
fn project() -> (tempfile::TempDir, Project) {
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
    write("sql/leak/V001__create.sql", "create schema leak;\n");
    let project = Project::read(Tree::Folder(folder.path().to_path_buf())).unwrap();
    (folder, project)
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
    let session = Session::connect(&Target::parse(&database.url()).unwrap())
        .await
        .unwrap();
    let (_folder, project) = project();
    let scope = Scope::new(&project, &project.systems["leak"], None);
    let cases = cases();
    assert!(cases.len() >= 50, "{}", cases.len());
    let mut wrong = Vec::new();
    let mut seen = Vec::new();
    for case in &cases {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let read = |file: &str| std::fs::read_to_string(case.join(file)).unwrap();
        let expect: Expect = toml::from_str(&read("expect.toml")).unwrap();
        for (file, mut wanted) in [
            ("broken.sql", expect.lint.clone()),
            ("repaired.sql", Vec::new()),
        ] {
            match lint(&session, &scope, &read(file)).await {
                Err(error) => wrong.push(format!("{name}/{file}: {error}")),
                Ok(findings) => {
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
                && !check.after.starts_with('§')
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
    // Every check has its case.
    let unseen: Vec<_> = lint::checks()
        .map(|check| check.name)
        .filter(|name| !seen.iter().any(|one| one == name))
        .collect();
    assert!(unseen.is_empty(), "without a case: {unseen:?}");
}
