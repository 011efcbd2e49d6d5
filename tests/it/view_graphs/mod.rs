//! Random graphs of views and functions over a table that changes: what comes out equals a clean build, and
//! everything that was given by hand is still there.

mod by_hand;
mod graph;

use std::collections::BTreeMap;

use workroom::catalog::Catalog;

use crate::support::server::{NEWEST, TestDatabase, execute, server};
use crate::support::workspace::Workspace;
use by_hand::by_hand;
use graph::{DEEPEST, Graph, graph, rendered, rendered_with};

/// Graphs in one database, each a system with a schema of its own.
const TOGETHER: usize = 25;
const ROUNDS: usize = 20;

/// How the change comes, in turn.
#[derive(Clone, Copy)]
enum Manner {
    /// One statement in one transaction.
    Alone,
    /// A migration for each part of it, all in one transaction.
    Grouped,
    /// A statement for each part of it, each in a transaction of its own.
    Statements,
}

impl Manner {
    fn of(round: usize) -> Self {
        [Self::Alone, Self::Grouped, Self::Statements][round % 3]
    }

    fn command(self) -> &'static [&'static str] {
        match self {
            Self::Grouped => &["--all", "db", "migrate", "--grouped"],
            _ => &["--all", "db", "migrate"],
        }
    }

    fn changes(self, graph: &Graph) -> Vec<(String, String)> {
        let alter = |change: &str| format!("alter table {}.t {change};", graph.schema);
        let each = graph.change.iter().map(|change| alter(change));
        match self {
            Self::Alone => vec![("V002__change".to_owned(), alter(&graph.change.join(", ")))],
            Self::Grouped => each
                .enumerate()
                .map(|(at, text)| (format!("V{:03}__change", at + 2), text))
                .collect(),
            Self::Statements => {
                let statements: Vec<String> = each.collect();
                let text = format!("--! no-transaction\n{}", statements.join("\n"));
                vec![("V002__change".to_owned(), text)]
            }
        }
    }
}

fn write(workspace: &Workspace, graph: &Graph, files: &[(String, String)]) {
    for (name, text) in files {
        workspace.write(&format!("views/{}/{name}.sql", graph.schema), text);
    }
}

#[test]
fn five_hundred_random_graphs_come_out_like_a_clean_build() {
    execute(
        &server(NEWEST).url(),
        "create role graph_a; create role graph_b; create role graph_owner",
    );
    let mut deepest = BTreeMap::new();
    for round in 0..ROUNDS {
        let numbers: Vec<u64> = (0..TOGETHER)
            .map(|at| (round * TOGETHER + at) as u64)
            .collect();
        let graphs: Vec<Graph> = numbers.iter().map(|number| graph(*number)).collect();
        let schemas: Vec<&str> = graphs.iter().map(|graph| graph.schema.as_str()).collect();
        let workspace = Workspace::with(&schemas);
        for graph in &graphs {
            let schema = &graph.schema;
            workspace.write(
                &format!("sql/{schema}/V001__create.sql"),
                &format!(
                    "create schema {schema}; create table {schema}.t (id integer, a integer, b varchar(20), c numeric(8, 2), d text);\n\
                     create function {schema}.refuse() returns trigger language plpgsql as $$ begin return null; end $$;"
                ),
            );
            write(&workspace, graph, &rendered(schema, &graph.nodes, false).0);
            *deepest
                .entry(graph.nodes.iter().map(|node| node.depth).max().unwrap())
                .or_insert(0) += 1;
        }
        workspace.run(&["--all", "db", "migrate"]).done();
        let mut hand = String::new();
        for (number, graph) in numbers.iter().zip(&graphs) {
            let (dropped, added) = (
                graph.change.contains(&"drop column d"),
                graph.change.contains(&"add column e text"),
            );
            let (files, after) = rendered_with(&graph.schema, &graph.nodes, dropped, added);
            hand += &by_hand(*number, graph, &after);
            write(&workspace, graph, &files);
            for (name, text) in Manner::of(round).changes(graph) {
                workspace.write(&format!("sql/{}/{name}.sql", graph.schema), &text);
            }
        }
        workspace.database.execute(&hand);
        workspace.run(Manner::of(round).command()).done();
        let clean = TestDatabase::new(NEWEST);
        workspace.run_on(&clean, &["--all", "db", "migrate"]).done();
        clean.execute(&hand);
        let what = |database: &TestDatabase| (catalog(database, &schemas), rest(database));
        let (live, clean) = (what(&workspace.database), what(&clean));
        same(&live.0, &clean.0);
        assert_eq!(live.1, clean.1);
        let again = workspace.run(&["--all", "db", "migrate"]).done();
        assert!(again.starts_with("nothing to do"), "{again}");
    }
    assert_eq!(deepest.values().sum::<usize>(), ROUNDS * TOGETHER);
    assert!(
        deepest.keys().all(|depth| *depth <= DEEPEST) && deepest.contains_key(&DEEPEST),
        "{deepest:?}"
    );
}

/// Line by line, so that a difference can be read.
#[track_caller]
fn same(live: &str, clean: &str) {
    let (live, clean): (Vec<_>, Vec<_>) = (live.lines().collect(), clean.lines().collect());
    if let Some(at) = live
        .iter()
        .zip(&clean)
        .position(|(live, clean)| live != clean)
    {
        let around = at.saturating_sub(25)..(at + 5).min(live.len()).min(clean.len());
        panic!(
            "live {:#?}\nclean {:#?}",
            &live[around.clone()],
            &clean[around]
        );
    }
    assert_eq!(live.len(), clean.len());
}

fn catalog(database: &TestDatabase, schemas: &[&str]) -> String {
    let url = database.url();
    std::thread::scope(|scope| {
        let load = || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
                    .await
                    .unwrap();
                tokio::spawn(connection);
                let mut catalog = Catalog::load(&client, schemas).await.unwrap();
                catalog.extensions.clear();
                format!("{catalog:#?}")
            })
        };
        scope.spawn(load).join().unwrap()
    })
}

/// What the catalog model does not have.
fn rest(database: &TestDatabase) -> Vec<String> {
    database.query(
        "set search_path = '';
         select c.relnamespace::regnamespace, c.relname, r.rulename, pg_get_ruledef(r.oid), d.description from pg_rewrite r join pg_class c on c.oid = ev_class
           left join pg_description d on d.objoid = r.oid where c.relnamespace = any (array(select oid from pg_namespace where nspname like 'g___')) order by 1, 2, 3;
         select c.relnamespace::regnamespace, c.relname, a.attname, pg_get_expr(f.adbin, f.adrelid) from pg_attrdef f join pg_class c on c.oid = adrelid
           join pg_attribute a on a.attrelid = c.oid and attnum = adnum where c.relnamespace = any (array(select oid from pg_namespace where nspname like 'g___')) order by 1, 2, 3;
         select c.relnamespace::regnamespace, c.relname, c.relacl from pg_class c where c.relnamespace = any (array(select oid from pg_namespace where nspname like 'g___')) and relkind in ('v', 'r') order by 1, 2;
         select p.pronamespace::regnamespace, p.proname, p.proacl, p.proowner::regrole from pg_proc p where pronamespace = any (array(select oid from pg_namespace where nspname like 'g___')) order by 1, 2"
    )
}
