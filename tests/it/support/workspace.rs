//! A project in a temporary folder and a database of its own, with commands run in this process.

use std::path::Path;

use clap::Parser;
use workroom::cli::{self, Cli};
use workroom::commands::Context;
use workroom::event::Silent;
use workroom::files::Tree;
use workroom::output::{Style, diagnostic, render};

use super::server::{NEWEST, TestDatabase};

/// A project's folder and a database.
pub(crate) struct Workspace {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) database: TestDatabase,
}

/// What a command said, and its exit status.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: u8,
    pub(crate) text: String,
}

impl Said {
    /// The text of a command that did what it was asked.
    #[track_caller]
    pub(crate) fn done(self) -> String {
        assert_eq!(self.status, 0, "{}", self.text);
        self.text
    }

    /// The text of a command that could not.
    #[track_caller]
    pub(crate) fn refused(self) -> String {
        assert_eq!(self.status, 2, "{}", self.text);
        self.text
    }
}

impl Workspace {
    /// A project with one system `shop`, which has the schema `shop`.
    pub(crate) fn new() -> Self {
        Self::with(&["shop"])
    }

    /// A project with these systems, each with a schema of its name.
    pub(crate) fn with(systems: &[&str]) -> Self {
        Self::on(NEWEST, systems)
    }

    /// The same on the server of a major version.
    pub(crate) fn on(major: u32, systems: &[&str]) -> Self {
        let workspace = Self {
            folder: tempfile::tempdir().unwrap(),
            database: TestDatabase::new(major),
        };
        let mut project = format!(
            "[project]\nname = \"test\"\ndefault_system = \"{}\"\n",
            systems[0]
        );
        for system in systems {
            project.push_str(&format!(
                "[systems.{system}]\ntitle = \"{system}\"\nschemas = [\"{system}\"]\n"
            ));
        }
        workspace.write("workroom.toml", &project);
        workspace
    }

    /// `db dump` of a schema of a database, by a project that has nothing else.
    #[track_caller]
    pub(crate) fn dump_of(database: &TestDatabase, schema: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let project = format!(
            "[project]\nname = \"dumped\"\n[systems.dumped]\ntitle = \"dumped\"\nschemas = [\"{schema}\"]\n"
        );
        std::fs::write(folder.path().join("workroom.toml"), project).unwrap();
        std::fs::create_dir_all(folder.path().join("sql/dumped")).unwrap();
        run_in(folder.path(), &database.url(), &["db", "dump"]).done()
    }

    /// Writes a file, and the folders above it.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Runs `workroom …` on this project and database.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        self.run_on(&self.database, arguments)
    }

    /// Runs `workroom …` on this project and another database.
    pub(crate) fn run_on(&self, database: &TestDatabase, arguments: &[&str]) -> Said {
        self.run_at(&database.url(), arguments)
    }

    /// Runs `workroom …` on this project and the database of a URL.
    pub(crate) fn run_at(&self, url: &str, arguments: &[&str]) -> Said {
        run_in(self.folder.path(), url, arguments)
    }

    /// `workroom db migrate`, which must succeed.
    #[track_caller]
    pub(crate) fn migrate(&self) -> String {
        self.run(&["db", "migrate"]).done()
    }
}

/// Runs `workroom …` in a folder, on the database of a URL.
fn run_in(folder: &Path, url: &str, arguments: &[&str]) -> Said {
    let all = ["workroom", "--database-url", url];
    let cli = match Cli::try_parse_from(all.iter().chain(arguments)) {
        Ok(cli) => cli,
        Err(error) => {
            return Said {
                status: 2,
                text: error.to_string(),
            };
        }
    };
    let folder = folder.to_path_buf();
    std::thread::scope(|scope| {
        let run = || {
            let context = Context::new(
                cli.global.clone(),
                folder,
                Box::new(Silent),
                Tree::Folder(env!("CARGO_MANIFEST_DIR").into()),
            );
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            match runtime.block_on(cli::run(&context, &cli.command)) {
                Ok(report) => {
                    let found = report.outcome == workroom::report::Outcome::Found;
                    let mistakes = report.mistakes.as_ref();
                    let text = render(&report, cli.global.format, Style::plain());
                    Said {
                        status: mistakes.map_or(u8::from(found), |error| error.kind.exit_status()),
                        text: mistakes.map_or(text.clone(), |error| {
                            text + &diagnostic(error, Style::plain())
                        }),
                    }
                }
                Err(error) => Said {
                    status: error.kind.exit_status(),
                    text: diagnostic(&error, Style::plain()),
                },
            }
        };
        // As much as the program's first thread has.
        let thread = std::thread::Builder::new().stack_size(8 << 20);
        let thread = thread.spawn_scoped(scope, run).unwrap();
        thread.join().expect("the command did not panic")
    })
}
