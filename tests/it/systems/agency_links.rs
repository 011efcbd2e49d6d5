//! Integration: the agency with all of its neighbours, with none, and without each of them.

use crate::support::server::{NEWEST, TestDatabase};
use crate::systems::{
    PEOPLE_OF_EACH_ROLE, Session, WITH_VECTOR, agency, agency_to_read, deploy, deployment, say,
};

const EXPENSES: &str = "select category, line_count, total_amount, billable_amount, settled_amount
    from agency.get_campaign_expenses(id_of('north launch'))";
const EQUIPMENT: &str = "select asset_tag, equipment_name, status, is_overdue
    from agency.get_campaign_equipment(id_of('north launch'))";

#[test]
fn everybody_sees_what_a_campaign_of_their_tenant_spent_and_borrowed() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        for person in PEOPLE_OF_EACH_ROLE {
            for session in Session::both(database, person) {
                let own = session.value("select current_user <> 'agency_session'") == "t";
                let sees_money = own && matches!(person, "north finance" | "north leadership");
                let expected = if sees_money {
                    ["travel|2|120.50|100.50|100.50", "meals|1|30.00|0|30.00"]
                } else {
                    ["meals|1|||", "travel|2|||"]
                };
                assert_eq!(session.rows(EXPENSES), expected, "{person}");
                assert_eq!(session.rows(EQUIPMENT), ["CAM-1|Camera|out|t"], "{person}");
            }
        }
    }
}

#[test]
fn a_campaign_of_another_tenant_spent_and_borrowed_nothing() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        for person in PEOPLE_OF_EACH_ROLE {
            for session in Session::both(database, person) {
                for sql in [EXPENSES, EQUIPMENT] {
                    assert_eq!(
                        session.rows(&sql.replace("north", "south")),
                        [""; 0],
                        "{person}"
                    );
                    assert_eq!(
                        session.rows(&sql.replace("id_of('north launch')", "null")),
                        [""; 0]
                    );
                }
                session.rows("select set_config('app.current_tenant', '', false)");
                assert_eq!(session.rows(EXPENSES), [""; 0], "{person}");
                assert_eq!(session.rows(EQUIPMENT), [""; 0], "{person}");
            }
        }
    }
}

#[test]
fn a_link_between_tenants_is_refused_on_both_sides() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let maintainer = Session::new(&database);
        let quote = |quote: &str| {
            format!(
                "update agency.campaigns set procure_quote_id = id_of('{quote}') where id = id_of('north gala')"
            )
        };
        assert_eq!(maintainer.count(&quote("north quote")), 1);
        for other in ["south quote", "no quote"] {
            assert_eq!(
                maintainer.refused(&quote(other)),
                "23503 campaigns_procure_quote_id_fkey"
            );
        }

        for (table, name) in [
            ("finance_ppm.projects", "projects"),
            ("te.expense_lines", "expense_lines"),
            ("gear.checkouts", "checkouts"),
        ] {
            let link = |campaign: &str| {
                format!(
                    "update {table} set agency_campaign_id = id_of('{campaign}') where tenant_id = id_of('north')"
                )
            };
            assert!(maintainer.count(&link("north gala")) > 0, "{table}");
            for other in ["south gala", "no campaign"] {
                assert_eq!(
                    maintainer.refused(&link(other)),
                    format!("23503 {name}_agency_campaign_id_fkey")
                );
            }
        }
    }
}

/// What the four links are made of: columns, foreign keys, indexes and comments.
const LINKS: &str = "
    select attrelid::regclass || '.' || attname, col_description(attrelid, attnum) is not null,
      (select count(*) from pg_constraint where conrelid = attrelid and contype = 'f' and attnum = any (conkey) and array_length(conkey, 1) = 2),
      (select count(*) from pg_index where indrelid = attrelid and indkey[1] = attnum)
    from pg_attribute
    where attname in ('procure_quote_id', 'agency_campaign_id') and attnum > 0 and attrelid in (select oid from pg_class where relkind = 'r')
    order by 1";

const NEIGHBOURS: [(&str, &str); 4] = [
    ("finance_ppm", "projects"),
    ("gear", "checkouts"),
    ("procure", "project_quotes"),
    ("te", "expense_lines"),
];

fn links(database: &TestDatabase) -> Vec<String> {
    database.query(LINKS)
}

#[test]
fn with_all_neighbours_all_four_links_are_made() {
    for major in WITH_VECTOR {
        assert_eq!(
            links(agency_to_read(major)),
            [
                "agency.campaigns.procure_quote_id|t|1|1",
                "finance_ppm.projects.agency_campaign_id|t|1|1",
                "gear.checkouts.agency_campaign_id|t|1|1",
                "te.expense_lines.agency_campaign_id|t|1|1",
            ]
        );
    }
}

