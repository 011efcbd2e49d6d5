//! Applying: what differs is sent, what is the same is not, what somebody else made is not touched.

use workroom::files::Tree;
use workroom::policy;
use workroom::project::Project;
use workroom::server::Temporary;

use super::{Agency, Notes, apply, apply_noting, migrate, shipped, told};
use crate::support::server::{execute, own_server, query};

/// "<system> t" for those whose catalog rows are as they were left.
fn recorded(url: &str) -> Vec<String> {
    let query_of_all = policy::state_query(["platform", "neighbours", "agency"]);
    let mut systems: Vec<String> = query(url, &query_of_all)
        .iter()
        .map(|row| row.split('|').step_by(2).collect::<Vec<_>>().join(" "))
        .collect();
    systems.sort();
    systems
}

#[test]
fn applying_again_sends_nothing_and_the_record_says_so() {
    let agency = Agency::new();
    // What the agency was granted in the platform's schema keeps the platform in order, and what its migrations add to
    // the neighbours' tables the neighbours: keys and indexes are no grants and no policies.
    assert_eq!(
        recorded(&agency.url),
        ["agency t", "neighbours t", "platform t"]
    );
    let project = shipped();
    for _ in 0..2 {
        for system in ["platform", "neighbours", "agency"] {
            assert_eq!(
                apply(&agency.url, &project, system).unwrap(),
                Vec::<String>::new()
            );
        }
        assert_eq!(
            recorded(&agency.url),
            ["agency t", "neighbours t", "platform t"]
        );
    }
    let system = &project.systems["agency"];
    let inputs = policy::Inputs::read(&project, policy::Dialect::Postgres).unwrap();
    let inputs = inputs.of(system, system.fingerprints());
    let stored = agency.query("select inputs from workroom.policies where system = 'agency'");
    assert_eq!(stored, [inputs.unwrap()]);
}

#[test]
fn a_change_by_hand_is_noticed_and_only_that_is_mended() {
    let agency = Agency::new();
    let project = shipped();
    let cases = [
        (
            "alter table agency.clients disable row level security",
            "row-level security of agency.clients",
        ),
        (
            "alter table agency.clients no force row level security",
            "row-level security of agency.clients",
        ),
        (
            "alter policy clients_tenant_isolation on agency.clients using (true)",
            "taking away policy clients_tenant_isolation on agency.clients, policy clients_tenant_isolation on agency.clients, \
             the seal of policies and functions",
        ),
        (
            "alter policy clients_all_select on agency.clients to public",
            "taking away policy clients_all_select on agency.clients, policy clients_all_select on agency.clients, \
             the seal of policies and functions",
        ),
        (
            "drop policy clients_all_select on agency.clients",
            "policy clients_all_select on agency.clients, the seal of policies and functions",
        ),
        (
            "grant truncate on agency.clients to agency_pm",
            "taking away the grant on agency.clients to agency_pm, grants on agency.clients",
        ),
        (
            "grant select (cost_rate) on agency.employees to agency_pm",
            "taking away the grant on agency.employees to agency_pm, grants on agency.employees",
        ),
        (
            "grant select on agency.employees to public",
            "taking away the grant on agency.employees to public",
        ),
        (
            "revoke select on agency.clients from agency_creative",
            "grants on agency.clients",
        ),
        (
            "grant create on schema agency to agency_pm",
            "taking away the grant on schema agency to agency_pm, usage of schema agency",
        ),
        (
            "grant execute on function agency.record_audit_event() to public",
            "closing the functions of schema agency",
        ),
        (
            "create or replace function agency.has_role(role text) returns boolean language sql stable return true",
            "function agency.has_role(text), the seal of policies and functions",
        ),
        (
            "alter function agency.record_audit_event() owner to postgres",
            "owner of function agency.record_audit_event, handing all else to agency_owner",
        ),
        (
            "alter default privileges in schema agency grant select on tables to agency_pm",
            "taking away default privileges in schema agency from postgres to agency_pm",
        ),
        (
            "create function agency.helper() returns int return 1",
            "closing the functions of schema agency, handing all else to agency_owner",
        ),
    ];
    for (sql, what) in cases {
        agency.execute(sql);
        assert!(
            recorded(&agency.url).contains(&"agency f".to_owned()),
            "{sql} is not noticed"
        );
        let applied = apply(&agency.url, &project, "agency").unwrap();
        assert_eq!(applied.join(", "), what, "{sql}");
        assert!(
            recorded(&agency.url).contains(&"agency t".to_owned()),
            "{sql}"
        );
    }
}

