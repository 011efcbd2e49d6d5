//! Money: rates, what is computed from them, and margins are for finance and leadership alone, on every way there is.

use crate::support::server::TestDatabase;
use crate::systems::{PEOPLE_OF_EACH_ROLE, Session, WITH_VECTOR, agency, agency_to_read};

const CONFIDENTIAL: [(&str, &[&str]); 3] = [
    ("employees", &["cost_rate", "bill_rate"]),
    (
        "timesheet_entries",
        &["cost_rate", "bill_rate", "cost_amount", "bill_amount"],
    ),
    ("campaigns", &["budget_amount"]),
];

/// The fixture's rates, a budget, and an expense; they appear nowhere else.
const SECRETS: [&str; 4] = ["57.31", "143.17", "88111.11", "100.50"];

/// Sessions of everybody from whom money is hidden: four roles, and the shared role whatever it says it is.
fn without_money(database: &TestDatabase) -> Vec<(String, Session)> {
    let mut sessions = Vec::new();
    for person in PEOPLE_OF_EACH_ROLE {
        if !matches!(person, "north finance" | "north leadership") {
            sessions.push((person.to_owned(), Session::of(database, person)));
        }
        sessions.push((
            format!("{person}, shared"),
            Session::shared(database, person),
        ));
    }
    // Their own entries, under their own role: being the owner changes nothing.
    sessions.push((
        "writer".to_owned(),
        Session::of(database, "north creative writer"),
    ));
    sessions
}

/// Every way to read a column of a table.
fn readings(table: &str, column: &str) -> Vec<String> {
    [
        "select {column} from agency.{table}",
        "select t.{column} from agency.{table} as t limit 1",
        "select * from agency.{table}",
        "select t.* from agency.{table} as t",
        "select t from agency.{table} as t",
        "select to_jsonb(t) from agency.{table} as t",
        "select row_to_json(t) ->> '{column}' from agency.{table} as t",
        "select ({column}(t)) from agency.{table} as t",
        "select max({column}), sum({column}) from agency.{table}",
        "select count({column}) from agency.{table}",
        "select count(*) from agency.{table} where {column} > 0",
        "select count(*) from agency.{table} group by {column}",
        "select count(*) from agency.{table} having avg({column}) > 0",
        "select id from agency.{table} order by {column}",
        "select id, rank() over (order by {column}) from agency.{table}",
        "select 1 / ({column} - 57.31) from agency.{table}",
        "select id from agency.{table} where exists (select where {column} > 100)",
        "select one.id from agency.{table} as one join agency.{table} as two using ({column})",
        "select id from agency.{table} natural join (values (57.31)) as guess ({column})",
        "table agency.{table}",
        "with t as (select * from agency.{table}) select id from t",
        "copy agency.{table} to stdout",
        "copy agency.{table} ({column}) to stdout",
        "copy (select {column} from agency.{table}) to stdout",
        "create temporary table copied as select {column} from agency.{table}",
        "select * from agency.{table} for update",
        "explain analyze select id from agency.{table} where {column} > 0",
        "do $$ begin perform {column} from agency.{table}; end $$",
        "update agency.{table} set updated_by = null where {column} > 0",
        "delete from agency.{table} where {column} > 0",
        "delete from agency.{table} where false returning *",
        "delete from agency.{table} where false returning {column}",
    ]
    .iter()
    .map(|sql| sql.replace("{table}", table).replace("{column}", column))
    .collect()
}

