//! Plans: those of the shared role find a user's own rows and are right when they outlive a role; the context is read once.

use super::{Agency, Persona, ROLES, TENANT_A, user};

/// Makes a session of the shared role in which a statement is prepared, and runs it under one role after another.
fn counts(agency: &Agency, roles: &[&str]) -> Vec<String> {
    let mut sql = format!(
        "begin; set local plan_cache_mode = force_generic_plan; set local app.current_tenant = '{TENANT_A}';\
         set local role agency_session; prepare entries as select count(id) from agency.timesheet_entries;"
    );
    for role in roles {
        let sub = if ROLES.contains(role) {
            user(role)
        } else {
            String::new()
        };
        sql.push_str(&format!(
            "set local \"app\".\"current_role\" = '{role}'; set local request.jwt.claims = '{{\"sub\":\"{sub}\"}}'; execute entries;"
        ));
    }
    agency.query(&format!("{sql}deallocate entries; rollback"))
}

fn plan(agency: &Agency, role: &str) -> String {
    let sub = user(role);
    let lines = agency.query(&format!(
        "begin; set local app.current_tenant = '{TENANT_A}'; set local \"app\".\"current_role\" = '{role}';\
         set local request.jwt.claims = '{{\"sub\":\"{sub}\"}}';\
         set local role agency_session; explain (costs off) select count(id) from agency.timesheet_entries; rollback"
    ));
    lines.join("\n")
}

#[test]
fn a_plan_that_outlives_its_role_is_right_all_the_same() {
    let agency = Agency::new();
    let fresh: Vec<String> = ROLES
        .iter()
        .chain(&["nobody", ""])
        .flat_map(|role| counts(&agency, &[role]))
        .collect();
    assert_eq!(fresh, ["13", "13", "13", "13", "2", "3", "0", "0"]);
    for first in ROLES.iter().chain(&["nobody", ""]) {
        let mut roles = vec![*first];
        roles.extend(ROLES);
        roles.extend(["nobody", ""]);
        let found = counts(&agency, &roles);
        assert_eq!(found[1..], fresh, "planned for {first:?}");
    }
}

#[test]
fn only_plans_for_roles_that_see_their_own_rows_look_for_them() {
    let agency = Agency::new();
    // Which index is the cheapest is up to the planner; that the range is among the conditions is not.
    for role in ["account", "creative"] {
        let plan = plan(&agency, role);
        assert!(plan.contains("employee_id >="), "{role}: {plan}");
    }
    for role in ["finance", "leadership", "pm", "admin"] {
        assert!(!plan(&agency, role).contains("employee_id >="), "{role}");
    }
}

#[test]
fn dropping_the_way_takes_nothing_from_anybody() {
    let agency = Agency::new();
    let rows = |agency: &Agency| ROLES.map(|role| counts(agency, &[role]));
    let before = rows(&agency);
    agency.execute("drop policy timesheet_entries_way_to_self_select on agency.timesheet_entries");
    assert_eq!(rows(&agency), before);
}

#[test]
fn the_context_is_read_once_a_statement() {
    let agency = Agency::new();
    let leadership = user("leadership");
    let persona = Persona {
        role: "agency_leadership",
        setting: None,
        tenant: TENANT_A,
        user: &leadership,
    };
    let plan = agency
        .as_(
            &persona,
            "explain (costs off) select hours from agency.timesheet_entries",
        )
        .unwrap()
        .join("\n");
    assert!(plan.contains("InitPlan"), "{plan}");
    for line in plan
        .lines()
        .filter(|line| line.contains("Filter") || line.contains("Cond"))
    {
        assert!(
            !line.contains("current_setting") && !line.contains("has_"),
            "{plan}"
        );
    }
}
