//! How often the client waits for the server, counted between the two.

use crate::support::project::{ORDERS, SHOP, TestProject};
use crate::support::proxy::Proxy;

/// Connections and round trips of a run that must succeed.
fn counted(project: &TestProject, arguments: &[&str]) -> (usize, usize) {
    let folder = project.database().socket_folder();
    let proxy = Proxy::before(std::path::Path::new(&folder).join(".s.PGSQL.5432"));
    let url = format!(
        "host='{}' user=postgres dbname={}",
        proxy.folder().display(),
        project.database().name()
    );
    let output = project.workroom(arguments).on(&url).run();
    assert!(output.ends_with("exit status: 0\n"), "{output}");
    (proxy.connections(), proxy.round_trips())
}

fn project() -> TestProject {
    let two = SHOP.replace(
        "name = \"shop\"",
        "name = \"shop\"\ndefault_system = \"shop\"",
    ) + "requires = [\"stock\"]\n\n[systems.stock]\ntitle = \"Stock\"\nschemas = [\"stock\"]\n";
    TestProject::with_database(&[
        ("workroom.toml", &two),
        ORDERS,
        ("sql/shop/V002__x.sql", "select 1; select 2;"),
        ("sql/shop/V003__y.sql", "select 3;"),
        ("sql/stock/V001__create.sql", "create schema stock;"),
        (
            "views/shop/v.sql",
            "create or replace view shop.v as select 1 as one;",
        ),
    ])
}

#[test]
fn an_up_to_date_database_costs_at_most_four() {
    let project = project();
    project.migrate();
    let (connections, round_trips) = counted(&project, &["db", "migrate"]);
    assert_eq!(connections, 1);
    assert!((2..=4).contains(&round_trips), "{round_trips}");
}

#[test]
fn one_more_migration_costs_one_more() {
    let up_to_date = project();
    up_to_date.migrate();
    let (_, without) = counted(&up_to_date, &["db", "migrate"]);
    up_to_date.write("sql/shop/V004__z.sql", "select 4; select 5; select 6;");
    let (connections, with) = counted(&up_to_date, &["db", "migrate"]);
    assert_eq!((connections, with), (1, without + 1));
}