/// The agency's own SQL in a database where some neighbours are missing. The deployment of the project brings
/// all of them along, so this one is made by hand.
fn without(major: u32, missing: &[&str]) -> (TestDatabase, Vec<String>) {
    say(major);
    let database = TestDatabase::new(major);
    deploy(&database, &["platform"]);
    let session = Session::new(&database);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/sql");
    let run = |system: &str, with: &dyn Fn(&str) -> bool| {
        let mut files: Vec<_> = std::fs::read_dir(format!("{folder}/{system}"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        for file in files {
            let sql = std::fs::read_to_string(&file).unwrap();
            if with(&sql) {
                session.rows(&format!("begin;\n{sql};\ncommit"));
            }
        }
    };
    run("neighbours", &|sql| {
        !missing
            .iter()
            .any(|schema| sql.contains(&format!("create schema {schema};")))
    });
    run("agency", &|_| true);
    // The context functions come with the policies.
    session.rows("create function agency.current_tenant_id() returns uuid language sql stable return null::uuid");
    let missing_notices = session
        .notices()
        .into_iter()
        .filter(|notice| notice.contains("is missing"))
        .collect();
    (database, missing_notices)
}

#[test]
fn a_neighbour_that_is_missing_is_left_out_with_a_notice_and_the_functions_return_nothing() {
    // With all neighbours and with none is tried on every version.
    for (schema, table) in NEIGHBOURS {
        let (database, notices) = without(NEWEST, &[schema]);

        assert_eq!(
            notices,
            [format!(
                "{schema}.{table} is missing: campaigns are not linked to it"
            )]
        );
        let made = links(&database);
        assert!(
            !made.iter().any(|link| link.starts_with(schema)),
            "{made:?}"
        );
        assert_eq!(
            made.len(),
            if schema == "procure" { 4 } else { 3 },
            "{made:?}"
        );
        // Campaigns have their column in any case, but nothing to point at.
        let quote = if schema == "procure" {
            "agency.campaigns.procure_quote_id|t|0|1"
        } else {
            "agency.campaigns.procure_quote_id|t|1|1"
        };
        assert_eq!(made[0], quote);

        let session = Session::new(&database);
        for function in ["get_campaign_expenses", "get_campaign_equipment"] {
            assert_eq!(
                session.rows(&format!(
                    "select * from agency.{function}(gen_random_uuid())"
                )),
                [""; 0]
            );
        }
    }
}

#[test]
fn without_any_neighbour_the_agency_works_alone() {
    for major in WITH_VECTOR {
        let (database, notices) = without(major, &NEIGHBOURS.map(|(schema, _)| schema));

        assert_eq!(notices.len(), 4);
        assert_eq!(
            links(&database),
            ["agency.campaigns.procure_quote_id|t|0|1"]
        );
        let session = Session::new(&database);
        session.rows(
            "insert into agency.clients (tenant_id, id, code, name, sector)
             values (gen_random_uuid(), '11111111-2222-4333-8444-555555555555', 'c', 'C', 'food');
             insert into agency.campaigns (tenant_id, client_id, code, name, start_date, end_date, procure_quote_id)
             select tenant_id, id, 'x', 'X', '2025-01-01', '2025-01-02', gen_random_uuid() from agency.clients",
        );
        for function in ["get_campaign_expenses", "get_campaign_equipment"] {
            let sql = format!(
                "select * from agency.campaigns as campaign, agency.{function}(campaign.id)"
            );
            assert_eq!(session.rows(&sql), [""; 0]);
        }
    }
}

#[test]
fn a_neighbour_that_is_closed_to_the_caller_is_as_good_as_missing() {
    for major in WITH_VECTOR {
        let database = agency(major);
        database.execute("revoke usage on schema te, gear from neighbours_reader");
        let session = Session::of(&database, "north pm");

        assert_eq!(session.rows(EXPENSES), [""; 0]);
        assert_eq!(session.rows(EQUIPMENT), [""; 0]);
        assert_eq!(
            session.refused("select * from te.expense_lines"),
            "42501 by grants"
        );
    }
}

#[test]
fn a_neighbour_without_a_tenant_is_linked_without_a_foreign_key() {
    for major in WITH_VECTOR {
        say(major);
        let database = TestDatabase::new(major);
        deploy(&database, &["platform"]);
        database.execute("create schema gear; create table gear.checkouts (id bigint primary key, equipment_name text)");
        let session = Session::new(&database);
        for file in [
            "V001__create_core",
            "V002__create_artifacts",
            "V003__create_timesheets",
            "V004__link_neighbours",
        ] {
            let sql = std::fs::read_to_string(format!(
                "{}/sql/agency/{file}.sql",
                env!("CARGO_MANIFEST_DIR")
            ))
            .unwrap();
            session.rows(&format!("begin;\n{sql};\ncommit"));
        }

        assert!(session.notices().contains(&"gear.checkouts has no tenant key: campaigns are linked to it without a foreign key".to_owned()));
        assert_eq!(
            links(&database)[1],
            "gear.checkouts.agency_campaign_id|t|0|0"
        );
    }
}

#[test]
fn deploying_the_agency_brings_what_it_requires() {
    for major in WITH_VECTOR {
        say(major);
        let database = TestDatabase::new(major);
        let output = deployment(&database, &["agency"]).output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );

        assert_eq!(
            database.query("select nspname from pg_namespace where nspname in ('auth', 'procure', 'finance_ppm', 'te', 'gear', 'agency') order by 1"),
            ["agency", "auth", "finance_ppm", "gear", "procure", "te"]
        );
    }
}
