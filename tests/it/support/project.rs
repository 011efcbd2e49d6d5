//! A project in a temporary folder whose path has a blank and a letter beyond ASCII.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::command::{Running, Workroom, workroom};
use super::server::{NEWEST, TestDatabase};

/// The `workroom.toml` of a project that names none of its own.
pub(crate) const SHOP: &str = "\
[project]
name = \"shop\"

[systems.shop]
title = \"Shop\"
schemas = [\"shop\"]
";

/// The first migration of most tests.
pub(crate) const ORDERS: (&str, &str) = (
    "sql/shop/V001__create_orders.sql",
    "create schema shop;\n\
     create table shop.orders (id int primary key, note text);\n",
);

/// A project's files, and a database to deploy them to.
pub(crate) struct TestProject {
    _temporary: TempDir,
    folder: PathBuf,
    database: Option<TestDatabase>,
}

impl TestProject {
    /// A project with these files; one without `workroom.toml` gets that of the shop. It has no database.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let temporary = TempDir::new().unwrap();
        let project = Self {
            folder: temporary.path().join("my prójects"),
            _temporary: temporary,
            database: None,
        };
        project.write("workroom.toml", SHOP);
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    /// A project with these files and an empty database.
    pub(crate) fn with_database(files: &[(&str, &str)]) -> Self {
        Self::on_major(NEWEST, files)
    }

    /// A project with these files and an empty database on a server of a major version.
    pub(crate) fn on_major(major: u32, files: &[(&str, &str)]) -> Self {
        Self {
            database: Some(TestDatabase::new(major)),
            ..Self::new(files)
        }
    }

    /// The same project with an empty database.
    pub(crate) fn with_a_database(mut self) -> Self {
        self.database = Some(TestDatabase::new(NEWEST));
        self
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its database.
    pub(crate) fn database(&self) -> &TestDatabase {
        self.database.as_ref().expect("a project with a database")
    }

    /// Writes a file, over what was there.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Removes a file or a folder.
    pub(crate) fn remove(&self, path: &str) {
        let path = self.folder.join(path);
        if path.is_dir() {
            std::fs::remove_dir_all(path).unwrap();
        } else {
            std::fs::remove_file(path).unwrap();
        }
    }

    /// `workroom` in this folder, on this database if there is one.
    pub(crate) fn workroom(
        &self,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Workroom {
        let workroom = workroom(arguments).within(&self.folder);
        match &self.database {
            None => workroom,
            Some(database) => workroom
                .on(&database.url())
                .hide(database.socket_folder(), "[socket]")
                .hide(database.name(), "[database]"),
        }
    }

    /// Runs `workroom` to its end.
    #[must_use = "compare the output, which ends with the exit status"]
    pub(crate) fn run(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> String {
        self.workroom(arguments).run()
    }

    /// Starts `workroom`.
    pub(crate) fn start(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Running {
        self.workroom(arguments).start()
    }

    /// Runs `db migrate`, which must succeed.
    #[track_caller]
    pub(crate) fn migrate(&self) {
        let output = self.run(["db", "migrate"]);
        assert!(output.ends_with("exit status: 0\n"), "{output}");
    }

    /// Runs `db migrate`, which must succeed: the names of what it applied.
    #[track_caller]
    pub(crate) fn applies(&self) -> Vec<String> {
        let output = self.run(["db", "migrate"]);
        assert!(output.ends_with("exit status: 0\n"), "{output}");
        let (table, _) = output.split_once("----- stderr -----").unwrap();
        let rows = table.lines().skip(2);
        rows.filter_map(|row| row.split_whitespace().nth(1).map(str::to_owned))
            .collect()
    }

    /// Runs `db migrate`, which must find nothing to do and say nothing else.
    #[track_caller]
    pub(crate) fn finds_nothing_to_do(&self) {
        let output = self.run(["db", "migrate"]);
        let (said, rest) = output.split_once('\n').unwrap();
        assert!(said.starts_with("nothing to do: "), "{output}");
        assert_eq!(rest, "----- stderr -----\nexit status: 0\n");
    }

    /// The rows of a query on its database.
    pub(crate) fn query(&self, sql: &str) -> Vec<String> {
        self.database().query(sql)
    }
}
