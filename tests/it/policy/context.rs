//! A session without a proper tenant or role sees nothing, and is told nothing.

use super::{Agency, Persona, ROLES, TENANT_A, user};

fn visible(agency: &Agency, settings: &str, role: &str) -> String {
    let sql = format!(
        "begin;{settings};set local role {role};\
         select (select count(*) from agency.clients) + (select count(id) from agency.employees) \
           + (select count(id) from agency.timesheet_entries) + (select count(*) from agency.ai_messages) \
           + (select count(*) from agency.v_campaign_overview) + (select count(*) from procure.project_quotes);\
         rollback"
    );
    agency.query(&sql).join(" ")
}

#[test]
fn without_a_proper_tenant_nothing_is_seen_and_nothing_raised() {
    let agency = Agency::new();
    let sub = user("leadership");
    for tenant in [
        "select 1 where false".to_owned(),
        "set local app.current_tenant = ''".to_owned(),
        "set local app.current_tenant = 'x'".to_owned(),
        "set local app.current_tenant = '%'".to_owned(),
        format!("set local app.current_tenant = '{TENANT_A} or true'"),
        format!("set local app.current_tenant = e'{TENANT_A}\\n'"),
        format!("set local app.current_tenant = '{{{TENANT_A}}}'"),
        "set local app.current_tenant = 'cccccccc-0000-0000-0000-000000000000'".to_owned(),
        "set local request.jwt.claims = 'not json'".to_owned(),
        "set local request.jwt.claims = '[]'".to_owned(),
        "set local request.jwt.claims = '\"x\"'".to_owned(),
        "set local request.jwt.claims = '{\"app_metadata\":{\"tenant_id\":[]}}'".to_owned(),
        "set local request.jwt.claims = '{\"app_metadata\":\"x\"}'".to_owned(),
        format!(
            "set local request.jwt.claims = '{{\"user_metadata\":{{\"tenant_id\":\"{TENANT_A}\"}},\"sub\":\"{sub}\"}}'"
        ),
        // What is set and malformed is no reason to look at the claims.
        format!(
            "set local app.current_tenant = 'x'; set local request.jwt.claims = '{{\"app_metadata\":{{\"tenant_id\":\"{TENANT_A}\"}}}}'"
        ),
    ] {
        for role in ROLES {
            assert_eq!(
                visible(&agency, &tenant, &format!("agency_{role}")),
                "0",
                "{role}: {tenant}"
            );
            let shared = format!("{tenant};set local \"app\".\"current_role\" = '{role}'");
            assert_eq!(
                visible(&agency, &shared, "agency_session"),
                "0",
                "{role}: {tenant}"
            );
        }
    }
}

#[test]
fn the_tenant_may_come_from_the_claims() {
    let agency = Agency::new();
    let claims = format!(
        "set local request.jwt.claims = '{{\"app_metadata\":{{\"tenant_id\":\"{TENANT_A}\"}}}}'"
    );
    assert_ne!(visible(&agency, &claims, "agency_leadership"), "0");
    let upper = TENANT_A.to_uppercase();
    let setting = format!("set local app.current_tenant = '{upper}'");
    assert_ne!(visible(&agency, &setting, "agency_leadership"), "0");
}

#[test]
fn the_shared_role_needs_a_role_and_a_database_role_cannot_be_talked_over() {
    let agency = Agency::new();
    let tenant = format!("set local app.current_tenant = '{TENANT_A}'");
    for setting in [
        "",
        "agency_leadership",
        "Leadership",
        "superuser",
        "leadership ",
    ] {
        let settings = format!("{tenant};set local \"app\".\"current_role\" = '{setting}'");
        // The neighbours are read by membership, whatever the application role.
        assert_eq!(
            visible(&agency, &settings, "agency_session"),
            "1",
            "{setting}"
        );
    }
    let creative = user("creative");
    let persona = Persona {
        role: "agency_creative",
        setting: Some("leadership"),
        tenant: TENANT_A,
        user: &creative,
    };
    let role = agency.as_(
        &persona,
        "select agency.current_user_role(), agency.has_role('leadership')",
    );
    assert_eq!(role.unwrap(), ["creative|f"]);
    assert_eq!(
        agency
            .as_(&persona, "select count(*) from agency.artifacts")
            .unwrap(),
        ["1"]
    );
    let any = agency.as_(
        &persona,
        "select agency.has_any_role(array['pm', 'creative']), agency.has_any_role('{}'), agency.has_role(null)",
    );
    assert_eq!(any.unwrap(), ["t|f|f"]);
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
