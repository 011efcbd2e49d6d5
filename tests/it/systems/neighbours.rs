//! The neighbouring applications' tables.

use crate::support::server::TestDatabase;
use crate::systems::{ALL, Session, deploy, say};

#[test]
fn each_table_keeps_its_own_rules() {
    for major in ALL {
        say(major);
        let database = TestDatabase::new(major);
        deploy(&database, &["neighbours"]);
        let session = Session::new(&database);
        let tenant = "gen_random_uuid()";

        let checkout = |status: &str, returned: &str| {
            format!(
                "insert into gear.checkouts (tenant_id, asset_tag, equipment_name, category, status, due_at, returned_at)
                 values ({tenant}, 'C1', 'Camera', 'camera', '{status}', now() + interval '1 day', {returned})"
            )
        };
        assert_eq!(session.count(&checkout("out", "null")), 1);
        assert_eq!(session.count(&checkout("returned", "now()")), 1);
        assert_eq!(
            session.refused(&checkout("returned", "null")),
            "23514 checkouts_returned_has_time_check"
        );
        assert_eq!(
            session.refused(&checkout("eaten", "null")),
            "23514 checkouts_status_check"
        );

        let expense = |amount: i32| {
            format!(
                "insert into te.expense_lines (tenant_id, category, description, expense_date, amount)
                 values ({tenant}, 'meals', 'Lunch', current_date, {amount})"
            )
        };
        assert_eq!(session.count(&expense(12)), 1);
        assert_eq!(
            session.refused(&expense(-1)),
            "23514 expense_lines_amount_check"
        );

        let project = |ends: &str| {
            format!(
                "insert into finance_ppm.projects (tenant_id, project_code, name, starts_on, ends_on)
                 values ({tenant}, 'P', 'Project', '2025-02-01', '{ends}')"
            )
        };
        assert_eq!(session.count(&project("2025-02-01")), 1);
        assert_eq!(
            session.refused(&project("2025-01-31")),
            "23514 projects_ends_after_start_check"
        );

        let quote = "insert into procure.project_quotes (tenant_id, quote_number, title) values
             ('11111111-2222-4333-8444-555555555555', 'Q', 'Quote')";
        assert_eq!(session.count(quote), 1);
        assert_eq!(
            session.refused(quote),
            "23505 project_quotes_tenant_id_quote_number_key"
        );
    }
}

#[test]
fn a_change_is_stamped() {
    for major in ALL {
        say(major);
        let database = TestDatabase::new(major);
        deploy(&database, &["neighbours"]);
        let session = Session::new(&database);

        session.rows(
            "insert into procure.project_quotes (tenant_id, quote_number, title, updated_at)
             values (gen_random_uuid(), 'Q', 'Quote', '2020-01-01')",
        );
        session
            .rows("update procure.project_quotes set title = 'Other', updated_at = '2021-01-01'");

        assert_eq!(
            session.value(
                "select updated_at > now() - interval '1 minute' from procure.project_quotes"
            ),
            "t"
        );
    }
}

#[test]
fn a_reader_sees_the_rows_of_one_tenant_and_writes_none() {
    for major in ALL {
        say(major);
        let database = TestDatabase::new(major);
        deploy(&database, &["neighbours"]);
        let (ours, theirs) = (
            "11111111-1111-4111-8111-111111111111",
            "22222222-2222-4222-8222-222222222222",
        );
        for tenant in [ours, theirs] {
            database.execute(&format!(
                "insert into procure.project_quotes (tenant_id, quote_number, title) values ('{tenant}', 'Q', 'Quote');
                 insert into finance_ppm.projects (tenant_id, project_code, name) values ('{tenant}', 'P', 'Project');
                 insert into te.expense_lines (tenant_id, category, description, expense_date, amount)
                 values ('{tenant}', 'meals', 'Lunch', current_date, 12);
                 insert into gear.checkouts (tenant_id, asset_tag, equipment_name, category, due_at)
                 values ('{tenant}', 'C', 'Camera', 'camera', now() + interval '1 day')"
            ));
        }
        let session = Session::new(&database);
        session.rows("set role neighbours_reader");
        let become_tenant = |tenant: &str, claims: &str| {
            session.rows(&format!(
                "select set_config('app.current_tenant', '{tenant}', false), set_config('request.jwt.claims', '{claims}', false)"
            ));
        };

        for table in [
            "procure.project_quotes",
            "finance_ppm.projects",
            "te.expense_lines",
            "gear.checkouts",
        ] {
            let tenants = format!("select tenant_id from {table}");
            become_tenant(ours, "");
            assert_eq!(session.rows(&tenants), [ours], "{table}");
            let signed = format!(r#"{{"app_metadata": {{"tenant_id": "{theirs}"}}}}"#);
            become_tenant("", &signed);
            assert_eq!(session.rows(&tenants), [theirs], "{table}");
            for nobody in ["", "nonsense", "00000000-0000-0000-0000-000000000000"] {
                become_tenant(nobody, "{");
                assert_eq!(session.rows(&tenants), [""; 0], "{table}: {nobody}");
            }
            for writing in [
                format!("update {table} set updated_at = now()"),
                format!("delete from {table}"),
                format!("truncate {table}"),
            ] {
                assert_eq!(session.refused(&writing), "42501 by grants", "{writing}");
            }
        }
    }
}
