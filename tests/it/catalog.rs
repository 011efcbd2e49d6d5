//! The catalog against real servers: every kind of object, hostile names, the oldest and the newest version.

use std::fmt::Write;

use workroom::catalog::{Catalog, ConstraintKind, Grantee, Name, RelationKind};

use crate::support::server::{NEWEST, TestDatabase};

const WEIRD: &str = "we\"ird, {schema}\\";
const FIXTURE: &str = include_str!("fixtures/every_kind.sql");

/// Loads the catalog in a session that somebody has made a mess of.
pub(crate) async fn load(database: &TestDatabase, schemas: &[&str]) -> Catalog {
    let url = database.url();
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
        .batch_execute(
            "set search_path = pg_temp; set timezone = 'Asia/Tokyo'; set datestyle = 'German'; \
             set quote_all_identifiers = on; set intervalstyle = 'iso_8601'",
        )
        .await
        .unwrap();
    Catalog::load(&client, schemas).await.unwrap()
}

/// Everything but the extensions, which differ from server to server, one object a line.
fn show(catalog: &Catalog) -> String {
    let mut text = String::new();
    let mut lines = |objects: Vec<String>| {
        for object in objects {
            writeln!(text, "{object}").unwrap();
        }
    };
    fn all<T: std::fmt::Debug>(objects: &[T]) -> Vec<String> {
        objects.iter().map(|object| format!("{object:?}")).collect()
    }
    lines(all(&catalog.schemas));
    lines(all(&catalog.types));
    lines(all(&catalog.relations));
    lines(all(&catalog.columns));
    // NOT NULL became a constraint of its own in version 18.
    lines(all(&catalog
        .constraints
        .iter()
        .filter(|constraint| constraint.kind != ConstraintKind::NotNull)
        .collect::<Vec<_>>()));
    lines(all(&catalog.indexes));
    lines(all(&catalog.functions));
    lines(all(&catalog.triggers));
    lines(all(&catalog.policies));
    lines(all(&catalog.grants));
    text
}

#[tokio::test]
async fn every_kind_of_object_is_read_under_any_name_and_session() {
    let database = TestDatabase::new(NEWEST);
    database.execute(FIXTURE);
    let catalog = load(&database, &["plain", WEIRD, "missing"]).await;
    insta::assert_snapshot!(show(&catalog));
}

/// Versions differ only in how they write out a view's query.
#[tokio::test]
async fn every_version_gives_the_same_catalog() {
    let mut shown = Vec::new();
    for major in [15, 16, NEWEST] {
        let database = TestDatabase::new(major);
        database.execute(FIXTURE);
        let mut catalog = load(&database, &["plain", WEIRD]).await;
        for relation in &mut catalog.relations {
            if !relation.is_table() && relation.kind != RelationKind::Sequence {
                assert!(relation.definition.take().is_some());
            }
        }
        shown.push(show(&catalog));
    }
    let newest: Vec<_> = shown[2].lines().collect();
    for older in &shown[..2] {
        let older: Vec<_> = older.lines().collect();
        // Line by line, so that a difference can be read.
        for (older, newest) in older.iter().zip(&newest) {
            assert_eq!(older, newest);
        }
        assert_eq!(older.len(), newest.len());
    }
}

#[tokio::test]
async fn a_schema_that_is_missing_has_nothing_in_it() {
    let database = TestDatabase::new(NEWEST);
    let catalog = load(&database, &["nowhere"]).await;
    assert!(!catalog.extensions.is_empty());
    let rest = Catalog {
        extensions: Vec::new(),
        ..catalog
    };
    assert_eq!(rest, Catalog::default());
}

#[tokio::test]
async fn what_an_extension_owns_is_left_out_and_the_extension_is_named() {
    let database = TestDatabase::new(NEWEST);
    database.execute("create schema ai; create extension vector schema ai; create table ai.notes (e ai.vector(3))");
    let catalog = load(&database, &["ai"]).await;
    assert_eq!(catalog.relations.len(), 1);
    assert!(catalog.functions.is_empty() && catalog.types.is_empty());
    assert_eq!(catalog.columns[0].data_type, "ai.vector(3)");
    let vector = catalog.extension("vector").unwrap();
    assert!(vector.installed.is_some() && vector.available.is_some());
    assert_eq!(vector.schema.as_deref(), Some("ai"));
    assert!(catalog.extension("plpgsql").unwrap().installed.is_some());
    assert!(
        catalog
            .grants
            .iter()
            .all(|grant| grant.grantee != Grantee::Public),
        "{:?}",
        catalog.grants
    );
}

#[tokio::test]
async fn a_failed_concurrent_index_is_seen_as_invalid() {
    let database = TestDatabase::new(NEWEST);
    database
        .execute("create schema a; create table a.t (n integer); insert into a.t values (1), (1)");
    let (client, connection) = tokio_postgres::connect(&database.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
        .batch_execute("create unique index concurrently t_n_key on a.t (n)")
        .await
        .unwrap_err();
    let catalog = Catalog::load(&client, &["a"]).await.unwrap();
    assert!(!catalog.indexes[0].valid);
}

#[tokio::test]
async fn inside_a_transaction_it_sees_what_is_not_committed_and_leaves_the_settings_alone() {
    let database = TestDatabase::new(NEWEST);
    let (mut client, connection) = tokio_postgres::connect(&database.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let transaction = client.transaction().await.unwrap();
    transaction
        .batch_execute("set local search_path = somewhere, pg_catalog; set local datestyle = 'German'; create schema a; create view a.v as select 1 as one")
        .await
        .unwrap();
    let catalog = Catalog::load(transaction.client(), &["a"]).await.unwrap();
    assert_eq!(catalog.relations[0].kind, RelationKind::View);
    assert_eq!(catalog.columns_of(&Name::new("a", "v")).count(), 1);
    for (setting, value) in [
        ("search_path", "somewhere, pg_catalog"),
        ("datestyle", "German, DMY"),
    ] {
        let row = transaction
            .query_one(&format!("select current_setting('{setting}')"), &[])
            .await
            .unwrap();
        assert_eq!(row.get::<_, &str>(0), value);
    }
    transaction.rollback().await.unwrap();
}
