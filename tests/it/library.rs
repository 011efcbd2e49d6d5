//! The library as a program uses it: the examples themselves, a client of the caller's own, what is planned and done.

use std::thread;

use tokio_postgres::NoTls;
use workroom::include_dir::{self, Dir};
use workroom::report::Outcome;
use workroom::{
    Options, Project, Seeding, Session, Target, deploy, deploy_on, plan, prove, seed, verify,
};

use crate::support::project::TestProject;
use crate::support::server::{NEWEST, TestDatabase};

#[path = "../../examples/build_check.rs"]
#[expect(unreachable_pub, reason = "a program of its own")]
mod build_check;
#[path = "../../examples/database_per_test.rs"]
#[expect(unreachable_pub, reason = "a program of its own")]
mod database_per_test;
#[path = "../../examples/start_up.rs"]
#[expect(unreachable_pub, reason = "a program of its own")]
mod start_up;

static FILES: Dir<'_> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/examples/start_up");

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(future)
}

#[test]
fn of_eight_programs_that_start_at_once_one_deploys_and_all_are_ready() {
    let database = TestDatabase::new(NEWEST);
    let url = database.url();
    let start = || block_on(start_up::make_ready(&url)).unwrap();
    let deployed: Vec<_> = thread::scope(|scope| {
        let all: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let who_did: Vec<_> = deployed.iter().filter(|one| !one.is_nothing()).collect();
    assert_eq!(who_did.len(), 1);
    assert_eq!(who_did[0].systems[0].migrations.len(), 2);
    assert_eq!(database.query("select count(*) from app.notes"), ["0"]);
}

#[test]
fn what_is_planned_is_done_and_verified_as_values() {
    let database = TestDatabase::new(NEWEST);
    let target = Target::from_config(database.url().parse().unwrap());
    let (project, options) = (Project::embedded(&FILES).unwrap(), Options::default());
    block_on(async {
        let planned = plan(&project, &target, &options).await.unwrap();
        let names = ["V001__create_notes", "V002__index_notes_by_time"];
        assert_eq!(planned[0].migrations, names);
        assert_eq!(
            database.query("select count(*) from pg_namespace where nspname = 'app'"),
            ["0"]
        );
        let found = verify(&project, &target, &options).await.unwrap();
        assert_eq!(found.outcome, Outcome::Found);
        let deployed = deploy(&project, &target, &options).await.unwrap();
        let labels = deployed.systems[0]
            .migrations
            .iter()
            .map(|ran| ran.label.as_str());
        assert_eq!(labels.collect::<Vec<_>>(), names);
        let found = verify(&project, &target, &options).await.unwrap();
        assert_eq!(found.outcome, Outcome::Done);
        assert!(
            plan(&project, &target, &options).await.unwrap()[0]
                .migrations
                .is_empty()
        );
    });
}

#[test]
fn a_client_of_the_callers_own_deploys_and_serves_on() {
    let database = TestDatabase::new(NEWEST);
    let url = database.url();
    block_on(async {
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        tokio::spawn(connection);
        let target = Target::parse(&url).unwrap();
        let session = Session::from_client(client, &target).await.unwrap();
        let project = Project::embedded(&FILES).unwrap();
        let options = Options::default();
        let deployed = deploy_on(&session, &project, &options).await.unwrap();
        assert!(!deployed.is_nothing());
        let again = deploy_on(&session, &project, &options).await.unwrap();
        assert!(again.is_nothing());
        let row = session
            .client()
            .query_one("select count(*) from app.notes", &[])
            .await
            .unwrap();
        assert_eq!(row.get::<_, i64>(0), 0);
    });
}

#[test]
fn rows_are_loaded_where_the_database_is_meant_for_it() {
    let shop = crate::seed::shop();
    let target = Target::parse(&shop.database().url()).unwrap();
    let project = Project::from_dir(shop.folder()).unwrap();
    let (options, seeding) = (Options::default(), Seeding::default());
    block_on(async {
        let loaded = seed(&project, &target, &options, &seeding).await.unwrap();
        assert_eq!(loaded.outcome, Outcome::Done);
        // Rows are in the way the second time, unless they are to be replaced.
        let refused = seed(&project, &target, &options, &seeding).await;
        assert!(
            refused
                .unwrap_err()
                .to_string()
                .contains("have rows already")
        );
        let replacing = Seeding {
            rows: seed::Rows::Replace,
            ..Seeding::default()
        };
        seed(&project, &target, &options, &replacing).await.unwrap();
    });
    assert_eq!(shop.query("select count(*) from shop.customers"), ["60"]);
    shop.database().execute(&format!(
        "alter database {} reset workroom.disposable",
        shop.database().name()
    ));
    let refused = block_on(seed(&project, &target, &options, &seeding));
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("not marked disposable")
    );
}

/// Notes that their author alone sees; the condition as SQL, and as it is meant.
fn diary(sql: &str) -> TestProject {
    let policies = format!(
        "[policies]\ntenant_column = \"tenant_id\"\n[roles.diary_author]\nkind = \"application\"\nname = \"author\"\n\
         [context.tenant]\nsetting = \"app.tenant\"\n[context.user]\nsql = \"nullif(current_setting('app.user', true), '')\"\n\
         [macros.mine]\nsql = \"{sql}\"\noracle = \"row[owner] == context.user\"\n\
         [tables.notes]\nowner = \"author\"\n[tables.notes.matrix]\n\"*\" = {{ select = \"mine\" }}\n"
    );
    TestProject::new(&[
        (
            "workroom.toml",
            "[project]\nname = \"diary\"\n[systems.diary]\ntitle = \"Diary\"\nschemas = [\"diary\"]\ntenant = \"tenant_id\"\n",
        ),
        (
            "sql/diary/V001__create.sql",
            "create schema diary; create table diary.notes (tenant_id uuid not null, id uuid not null, author text not null, primary key (tenant_id, id));\n",
        ),
        ("policies/diary.toml", &policies),
    ])
}

#[test]
fn policies_are_proven_and_what_is_wrong_with_them_is_a_value() {
    let found = |sql: &str| {
        let files = diary(sql);
        let project = Project::from_dir(files.folder()).unwrap();
        let mut proofs = block_on(prove(&project, &Options::default())).unwrap();
        let proof = proofs.remove(0);
        assert!(proofs.is_empty() && proof.seen > 0 && proof.total() > 0);
        proof.counterexamples
    };
    assert!(found("{{ owner | ident }} = {{ user }}").is_empty());
    let wrong = found("true");
    assert!(wrong.iter().any(|one| one.object.contains("diary.notes")));
}

#[test]
fn every_test_has_a_database_of_its_own() {
    block_on(async {
        let server = database_per_test::start().await.unwrap();
        for test in ["one", "two"] {
            let session = database_per_test::database(&server, test).await.unwrap();
            let sql = "insert into app.notes (body) values ('x') returning id";
            assert_eq!(
                session.run(test, sql).await.unwrap()[0],
                [[Some("1".to_owned())]]
            );
        }
    });
}

#[test]
fn a_build_fails_with_every_mistake_of_the_files_and_passes_without() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    assert!(build_check::mistakes("examples/start_up").is_empty());
    std::fs::create_dir_all(path.join("sql/app")).unwrap();
    let toml = "[project]\nname = \"x\"\n[systems.app]\ntitle = \"x\"\nschemas = [\"app\"]\n";
    std::fs::write(path.join("workroom.toml"), toml).unwrap();
    std::fs::write(
        path.join("sql/app/V001__open.sql"),
        "select 'never closed;\n",
    )
    .unwrap();
    std::fs::write(path.join("sql/app/v2__low.sql"), "select 1;\n").unwrap();
    let mistakes = build_check::mistakes(path.to_str().unwrap());
    assert_eq!(mistakes.len(), 2, "{mistakes:#?}");
    assert!(
        mistakes
            .iter()
            .any(|one| one.contains("sql/app/V001__open.sql:1:8")),
        "{mistakes:#?}"
    );
}
