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
fn an_up_to_date_database_costs_three() {
    let project = project();
    project.migrate();
    let (connections, round_trips) = counted(&project, &["db", "migrate"]);
    assert_eq!(connections, 1);
    assert_eq!(round_trips, 3);
}

#[test]
fn each_migration_costs_one_besides_five() {
    let project = project();
    project.migrate();
    // Two for the first look, one for a closer one and one for the lock; the second time it looks at what the view
    // stands on as well.
    for (number, others) in [(1, 4), (3, 5)] {
        for at in 0..number {
            let path = format!("sql/shop/V{:03}__z{at}.sql", 4 + 10 * number + at);
            project.write(&path, "select 4; select 5; select 6;");
        }
        let (connections, round_trips) = counted(&project, &["db", "migrate"]);
        assert_eq!((connections, round_trips), (1, number + others));
    }
}

#[test]
fn fifty_migrations_on_a_new_database_cost_four_more_than_there_are_and_as_a_group_five() {
    for (arguments, most) in [
        (&["db", "migrate"][..], 50 + 4),
        (&["db", "migrate", "--grouped"], 5),
    ] {
        let project = TestProject::with_database(&[ORDERS]);
        for version in 2..=50 {
            project.write(
                &format!("sql/shop/V{version:03}__x.sql"),
                format!("create table shop.t{version} (id int);\n"),
            );
        }
        let (connections, round_trips) = counted(&project, arguments);
        assert_eq!(connections, 1);
        assert!(round_trips <= most, "{round_trips}");
    }
}
