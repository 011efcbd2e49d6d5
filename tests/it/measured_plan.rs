//! `workroom db plan --measure` as its users run it.

use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;

use crate::support::server::{NEWEST, TestDatabase, query, server};

pub(crate) struct Case {
    folder: tempfile::TempDir,
    pub(crate) database: TestDatabase,
}

impl Case {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = "[project]\nname = \"shop\"\n\n[systems.shop]\ntitle = \"Shop\"\nschemas = [\"shop\"]\n";
        let case = Self {
            folder,
            database: TestDatabase::new(NEWEST),
        };
        case.write("workroom.toml", config);
        for (path, text) in files {
            case.write(path, text);
        }
        case
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Exit status, standard output, standard error; times are replaced.
    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_workroom"))
            .args(arguments)
            .current_dir(Path::new(self.folder.path()))
            .env("DATABASE_URL", self.database.url())
            .output()
            .unwrap();
        (
            output.status.code().unwrap(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    }

    pub(crate) fn plan(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut all = vec!["db", "plan", "--measure", "--beside"];
        all.extend(arguments);
        self.run(&all)
    }
}

pub(crate) const CREATE: (&str, &str) = (
    "sql/shop/V001__create.sql",
    "create schema shop;\n\
     create table shop.clients (id int primary key, email text check (email = lower(email) and email like '_%@_%'));\n\
     create table shop.orders (\n  id int primary key, client_id int, note text, amount int,\n  \
     status text not null check (status in ('open', 'closed'))\n);\n",
);

/// Lines without the column of milliseconds, which comes last, and without the widths that follow from it.
fn without_times(text: &str) -> String {
    let line = |line: &str| {
        let line = line.trim_end();
        let time = line.rfind(' ').filter(|at| {
            let last = &line[at + 1..];
            last.contains('.') && last.parse::<f64>().is_ok()
        });
        let mut line = time.map_or(line, |at| line[..at].trim_end()).to_owned();
        while line.contains("   ") {
            line = line.replace("   ", "  ");
        }
        if line.starts_with('─') {
            "─".to_owned()
        } else {
            line
        }
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_report_shows_locks_rewrites_and_scans_also_of_blocks_and_concurrent_builds() {
    let case = Case::new(&[
        CREATE,
        (
            "sql/shop/V002__change.sql",
            "alter table shop.orders add column currency text;\n\
             do $$ begin\n  alter table shop.orders alter column amount type bigint;\nend $$;\n\
             create table shop.lines (id int primary key, order_id int references shop.orders);\n",
        ),
        (
            "sql/shop/V003__index.sql",
            "--! no-transaction\ncreate index concurrently orders_note_idx on shop.orders (note);\nvacuum shop.orders;\n",
        ),
    ]);
    assert_eq!(case.run(&["db", "migrate", "--to", "1"]).0, 0);
    let (status, said, _) = case.plan(&[]);
    assert_eq!(status, 1);
    assert_snapshot!(without_times(&said));
}

#[test]
fn nothing_is_left_behind_and_the_target_is_as_it_was() {
    let case = Case::new(&[
        CREATE,
        (
            "sql/shop/V002__change.sql",
            "alter table shop.orders add column currency text;\n",
        ),
    ]);
    assert_eq!(case.run(&["db", "migrate", "--to", "1"]).0, 0);
    let state = "select count(*) from pg_attribute where attrelid = 'shop.orders'::regclass";
    let before = case.database.query(state);
    let (status, said, _) = case.plan(&[]);
    assert_eq!(status, 0, "{said}");
    assert_eq!(case.database.query(state), before);
    assert_eq!(
        case.database.query("select count(*) from shop.orders"),
        ["0"]
    );
    // Other tests have copies of their own at the same time, each for a moment.
    let copies = "select 1 from pg_database as copy where datname like 'workroom_scratch_%' \
         and not exists (select from pg_stat_activity where datid = copy.oid)";
    let is_clean = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        query(&server(NEWEST).url(), copies).is_empty()
    });
    assert!(is_clean, "a copy was left behind");
}

#[test]
fn a_plan_that_fails_says_where_before_anything_happened() {
    let case = Case::new(&[
        CREATE,
        (
            "sql/shop/V002__change.sql",
            "alter table shop.orders add column currency text;\nalter table shop.ordres drop column note;\n",
        ),
    ]);
    assert_eq!(case.run(&["db", "migrate", "--to", "1"]).0, 0);
    let (status, said, complaint) = case.plan(&[]);
    assert_eq!((status, said.as_str()), (2, ""));
    assert!(
        complaint.contains("fails on a copy of the schema"),
        "{complaint}"
    );
    assert!(
        complaint.contains("sql/shop/V002__change.sql:2:1"),
        "{complaint}"
    );
}

#[test]
fn made_up_rows_that_are_in_the_way_are_put_aside() {
    let case = Case::new(&[
        CREATE,
        (
            "sql/shop/V002__change.sql",
            "alter table shop.orders add constraint orders_note_check check (note like 'N-%');\n",
        ),
    ]);
    assert_eq!(case.run(&["db", "migrate", "--to", "1"]).0, 0);
    let (status, said, complaint) = case.plan(&[]);
    assert_eq!(status, 1, "{said}{complaint}");
    assert!(said.contains("(rows put aside)"), "{said}");
    assert!(said.contains("measured-scan"), "{said}");
}

#[test]
fn what_is_meant_is_allowed_where_it_stands() {
    let case = Case::new(&[
        CREATE,
        (
            "sql/shop/V002__change.sql",
            "-- workroom: allow measured-scan because the table has forty rows\n\
             alter table shop.orders alter column note set not null;\n",
        ),
    ]);
    let (status, said, _) = case.plan(&["--after", "1"]);
    assert_eq!(status, 0, "{said}");
    assert!(
        said.contains("statements measured: 1: nothing found"),
        "{said}"
    );
    let (_, said, _) = case.run(&["lint"]);
    assert!(!said.contains("unused-allow"), "{said}");
}

#[test]
fn sizes_of_the_real_tables_give_an_estimate() {
    let case = Case::new(&[
        CREATE,
        (
            "sql/shop/V002__change.sql",
            "alter table shop.orders alter column note set not null;\n",
        ),
        (
            "stats.json",
            "{\"tables\": {\"shop.orders\": {\"rows\": 90000000, \"pages\": 1220703, \"index_pages\": 240000}}}",
        ),
    ]);
    assert_eq!(case.run(&["db", "migrate", "--to", "1"]).0, 0);
    // 10 GB at 100 MB a second; a busy machine may need longer to look at the rows.
    let (_, said, _) = case.plan(&["--stats", "stats.json"]);
    let worst = said.split(" under that lock").next();
    let worst = worst.and_then(|text| text.rsplit(" to ").next()).unwrap();
    let seconds = worst
        .strip_suffix(" s")
        .map(|number| number.parse::<f64>().unwrap());
    assert!(seconds.is_none_or(|seconds| seconds >= 100.0), "{said}");
    let (_, said, _) = case.plan(&["--stats", "target"]);
    assert!(said.contains("not known: never analyzed"), "{said}");
    case.write("stats.json", "{\"tables\": [\n]}");
    let (status, _, complaint) = case.plan(&["--stats", "stats.json"]);
    assert_eq!(status, 2);
    assert!(complaint.contains("--> stats.json:"), "{complaint}");
}

#[test]
fn a_target_whose_files_do_not_run_again_is_dumped() {
    let case = Case::new(&[
        (
            "sql/shop/V001__create.sql",
            "alter table shop.orders add column note text;\n",
        ),
        (
            "sql/shop/V002__change.sql",
            "alter table shop.orders alter column note set not null;\n",
        ),
    ]);
    // The table comes from elsewhere.
    case.database
        .execute("create schema shop; create table shop.orders (id int primary key)");
    assert_eq!(case.run(&["db", "migrate", "--to", "1"]).0, 0);
    let (status, said, complaint) = case.run(&["db", "plan", "--measure"]);
    assert_eq!(status, 1, "{said}{complaint}");
    assert!(said.contains("from a dump of the schema"), "{said}");
    assert!(said.contains("measured-scan"), "{said}");
}

#[test]
fn versions_can_be_taken_as_applied_and_every_format_names_the_place() {
    let case = Case::new(&[
        CREATE,
        (
            "sql/shop/V002__change.sql",
            "alter table shop.orders alter column note set not null;\n",
        ),
    ]);
    let (status, said, _) = case.plan(&["--after", "1", "--format", "github"]);
    assert_eq!(status, 1);
    assert_snapshot!(said);
    for format in ["json", "sarif", "junit"] {
        let (status, said, _) = case.plan(&["--after", "1", "--format", format]);
        assert_eq!(status, 1);
        assert!(said.contains("measured-scan"), "{said}");
        assert!(said.contains("sql/shop/V002__change.sql"), "{said}");
    }
    assert!(
        case.plan(&["--after", "2"])
            .1
            .contains("nothing to measure")
    );
}

#[test]
fn what_stands_on_a_changed_table_moves_as_it_will_and_its_locks_are_shown() {
    for manner in ["", "--! no-transaction\n"] {
        let case = Case::new(&[
            CREATE,
            (
                "views/shop/open_orders.sql",
                "create or replace view shop.open_orders as select id, amount from shop.orders where status = 'open';\n",
            ),
        ]);
        let (status, _, complaint) = case.run(&["db", "migrate"]);
        assert_eq!(status, 0, "{complaint}");
        case.write(
            "sql/shop/V002__change.sql",
            &format!("{manner}alter table shop.orders add column currency text;\nalter table shop.orders alter column amount type bigint;\n"),
        );
        let (status, said, complaint) = case.plan(&[]);
        assert_eq!(status, 1, "{said}{complaint}");
        assert!(
            said.contains("AccessExclusive on shop.open_orders"),
            "{said}"
        );
        assert!(
            said.contains("AccessExclusive on `shop.orders` keeps out"),
            "{said}"
        );
        let (status, _, complaint) = case.run(&["db", "migrate"]);
        assert_eq!(status, 0, "{complaint}");
        // What was planned is what was done, and nothing of it was left in the target before.
        assert!(case.plan(&[]).1.contains("nothing to measure"));
    }
}

const POLICIES: &str = "\
[policies]\ntenant_column = \"tenant_id\"\n\
[roles.mp_agent]\nkind = \"application\"\nname = \"agent\"\n\
[context.tenant]\nsetting = \"app.current_tenant\"\n\
[tables.customers.matrix]\n\"*\" = { select = \"all\" }\n\
[tables.orders.matrix]\n\"*\" = { select = \"all\", insert = \"all\" }\n";

#[test]
fn policies_are_measured_by_what_differs_from_those_that_are_there() {
    let table = |name: &str| {
        format!(
            "create table shop.{name} (tenant_id uuid not null, id int not null, note text, primary key (tenant_id, id));\n"
        )
    };
    let create = format!(
        "create schema shop;\n{}{}",
        table("customers"),
        table("orders")
    );
    let config = "[project]\nname = \"shop\"\n\n[systems.shop]\ntitle = \"Shop\"\nschemas = [\"shop\"]\ntenant = \"tenant_id\"\n";
    let case = Case::new(&[
        ("workroom.toml", config),
        ("sql/shop/V001__create.sql", &create),
        ("policies/shop.toml", POLICIES),
    ]);
    let (status, _, complaint) = case.run(&["db", "migrate"]);
    assert_eq!(status, 0, "{complaint}");
    case.write("sql/shop/V002__more.sql", &table("lines"));
    case.write(
        "policies/shop.toml",
        &format!(
            "{}[roles.mp_clerk]\nkind = \"application\"\nname = \"clerk\"\n\
             [tables.lines.matrix]\nagent = {{ select = \"all\" }}\n",
            POLICIES.replace("insert = \"all\"", "insert = \"all\", delete = \"all\"")
        ),
    );
    let state = "select string_agg(rolname, ' ') from pg_roles where rolname like 'mp_%'; \
         select count(*) from pg_policy; select count(*) from pg_class where relname = 'lines'";
    let before = case.database.query(state);
    for arguments in [&["--beside"][..], &[]] {
        let mut all = vec!["db", "plan", "--measure"];
        all.extend(arguments);
        let (status, said, complaint) = case.run(&all);
        assert_eq!(status, 0, "{said}{complaint}");
        assert!(
            said.contains("from a dump of the schema"),
            "{said}{complaint}"
        );
        let policies: Vec<&str> = said
            .lines()
            .filter(|line| line.starts_with("policies"))
            .collect();
        assert!(
            policies
                .iter()
                .any(|line| line.contains("AccessExclusive on shop.orders")),
            "{said}{complaint}"
        );
        // What the migration before it made is nobody's yet.
        assert!(
            policies.iter().all(|line| !line.contains("on shop.lines")),
            "{said}"
        );
        assert!(!said.contains("enable row level security"), "{said}");
        assert_eq!(case.database.query(state), before);
    }
}