#[test]
fn a_confidential_column_cannot_be_read_in_any_way() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        for (who, session) in without_money(database) {
            for (table, columns) in CONFIDENTIAL {
                for column in columns {
                    for reading in readings(table, column) {
                        let refused = session.refused(&reading);
                        // COPY knows no generated columns by name, whoever asks.
                        let unknown = reading.contains("_amount) to") && refused == "42P10";
                        assert!(
                            unknown || refused == "42501 by grants",
                            "{who}: {reading}: {refused}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn a_confidential_column_cannot_be_read_by_writing() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        for (who, session) in without_money(database) {
            for column in CONFIDENTIAL[1].1 {
                for writing in [
                    format!("update agency.timesheet_entries set description = {column}::text"),
                    format!("update agency.timesheet_entries set hours = {column} / 10"),
                    format!("update agency.timesheet_entries set description = 'x' returning {column}"),
                    "update agency.timesheet_entries set description = 'x' returning *".to_owned(),
                    "update agency.timesheet_entries as t set description = 'x' returning t".to_owned(),
                    format!(
                        "insert into agency.timesheet_entries (tenant_id, employee_id, campaign_id, work_date, hours)
                         values (id_of('north'), id_of('north pm employee'), id_of('north launch'), '2030-01-01', 1) returning {column}"
                    ),
                    format!(
                        "insert into agency.timesheet_entries (tenant_id, id, employee_id, campaign_id, work_date, hours)
                         values (id_of('north'), id_of('north pm entry'), id_of('north pm employee'), id_of('north launch'), '2030-01-01', 1)
                         on conflict (tenant_id, id) do update set description = timesheet_entries.{column}::text"
                    ),
                    format!(
                        "merge into agency.timesheet_entries as t using (select 1) as one on t.{column} > 0
                         when matched then update set description = 'x'"
                    ),
                ] {
                    assert_eq!(session.refused(&writing), "42501 by grants", "{who}: {writing}");
                }
            }
        }
    }
}

#[test]
fn a_view_that_shows_money_and_objects_of_ones_own_lead_nowhere() {
    for major in WITH_VECTOR {
        let database = agency(major);
        database.execute(&format!(
            "grant temporary on database {} to public",
            database.name()
        ));
        for (who, session) in without_money(&database) {
            for sql in [
                "select * from agency.v_timesheet_summary_by_campaign",
                "select margin_pct from agency.v_timesheet_summary_by_campaign",
                "select count(*) from agency.v_timesheet_summary_by_campaign",
                "select * from auth.users",
                "select total_amount from procure.project_quotes",
                "select * from procure.project_quotes",
                "select budget_amount from finance_ppm.projects",
                "select forecast_revenue from finance_ppm.projects",
                "select amount from te.expense_lines",
                "select count(*) from te.expense_lines where amount > 0",
                "select id from procure.project_quotes order by total_amount",
            ] {
                assert_eq!(session.refused(sql), "42501 by grants", "{who}: {sql}");
            }
            // A function of one's own runs with one's own rights.
            session.rows(
                "create function pg_temp.peek() returns numeric language sql as 'select max(cost_rate) from agency.employees'",
            );
            assert_eq!(
                session.refused("select pg_temp.peek()"),
                "42501 by grants",
                "{who}"
            );
            let statistics = "select count(*) from pg_stats where schemaname = 'agency' and attname ~ '^(cost|bill)_(rate|amount)$'";
            assert_eq!(session.value(statistics), "0", "{who}");
        }
    }
}

#[test]
fn what_everybody_may_read_shows_no_money() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        for (who, session) in without_money(database) {
            for source in [
                "agency.v_artifact_library",
                "agency.v_campaign_overview",
                "agency.v_client_360",
                "agency.v_dashboard_kpis",
                "agency.v_employee_utilization",
                "agency.get_recent_activity(200)",
                "agency.search_knowledge(near(1), -1, 200)",
                "agency.get_campaign_expenses(id_of('north launch'))",
                "agency.get_campaign_equipment(id_of('north launch'))",
            ] {
                let shown = session
                    .rows(&format!("select to_jsonb(shown) from {source} as shown"))
                    .join("\n");
                for secret in SECRETS
                    .iter()
                    .chain(&["cost_", "bill_amount", "bill_rate", "margin"])
                {
                    assert!(
                        !shown.contains(secret),
                        "{who}: {source} shows {secret}: {shown}"
                    );
                }
            }
        }
    }
}

#[test]
fn an_error_says_nothing_of_the_row_that_it_is_about() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let own = "where id = id_of('north draft entry')";
        let entries = [
            format!("update agency.timesheet_entries set hours = -1 {own}"),
            format!("update agency.timesheet_entries set hours = null {own}"),
            format!("update agency.timesheet_entries set campaign_id = id_of('nothing') {own}"),
            format!("update agency.timesheet_entries set hours = 24 {own}"),
        ];
        for session in Session::both(&database, "north creative writer") {
            for sql in &entries {
                tells_no_money(&session, sql);
            }
        }
        for session in Session::both(&database, "north admin") {
            for change in [
                "capacity_hours = -1",
                "full_name = null",
                "employee_code = 'E1'",
                "user_id = id_of('nobody')",
            ] {
                tells_no_money(
                    &session,
                    &format!(
                        "update agency.employees set {change} where id = id_of('north pm employee')"
                    ),
                );
            }
        }
    }
}

fn tells_no_money(session: &Session, sql: &str) {
    let error = session.error(sql);
    assert!(error.code().code().starts_with("23"), "{sql}: {error:?}");
    let told = format!("{error:?}");
    for secret in SECRETS {
        assert!(!told.contains(secret), "{sql}: {told}");
    }
}

