//! The project as it would be, in a folder that is gone afterwards: what is said of it beforehand is what it is.

use std::collections::BTreeMap;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use super::file::ProjectFile;
use crate::commands::db::import::Prepared;
use crate::commands::{Context, db, lint, policy};
use crate::error::{Error, Result};
use crate::files::{PROJECT_FILE, replace, write_new};
use crate::report::{Block, Finding, Report, Severity};
use crate::server::secret;

/// A folder that nobody else may look into.
pub(super) struct Staged {
    folder: PathBuf,
}

impl Staged {
    /// Makes it, with files and the folder of a system's migrations.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(super) fn new(files: &[(&str, String)], system: &str) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("workroom-{}", secret()?));
        let failed = |error: std::io::Error| {
            Error::refused(format!("{} cannot be made", folder.display()))
                .because(error)
                .hint("name another folder for what is temporary with TMPDIR")
        };
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .map_err(failed)?;
        let staged = Self { folder };
        std::fs::create_dir_all(staged.folder.join("sql").join(system)).map_err(|error| {
            Error::refused("the folder of migrations cannot be made").because(error)
        })?;
        let files = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), text.clone()));
        staged.write(&files.collect::<Vec<_>>())?;
        Ok(staged)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes new files.
    pub(super) fn write(&self, files: &[(String, String)]) -> Result<()> {
        let files = files
            .iter()
            .map(|(path, text)| (path.clone(), text.clone().into_bytes()));
        write_new(&self.folder, &files.collect::<Vec<_>>())
    }

    /// Writes a file anew.
    pub(super) fn rewrite(&self, path: &str, text: &str) -> Result<()> {
        replace(&self.folder.join(path), text)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // What is left is in the folder of what is temporary.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// What the first checks say.
pub(super) struct Looked {
    checks: (usize, usize),
    all: Vec<Finding>,
    pending: Vec<Finding>,
    policy: Result<Vec<Finding>>,
}

impl Looked {
    /// Runs them, and accepts in the project's file what they find.
    ///
    /// # Errors
    /// When the files or the database cannot be read.
    pub(super) async fn at(
        context: &Context,
        staged: &Staged,
        prepared: &Prepared,
        project: &mut ProjectFile,
    ) -> Result<Self> {
        let all = findings(lint::run(context, &linting(Some(-1))).await?);
        let mut rules: BTreeMap<String, usize> = BTreeMap::new();
        for finding in findings(lint::run(context, &linting(None)).await?) {
            if finding.severity <= Severity::Warning {
                *rules.entry(finding.rule).or_default() += 1;
            }
        }
        for (rule, count) in &rules {
            project.allow(rule, *count);
        }
        let names: Vec<&str> = prepared.pending().collect();
        let pending = all
            .iter()
            .filter(|finding| names.contains(&finding.place.path.as_str()));
        let pending = pending.cloned().collect();
        // What is not applied is not there: the next deployment brings it.
        for path in &names {
            std::fs::remove_file(staged.folder.join(path)).map_err(|error| {
                Error::refused(format!("{path} cannot be set aside")).because(error)
            })?;
        }
        let verified = db::verify::run(context, &db::verify::Arguments {}).await?;
        let mut checks = (0, 0);
        for block in verified.blocks {
            let Block::Checks { checks: some, .. } = block else {
                continue;
            };
            checks.0 += some.len();
            for check in some.iter().filter(|check| !check.passed) {
                checks.1 += 1;
                project.accept(&check.key, &check.found);
            }
        }
        let arguments = policy::lint::Arguments {
            checks: false,
            explain: None,
        };
        staged.rewrite(PROJECT_FILE, &project.text())?;
        let policy = policy::lint::run(context, &arguments).await.map(findings);
        Ok(Self {
            checks,
            all,
            pending,
            policy,
        })
    }

    /// In words.
    pub(super) fn told(&self) -> String {
        let policy = match &self.policy {
            Ok(findings) => counted(findings),
            Err(error) => format!("not possible: {error}"),
        };
        format!(
            "first `db verify`: {} checks, {} of them fail\nfirst `policy lint`: {policy}\nfirst `lint --pending`: {}; `lint --after 0`, with what was there before: {}",
            self.checks.0,
            self.checks.1,
            counted(&self.pending),
            counted(&self.all)
        )
    }
}

fn linting(after: Option<i64>) -> lint::Arguments {
    lint::Arguments {
        files: Vec::new(),
        after,
        pending: false,
        since: None,
        deny: Severity::Warning,
        fix: false,
        rules: false,
        explain: None,
    }
}

fn findings(report: Report) -> Vec<Finding> {
    let blocks = report.blocks.into_iter().filter_map(|block| match block {
        Block::Findings { findings, .. } => Some(findings),
        _ => None,
    });
    blocks.flatten().collect()
}

fn counted(findings: &[Finding]) -> String {
    let of = |severity: Severity| {
        findings
            .iter()
            .filter(|one| one.severity == severity)
            .count()
    };
    match findings.len() {
        0 => "nothing found".to_owned(),
        _ => format!(
            "{} errors, {} warnings, {} notes",
            of(Severity::Error),
            of(Severity::Warning),
            of(Severity::Note)
        ),
    }
}
