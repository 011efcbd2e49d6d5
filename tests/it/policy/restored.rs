//! Copies: what was dumped and restored, on the same server or a newer one, is what the policy file says, and nobody did
//! anything to it by hand; what somebody did is found there all the same.

use crate::description::restored_on;
use crate::support::server::{NEWEST, TestDatabase};
use crate::support::workspace::Workspace;

/// A help desk whose policies call functions, name roles, look rows up and compare a `varchar` with a list, which comes back
/// from a dump with other casts.
fn desk(major: u32, prefix: &str) -> Workspace {
    let desk = Workspace::on(major, &["desk"]);
    desk.write(
        "workroom.toml",
        "[project]\nname = \"test\"\ndefault_system = \"desk\"\n[systems.desk]\ntitle = \"Desk\"\nschemas = [\"desk\"]\n\
         private_schemas = [\"desk_private\"]\n",
    );
    desk.write(
        "sql/desk/V001__create_desk.sql",
        "create schema desk;\n\
         create table desk.tickets (tenant_id uuid not null, id uuid not null, agent text not null,\n\
           status varchar(20) not null default 'open', a int, b int,\n\
           constraint tickets_pkey primary key (tenant_id, id),\n\
           constraint tickets_status_check check (status in ('open', 'new', 'done')));\n\
         create table desk.agents (tenant_id uuid not null, name text not null, constraint agents_pkey primary key (tenant_id, name));\n\
         create function desk.is_high(a int, b int) returns boolean language sql immutable return a in (b, b + 1, 7);\n",
    );
    desk.write(
        "views/desk/open_tickets.sql",
        "create or replace view desk.open_tickets with (security_invoker = true) as\n\
           select id, tenant_id from desk.tickets where status in ('open', 'new');\n",
    );
    desk.write(
        "policies/desk.toml",
        &format!(
            r#"
[policies]
private_schema = "desk_private"
tenant_column = "tenant_id"
[roles.{prefix}_definer]
kind = "definer"
[roles.{prefix}_agent]
kind = "application"
name = "agent"
[roles.{prefix}_lead]
kind = "application"
name = "lead"
[roles.{prefix}_app]
kind = "shared"
[context.tenant]
setting = "app.current_tenant"
[context.role]
setting = "app.current_role"
[lookups.agent_names]
returns = "setof text"
reads = ["agents"]
sql = "select agents.name from desk.agents where agents.tenant_id = (select desk.current_tenant_id())"
[macros.open]
sql = "status in ('open', 'new') and a in (b, 7)"
oracle = "row.status in ['open', 'new'] and row.a in [row.b, 7]"
group = "role"
[macros.of_an_agent]
sql = "agent in (select desk_private.agent_names())"
oracle = "exists agents as one where one.name == row.agent and one.tenant_id == context.tenant"
group = "role"
[tables.tickets.matrix]
{prefix}_definer = {{ select = "all" }}
agent = {{ select = "of_an_agent", update = "open" }}
lead = {{ select = "all", delete = "open" }}
[tables.agents.matrix]
{prefix}_definer = {{ select = "all" }}
lead = {{ select = "all" }}
[views]
open_tickets = ["lead"]
[functions]
is_high = ["agent", "lead"]
"#
        ),
    );
    desk.migrate();
    desk
}

/// Every command that compares finds nothing, and a deployment sends nothing.
#[track_caller]
fn is_unchanged(desk: &Workspace, copy: &TestDatabase) {
    desk.run_on(copy, &["policy", "drift"]).done();
    let said = desk.run_on(copy, &["policy", "diff"]).done();
    assert!(said.contains("nothing differs"), "{said}");
    desk.run_on(copy, &["policy", "matrix"]).done();
    let plan = desk.run_on(copy, &["db", "plan"]).done();
    assert!(!plan.contains("policies and grants"), "{plan}");
}

