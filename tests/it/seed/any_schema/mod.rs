//! `seed init` ends in a file that loads, whatever the schema: each in a schema of its own in one database.

mod described;
mod made_up;

use std::path::Path;

use tempfile::TempDir;

use crate::support::command::workroom;
use crate::support::server::{NEWEST, TestDatabase};

/// What a schema may need.
const EXTENSIONS: &str = "create extension ltree; create extension hstore; create extension citext; create extension isn; \
     create extension cube; create extension vector; create extension btree_gist;";

/// A database with the extensions, and a folder for projects.
struct Site {
    database: TestDatabase,
    folder: TempDir,
}

impl Site {
    fn new() -> Self {
        let database = TestDatabase::new(NEWEST);
        database.execute(EXTENSIONS);
        Self {
            database,
            folder: TempDir::new().unwrap(),
        }
    }

    /// Deploys a schema by hand.
    fn deploy(&self, schema: &str, sql: &str) {
        let sql = sql.replace("{schema}", schema);
        self.database.execute(&format!(
            "create schema {schema}; set search_path = {schema}, public; {sql}"
        ));
        let folder = self.folder.path().join(schema);
        std::fs::create_dir(&folder).unwrap();
        let project = format!(
            "[project]\nname = \"any\"\n\n[systems.any]\ntitle = \"Any\"\nschemas = [\"{schema}\"]\n"
        );
        std::fs::write(folder.join("workroom.toml"), project).unwrap();
        std::fs::create_dir_all(folder.join("sql/any")).unwrap();
        std::fs::write(folder.join("sql/any/V001__nothing.sql"), "select 1;\n").unwrap();
    }

    fn run(&self, schema: &str, arguments: &[&str]) -> String {
        let folder = self.folder.path().join(schema);
        workroom(arguments)
            .within(&folder)
            .on(&self.database.url())
            .run()
    }

    fn file(&self, schema: &str) -> String {
        let path = self.folder.path().join(schema).join("seeds/any.toml");
        std::fs::read_to_string(path).unwrap_or_default()
    }

    /// Writes a first file, loads it, and returns the tables that are empty.
    fn load(&self, schema: &str) -> Result<Vec<String>, String> {
        let init = self.run(schema, &["seed", "init", "-q"]);
        let into = ["seed", "run", "-q", "--into", self.database.name()];
        let run = self.run(schema, &into);
        for output in [&init, &run] {
            if !output.ends_with("exit status: 0\n") {
                return Err(format!("{init}\n{run}\n{}", self.file(schema)));
            }
        }
        let tables = self.database.query(&format!(
            "select c.relname from pg_class as c where c.relnamespace = '{schema}'::regnamespace and c.relkind in ('r', 'p') \
             and not c.relispartition order by 1"
        ));
        let is_empty = |table: &String| {
            let table = format!("{schema}.\"{}\"", table.replace('"', "\"\""));
            self.database
                .query(&format!("select exists (select from {table})"))
                == ["f"]
        };
        Ok(tables.into_iter().filter(is_empty).collect())
    }
}

/// Schemas that people have.
const SCHEMAS: &str = include_str!("schemas.sql");

/// Schemas that are odd, four in each part.
const ODD: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/it/seed/any_schema/odd.sql"
);

/// The schemas of a file: name, tables that stay empty, statements.
fn known(text: &str) -> Vec<(&str, Vec<&str>, &str)> {
    let parts = text.split("--- ").skip(1);
    parts
        .map(|part| {
            let (head, sql) = part.split_once('\n').unwrap();
            let (name, empty) = head.split_once(" | ").unwrap_or((head, ""));
            let empty = empty.split(", ").filter(|name| !name.is_empty());
            (name, empty.collect(), sql)
        })
        .collect()
}

#[test]
fn a_first_file_loads_and_leaves_out_only_what_cannot_be_filled() {
    loads(SCHEMAS);
}

#[test]
fn a_first_file_of_an_odd_schema_loads() {
    loads(&std::fs::read_to_string(ODD).unwrap());
}

#[track_caller]
fn loads(schemas: &str) {
    let site = Site::new();
    let mut wrong = Vec::new();
    for (at, (name, empty, sql)) in known(schemas).into_iter().enumerate() {
        let schema = format!("any_{at}");
        site.deploy(&schema, sql);
        match site.load(&schema) {
            Ok(found) if found == empty => {}
            Ok(found) => wrong.push(format!(
                "{name}: {found:?} are empty\n{}",
                site.file(&schema)
            )),
            Err(output) => wrong.push(format!("{name}: {output}")),
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\n{} schemas",
        wrong.join("\n\n"),
        wrong.len()
    );
}

/// Schemas that are made up; more with `WORKROOM_SEED_SCHEMAS`.
#[test]
fn a_first_file_of_a_schema_that_is_made_up_loads() {
    let count = std::env::var("WORKROOM_SEED_SCHEMAS");
    let count = count.ok().and_then(|count| count.parse().ok()).unwrap_or(3);
    let site = Site::new();
    let mut wrong = Vec::new();
    let mut empty = 0;
    for number in 0..count {
        let schema = format!("made_{number}");
        site.deploy(&schema, &made_up::schema(number));
        match site.load(&schema) {
            Ok(found) => empty += found.len(),
            Err(output) => wrong.push(format!("{}\n{output}", made_up::schema(number))),
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\n{} schemas",
        wrong.join("\n\n"),
        wrong.len()
    );
    assert_eq!(empty, 0, "every table of these can be filled");
}

/// A file in a folder, as the tests read it.
#[test]
fn what_is_left_out_stands_in_the_file_with_the_reason() {
    let site = Site::new();
    let (.., sql) = known(SCHEMAS)
        .into_iter()
        .find(|(name, ..)| *name == "what cannot be filled")
        .unwrap();
    site.deploy("part", sql);
    let said = site.run("part", &["seed", "init", "-q"]);
    insta::assert_snapshot!("what_is_left_out", said);
    let file = site.file("part");
    let (_, tables) = file.split_once("months = 12\n").unwrap();
    insta::assert_snapshot!("a_file_with_tables_left_out", tables);
    assert!(Path::new(&site.folder.path().join("part/seeds/any.toml")).exists());
}
