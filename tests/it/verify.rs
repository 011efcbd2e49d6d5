//! `db verify`'s checks against real servers, shown as their readers see them.

use std::collections::BTreeSet;

use workroom::catalog::{Catalog, Name};
use workroom::files::Tree;
use workroom::output::{Format, Style, render};
use workroom::project::Project;
use workroom::report::{Check, Outcome, Report};
use workroom::verify::{self, Declared};

use crate::support::server::{NEWEST, TestDatabase};

const GOOD: &str = include_str!("fixtures/shop.sql");
const BROKEN: &str = include_str!("fixtures/shop_broken.sql");
const PROJECT: &str = r#"[project]
name = "test"
[systems.shop]
title = "Shop"
schemas = ["shop"]
private_schemas = ["shop_private"]
extensions = ["plpgsql >= 1.0"]
[systems.shop.expect]
tables = 3
views = 1
materialized_views = 1
functions = 1
indexes = ">=4"
policies = 3
row_level_security = "every table"
"#;

async fn check(database: &TestDatabase) -> Vec<Check> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("sql/shop")).unwrap();
    std::fs::write(folder.path().join("workroom.toml"), PROJECT).unwrap();
    std::fs::write(folder.path().join("sql/shop/V001__create.sql"), "select 1;").unwrap();
    let project = Project::read(Tree::Folder(folder.path().to_path_buf())).unwrap();
    let (client, connection) = tokio_postgres::connect(&database.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let catalog = Catalog::load(&client, &["shop", "shop_private"])
        .await
        .unwrap();
    let names = |names: &[&str]| -> Option<BTreeSet<Name>> {
        Some(names.iter().map(|name| Name::new("shop", *name)).collect())
    };
    let declared = Declared {
        tables: names(&["customers", "Orders \"2020\"", "events"]),
        views: names(&["open_orders"]),
        materialized_views: names(&["totals"]),
        functions: names(&["touch"]),
        indexes: names(&["where", "events_idx"]),
        policies: None,
        unmanaged: [].into(),
    };
    verify::check(&project.systems["shop"], &project.file, &catalog, &declared)
}

#[tokio::test]
async fn a_system_as_it_should_be_passes_on_every_version() {
    for major in [15, 16, NEWEST] {
        let database = TestDatabase::new(major);
        database.execute(GOOD);
        let report = Report::checks("shop", check(&database).await);
        assert_eq!(
            report.outcome,
            Outcome::Done,
            "{}",
            render(&report, Format::Table, Style::plain())
        );
        if major == NEWEST {
            insta::assert_snapshot!(render(&report, Format::Table, Style::plain()));
        }
    }
}

#[tokio::test]
async fn everything_that_is_wrong_is_named_alike_on_every_version() {
    let mut shown = BTreeSet::new();
    for major in [15, 16, NEWEST] {
        let database = TestDatabase::new(major);
        database.execute(GOOD);
        database.execute(BROKEN);
        let (client, connection) = tokio_postgres::connect(&database.url(), tokio_postgres::NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        client
            .batch_execute(
                "create unique index concurrently customers_half_idx on shop.customers (tenant_id)",
            )
            .await
            .unwrap_err();
        let report = Report::checks("shop", check(&database).await);
        assert_eq!(report.outcome, Outcome::Found);
        shown.insert(
            [Format::Table, Format::Junit].map(|format| render(&report, format, Style::plain())),
        );
    }
    assert_eq!(shown.len(), 1, "{shown:#?}");
    let [table, junit] = shown.pop_first().unwrap();
    insta::assert_snapshot!("everything_that_is_wrong", table);
    insta::assert_snapshot!("everything_that_is_wrong_as_junit", junit);
}

#[tokio::test]
async fn an_empty_database_fails_every_check_that_asks_for_something() {
    let database = TestDatabase::new(NEWEST);
    let checks = check(&database).await;
    let passed: Vec<&str> = checks
        .iter()
        .filter(|it| it.passed)
        .map(|it| it.key.as_str())
        .collect();
    assert_eq!(passed, ["extensions/plpgsql"]);
}