#[test]
fn a_grant_to_a_role_that_nobody_declared_is_taken_away_and_said() {
    let server = own_server(18);
    let url = neighbours(&server, "strangers");
    execute(
        &url,
        "create role reporting; grant usage on schema te to reporting; grant select on te.expense_lines to reporting",
    );
    let notes = Notes::default();
    let applied = apply_noting(&url, &shipped(), "neighbours", &notes).unwrap();
    assert_eq!(
        applied,
        [
            "taking away the grant on schema te to reporting",
            "taking away the grant on te.expense_lines to reporting"
        ]
    );
    insta::assert_snapshot!(notes.0.lock().unwrap().join("\n"), @r#"
        the grant on schema te to reporting is taken away: policies/neighbours.toml does not ask for it
        the grant on te.expense_lines to reporting is taken away: policies/neighbours.toml does not ask for it
        "#);
}

#[test]
fn what_somebody_else_made_is_an_error_that_names_the_ways_out() {
    let server = own_server(18);
    let url = neighbours(&server, "unmanaged");
    execute(
        &url,
        "create policy mine on te.expense_lines for select using (true);\
         create table gear.extra (id int);\
         create role boss; grant boss to neighbours_reader",
    );
    let before = query(&url, "select count(*) from pg_policy");
    execute(
        &url,
        "alter table gear.checkouts disable row level security",
    );
    let error = apply(&url, &shipped(), "neighbours").unwrap_err();
    insta::assert_snapshot!(told(&error), @r#"
        role neighbours_reader is a member of boss, which policies/neighbours.toml does not say (policies/neighbours.toml:1:1): it may do whatever that role may
          hint: if it is not wanted: revoke boss from neighbours_reader;
          hint: if it is wanted, add it to `member_of` in policies/neighbours.toml
        the table gear.extra is in the database and not in policies/neighbours.toml (policies/neighbours.toml:1:1): no statement that is read in the migrations creates it: a `do` block, a function or another tool did
          hint: describe it in policies/neighbours.toml, and where a migration makes it out of the reader's sight, name it there too: [policies] unseen = ["gear.extra"]
          hint: or create it by a plain `create table` in a migration, or drop it
        the table te.expense_lines has a policy that workroom did not make: mine (policies/neighbours.toml:1:1): a policy more can open what the others close
          hint: if it is not wanted: drop policy mine on te.expense_lines;
          hint: if it is wanted, write it as a cell of the matrix in policies/neighbours.toml, and `workroom policy adopt` replaces the one made by hand
          hint: or leave the table as it is: class = "unmanaged" with a reason
        "#);
    assert_eq!(query(&url, "select count(*) from pg_policy"), before);
    // What is described is mended all the same.
    let bound = "select relrowsecurity from pg_class where oid = 'gear.checkouts'::regclass";
    assert_eq!(query(&url, bound), ["t"]);
}

#[test]
fn what_the_file_no_longer_says_is_taken_away() {
    let server = own_server(18);
    execute(&server.url(), "create database shop");
    let url = server.connection().url_of("shop");
    let folder = tempfile::tempdir().unwrap();
    let project = |policies: &str| {
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(
            "workroom.toml",
            "[project]\nname = 'x'\n[systems.shop]\ntitle = 'Shop'\nschemas = ['shop']\n",
        );
        write(
            "sql/shop/V001__create.sql",
            "create schema shop; create table shop.orders (id serial primary key, tenant text not null, total int);",
        );
        write("policies/shop.toml", policies);
        Project::read(Tree::Folder(folder.path().to_path_buf())).unwrap()
    };
    let head = "[policies]\ntenant_column = 'tenant'\n[context.tenant]\nsetting = 'shop.tenant'\ntype = 'text'\n\
        [roles.shop_clerk]\nkind = 'group'\n[roles.shop_owner]\nkind = 'group'\n";
    let wide = format!(
        "{head}[tables.orders.matrix]\nshop_clerk = {{ select = 'all', insert = 'all' }}\n\
         shop_owner = {{ select = 'all', update = 'all' }}\n"
    );
    let narrow = format!(
        "{head}[tables.orders.matrix]\nshop_clerk = {{ select = 'all', insert = 'all' }}\n"
    );
    let first = project(&wide);
    migrate(&url, &first.systems["shop"]);
    apply(&url, &first, "shop").unwrap();
    let acl = "select relname, relacl::text from pg_class where relname in ('orders', 'orders_id_seq') order by 1";
    insta::assert_snapshot!(query(&url, acl).join("\n"), @r#"
        orders|{postgres=arwdDxtm/postgres,shop_clerk=ar/postgres,shop_owner=rw/postgres}
        orders_id_seq|{postgres=rwU/postgres,shop_clerk=U/postgres}
        "#);
    let applied = apply(&url, &project(&narrow), "shop").unwrap();
    insta::assert_snapshot!(applied.join("\n"), @r#"
        taking away policy orders_shop_clerk_shop_owner_select on shop.orders
        taking away policy orders_shop_owner_update on shop.orders
        taking away the grant on shop.orders to shop_owner
        policy orders_shop_clerk_select on shop.orders
        the seal of policies and functions
        "#);
    assert_eq!(apply(&url, &project(&narrow), "shop").unwrap().len(), 0);
    let insert = "begin; set local role shop_clerk; set local shop.tenant = 'a'; \
        insert into shop.orders (tenant, total) values ('a', 1) returning tenant; rollback";
    assert_eq!(query(&url, insert), ["a"]);
}

/// A database with the neighbours' tables and policies.
fn neighbours(server: &Temporary, name: &str) -> String {
    execute(&server.url(), &format!("create database {name}"));
    let url = server.connection().url_of(name);
    let project = shipped();
    migrate(&url, &project.systems["neighbours"]);
    apply(&url, &project, "neighbours").unwrap();
    url
}
