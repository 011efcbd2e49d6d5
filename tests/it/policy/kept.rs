//! Cells that let only some columns differ: who approves hours does not change them.

use super::{Agency, in_both_modes};

#[test]
fn who_approves_changes_nothing_but_the_status() {
    let agency = Agency::new();
    in_both_modes("pm", |who, persona| {
        let approve = |more: &str, whose: &str| {
            format!(
                "update agency.timesheet_entries as t set status = 'approved'{more} from agency.employees as e \
                 where e.id = t.employee_id and e.employee_code = '{whose}' and t.status = 'submitted' returning t.hours"
            )
        };
        assert_eq!(
            agency.as_(persona, &approve("", "E6")).unwrap(),
            ["8.00"],
            "{who}"
        );
        // As it is, is no change.
        let same = approve(", hours = 8.0, description = t.description", "E6");
        assert_eq!(agency.as_(persona, &same).unwrap(), ["8.00"], "{who}");
        for more in [
            ", hours = 9",
            ", hours = 7",
            ", description = 'x'",
            ", is_billable = false",
            ", work_date = t.work_date - 1",
            ", id = gen_random_uuid()",
        ] {
            let error = agency.as_(persona, &approve(more, "E6")).unwrap_err();
            assert!(error.starts_with("42501"), "{who}{more}: {error}");
        }
        // Their own entries are theirs to change, as long as nobody has approved them.
        let own = "update agency.timesheet_entries as t set hours = 3, description = 'x' from agency.employees as e \
             where e.id = t.employee_id and e.employee_code = 'E3' and t.status = 'submitted' returning t.hours";
        assert_eq!(agency.as_(persona, own).unwrap(), ["3.00"], "{who}");
    });
    // Whoever may change every row is not limited.
    in_both_modes("admin", |who, persona| {
        let all = "update agency.timesheet_entries as t set hours = 3, status = 'approved' from agency.employees as e \
             where e.id = t.employee_id and e.employee_code = 'E6' and t.status = 'submitted' returning t.hours";
        assert_eq!(agency.as_(persona, all).unwrap(), ["3.00"], "{who}");
    });
}

#[test]
fn a_row_that_changed_meanwhile_is_not_approved() {
    let agency = Agency::new();
    let changed = "update agency.timesheet_entries set hours = 5 where employee_id = \
         (select id from agency.employees where tenant_id = 'aaaaaaaa-0000-0000-0000-000000000000' and employee_code = 'E6') and status = 'submitted'";
    in_both_modes("pm", |who, persona| {
        let url = agency.url.clone();
        let change = std::thread::spawn(move || {
            let slow = format!(
                "begin; set local session_replication_role = replica; {changed}; select pg_sleep(1); commit"
            );
            crate::support::server::execute(&url, &slow);
        });
        std::thread::sleep(std::time::Duration::from_millis(300));
        // It waits for the other, and then finds a row that it has not seen.
        let approve = "update agency.timesheet_entries as t set status = 'approved' from agency.employees as e \
             where e.id = t.employee_id and e.employee_code = 'E6' and t.status = 'submitted' returning 1";
        let result = agency.as_(persona, approve);
        change.join().unwrap();
        assert!(result.unwrap_err().starts_with("42501"), "{who}");
        agency.execute(
            "begin; set local session_replication_role = replica; \
             update agency.timesheet_entries set hours = 8 where hours = 5; commit",
        );
    });
}