#[test]
fn money_cannot_be_written_by_those_who_cannot_read_it() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        for (who, session) in without_money(database) {
            for sql in [
                "update agency.employees set cost_rate = 1",
                "update agency.campaigns set budget_amount = 1",
                "update agency.employees set bill_rate = default",
                "update agency.timesheet_entries set cost_rate = 1",
                "update agency.timesheet_entries set bill_rate = 1",
                "insert into agency.employees (tenant_id, employee_code, full_name, email, title, department, cost_rate)
                 values (id_of('north'), 'X', 'X', 'x@example.com', 'X', 'media', 1)",
                "insert into agency.timesheet_entries (tenant_id, employee_id, campaign_id, work_date, hours, bill_rate)
                 values (id_of('north'), id_of('north pm employee'), id_of('north launch'), '2030-01-01', 1, 1)",
            ] {
                assert_eq!(session.refused(sql), "42501 by grants", "{who}: {sql}");
            }
        }
    }
}

#[test]
fn finance_and_leadership_read_all_of_it() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        for person in ["north finance", "north leadership"] {
            let session = Session::of(database, person);
            assert_eq!(
                session.rows(
                    "select budget_amount, total_amount from agency.campaigns as campaign
                     join procure.project_quotes as quote on quote.id = campaign.procure_quote_id"
                ),
                ["88111.11|9000.00"],
                "{person}"
            );
            assert_eq!(
                session.rows("select sum(amount) from te.expense_lines where status <> 'rejected'"),
                ["150.50"]
            );

            assert_eq!(
                session.rows("select distinct cost_rate, bill_rate from agency.employees"),
                ["57.31|143.17"],
                "{person}"
            );
            assert_eq!(
                session.rows(
                    "select cost_rate, bill_rate, cost_amount, bill_amount from agency.timesheet_entries
                     where id = id_of('north draft entry')"
                ),
                ["57.31|143.17|171.93|429.51"],
                "{person}"
            );
            assert!(!session.rows("select * from agency.employees").is_empty());
            assert!(!session.rows("select t from agency.timesheet_entries as t where cost_rate > 57 order by bill_amount").is_empty());
            assert_eq!(
                session.rows(
                    "select bool_and(tenant_id = id_of('north')) from agency.timesheet_entries"
                ),
                ["t"]
            );
        }
    }
}

#[test]
fn others_see_of_the_neighbours_what_is_not_money() {
    for major in WITH_VECTOR {
        let database = agency_to_read(major);
        for (who, session) in without_money(database) {
            for (sql, expected) in [
                (
                    "select quote_number, status, valid_until is null from procure.project_quotes",
                    "Q1|accepted|t",
                ),
                (
                    "select project_code, status from finance_ppm.projects",
                    "P1|open",
                ),
                (
                    "select count(*), min(expense_date) = current_date from te.expense_lines",
                    "4|t",
                ),
                ("select asset_tag from gear.checkouts", "CAM-1"),
            ] {
                assert_eq!(session.rows(sql), [expected], "{who}: {sql}");
            }
        }
    }
}

#[test]
fn finance_keeps_the_rates() {
    for major in WITH_VECTOR {
        let database = agency(major);
        let finance = Session::of(&database, "north finance");

        assert_eq!(
            finance.value("update agency.employees set cost_rate = 60 where user_id = id_of('north pm') returning cost_rate"),
            "60.00"
        );
        assert_eq!(
            finance.refused(
                "update agency.employees set cost_rate = -1 where user_id = id_of('north pm')"
            ),
            "23514 employees_cost_rate_check"
        );
        assert_eq!(
            finance.count(
                "update agency.employees set cost_rate = 1 where user_id = id_of('south pm')"
            ),
            0
        );
    }
}

/// Left out of a search path, the schema of temporary objects comes first for types.
#[test]
fn a_temporary_type_runs_no_code_with_a_definers_rights() {
    for major in WITH_VECTOR {
        let database = agency(major);
        database.execute(&format!(
            "grant temporary on database {} to public",
            database.name()
        ));
        let writer = Session::of(&database, "north creative writer");
        for name in [
            "jsonb", "text", "uuid", "numeric", "boolean", "integer", "record",
        ] {
            let base = if name == "record" { "jsonb" } else { name };
            writer.rows(&format!(
                "create or replace function pg_temp.look(value pg_catalog.{base}) returns pg_catalog.bool language plpgsql as $$
                 begin
                   if current_user <> 'agency_creative' then raise exception 'ran as %', current_user; end if;
                   return true;
                 end $$;
                 create domain pg_temp.{name} as pg_catalog.{base} check (pg_temp.look(value))"
            ).replace("pg_catalog.boolean", "pg_catalog.bool").replace("pg_catalog.integer", "pg_catalog.int4"));
        }

        writer.rows(
            "update agency.artifacts set content = 'new' where id = id_of('north brief');
             update agency.timesheet_entries set hours = 4 where id = id_of('north draft entry');
             insert into agency.timesheet_entries (tenant_id, employee_id, campaign_id, work_date, hours)
             values (id_of('north'), id_of('north creative writer employee'), id_of('north launch'), '2030-01-01', 1)",
        );
    }
}