#[test]
fn nothing_was_changed_by_hand_in_a_restored_database() {
    for (from, to) in [(NEWEST, NEWEST), (15, 15), (15, NEWEST)] {
        let prefix = format!("pr{from}_{to}");
        let desk = desk(from, &prefix);
        if from != to {
            // Roles belong to a server.
            let there = TestDatabase::new(to);
            desk.run_on(&there, &["db", "migrate"]).done();
        }
        let copy = restored_on(&desk.database, to, &[], "");
        is_unchanged(&desk, &copy);
        // Before anything is deployed to the copy, and after that.
        for _ in 0..2 {
            let change = format!(
                "alter policy tickets_open_update on desk.tickets using (status in ('open', 'new', 'done'));\
                 alter policy tickets_all_select on desk.tickets to {prefix}_agent;\
                 create or replace function desk.has_role(role text) returns boolean language sql stable parallel safe return true;"
            );
            let changed = copy_of(&copy, to);
            changed.execute(&change);
            let said = desk.run_on(&changed, &["policy", "drift"]);
            assert_eq!(said.status, 1);
            for object in [
                "policy tickets_open_update on desk.tickets",
                "policy tickets_all_select on desk.tickets",
                "function desk.has_role",
            ] {
                let line = format!("{object} was changed by hand");
                assert!(
                    said.text.contains(&line),
                    "{from} to {to}: {line}\n{}",
                    said.text
                );
            }
            let count = said.text.matches("was changed by hand").count();
            assert_eq!(count, 3, "{from} to {to}\n{}", said.text);
            let migrated = desk.run_on(&copy, &["db", "migrate"]).done();
            assert!(!migrated.contains("policies and grants"), "{migrated}");
            let again = desk.run_on(&copy, &["db", "migrate"]).done();
            assert!(again.contains("nothing to do"), "{again}");
        }
        is_unchanged(&desk, &copy);
    }
}

/// Another database with the same, to which nobody is connected.
fn copy_of(copy: &TestDatabase, major: u32) -> TestDatabase {
    TestDatabase::from_template(major, copy.name())
}

#[test]
fn what_another_role_owns_after_a_restore_is_said_and_given_back() {
    let desk = desk(NEWEST, "pr_owner");
    desk.database.execute("create role pr_restorer superuser");
    let copy = restored_on(&desk.database, NEWEST, &["--no-owner"], "pr_restorer");
    let said = desk.run_on(&copy, &["policy", "drift"]);
    assert_eq!(said.status, 1);
    assert!(!said.text.contains("changed by hand"), "{}", said.text);
    let line = "function desk_private.agent_names belongs to pr_restorer";
    assert!(said.text.contains(line), "{}", said.text);
    desk.run_on(&copy, &["db", "migrate"]).done();
    let owner =
        copy.query("select pg_get_userbyid(proowner) from pg_proc where proname = 'agent_names'");
    assert_eq!(owner, ["pr_owner_definer"]);
    let said = desk.run_on(&copy, &["policy", "drift"]);
    assert!(!said.text.contains("agent_names"), "{}", said.text);
}

#[test]
fn a_copy_is_measured_by_what_it_will_be_sent() {
    let desk = desk(NEWEST, "pr_plan");
    let copy = restored_on(&desk.database, NEWEST, &[], "");
    desk.write("sql/desk/V002__nothing.sql", "select 1;\n");
    let said = desk.run_on(&copy, &["db", "plan", "--measure"]).done();
    assert!(!said.contains("drop policy"), "{said}");
    assert!(!said.contains("AccessExclusive"), "{said}");
}

#[test]
fn a_policy_without_its_comment_is_made_anew() {
    let desk = desk(NEWEST, "pr_bare");
    desk.database
        .execute("comment on policy tickets_open_update on desk.tickets is null");
    let diff = desk.run(&["policy", "diff"]);
    assert_eq!(diff.status, 1, "{}", diff.text);
    let applied = desk.run(&["policy", "apply"]).done();
    assert!(applied.contains("policies and grants"), "{applied}");
    let said = desk.run(&["policy", "diff"]).done();
    assert!(said.contains("nothing differs"), "{said}");
}
