//! Who owns what a policy file describes, what PUBLIC loses beside it, and how long sessions of its roles may take.

use super::shipped;
use super::{apply, migrate, told};
use crate::support::server::{execute, own_server, query, try_query};
use crate::support::workspace::Workspace;

/// A shop whose schemas belong to a role of their own, and whose clerks have time-outs.
fn shop(prefix: &str) -> Workspace {
    let shop = Workspace::new();
    shop.write(
        "workroom.toml",
        "[project]\nname = \"test\"\ndefault_system = \"shop\"\n[systems.shop]\ntitle = \"Shop\"\nschemas = [\"shop\"]\n\
         private_schemas = [\"shop_private\"]\n",
    );
    shop.write(
        "sql/shop/V001__create_orders.sql",
        "create schema shop;\n\
         create type shop.state as enum ('open', 'closed');\n\
         create domain shop.amount as numeric check (value > 0);\n\
         create sequence shop.numbers;\n\
         create table shop.orders (id int generated always as identity primary key, state shop.state, paid shop.amount);\n\
         comment on table shop.orders is 'Orders.';\n\
         create function shop.tidy() returns void language plpgsql security definer set search_path = pg_catalog, pg_temp\n\
           as $$ begin end $$;\n\
         create procedure shop.close() language sql begin atomic select 1; end;\n\
         create function shop.count_orders() returns bigint stable return (select count(*) from shop.orders);\n",
    );
    shop.write(
        "views/shop/open_orders.sql",
        "create or replace view shop.open_orders with (security_invoker = true) as select id from shop.orders;\n",
    );
    shop.write("policies/shop.toml", &policy_file(prefix));
    shop
}

fn policy_file(prefix: &str) -> String {
    format!(
        r#"
[policies]
private_schema = "shop_private"
owner = "{prefix}_owner"
revoke_temporary = true
[policies.timeouts]
statement_timeout = "30s"
transaction_timeout = "2min"
[roles.{prefix}_clerk]
kind = "application"
name = "clerk"
[roles.{prefix}_clerk.timeouts]
statement_timeout = "5s"
lock_timeout = "0"
[roles.{prefix}_guest]
kind = "group"
[roles.{prefix}_definer]
kind = "definer"
login = false
owns = ["tidy"]
[roles.{prefix}_owner]
kind = "owner"
login = false
[tables.orders]
class = "global"
[tables.orders.matrix]
clerk = {{ select = "all", insert = "all" }}
[views]
open_orders = ["clerk"]
[functions]
"count_orders, tidy" = ["clerk"]
"#
    )
}

/// What lies in the shop's schemas, and whose it is.
const OWNERS: &str = "
    select what || ' ' || owner from (
      select 'schema ' || nspname, nspowner from pg_namespace where nspname ~ '^shop'
      union all select relkind::text || ' ' || relname, relowner from pg_class where relnamespace::regnamespace::text ~ '^shop' and relkind <> 'i'
      union all select 'type ' || typname, typowner from pg_type where typnamespace::regnamespace::text ~ '^shop' and typtype in ('e', 'd')
      union all select 'routine ' || proname, proowner from pg_proc where pronamespace::regnamespace::text ~ '^shop'
    ) as found (what, oid) cross join lateral (select replace(pg_get_userbyid(found.oid)::text, current_setting('app.prefix'), '')) as named (owner)
    order by 1";

#[test]
fn schemas_and_what_lies_in_them_belong_to_the_owner_and_stay_theirs() {
    let shop = shop("po1");
    shop.migrate();
    let url = shop.database.url();
    let owners = format!("set app.prefix = 'po1_'; {OWNERS}");
    let expected = [
        "S numbers owner",
        "S orders_id_seq owner",
        "r orders owner",
        "routine close owner",
        "routine count_orders owner",
        "routine tidy definer",
        "schema shop owner",
        "schema shop_private owner",
        "type amount owner",
        "type state owner",
        "v open_orders owner",
    ];
    assert_eq!(query(&url, &owners), expected);
    assert_eq!(
        query(
            &url,
            "select rolcanlogin or rolsuper or rolbypassrls from pg_roles where rolname = 'po1_owner'"
        ),
        ["f"]
    );
    shop.run(&["policy", "diff"]).done();
    shop.run(&["policy", "drift"]).done();
    shop.run(&["db", "verify"]).done();
    let nothing = shop.run(&["policy", "apply"]).done();
    assert!(nothing.contains("nothing to do"), "{nothing}");

    // What a later migration makes goes the same way, and what somebody took comes back.
    shop.write(
        "sql/shop/V002__create_notes.sql",
        "create function shop.note() returns int stable return 1; alter table shop.orders add column note text;\n",
    );
    shop.run(&["db", "migrate"]).done();
    execute(
        &url,
        "create role po1_stranger; alter table shop.orders owner to po1_stranger",
    );
    let drift = shop.run(&["policy", "drift"]);
    assert_eq!(drift.status, 1);
    let named =
        "ownership of schema shop and what lies in it: expected po1_owner, found not all its";
    assert!(drift.text.contains(named), "{}", drift.text);
    let diff = shop.run(&["policy", "diff"]);
    assert!(
        diff.text.contains("handing all else to po1_owner"),
        "{}",
        diff.text
    );
    shop.run(&["policy", "apply"]).done();
    let mut later = expected.to_vec();
    later.insert(5, "routine note owner");
    assert_eq!(query(&url, &owners), later);
}

#[test]
fn public_loses_temporary_objects_and_its_return_is_drift() {
    let shop = shop("po2");
    shop.migrate();
    let url = shop.database.url();
    let may = "select has_database_privilege('po2_clerk', current_database(), 'temporary')";
    assert_eq!(query(&url, may), ["f"]);
    let name = shop.database.name();
    execute(
        &url,
        &format!("grant temporary on database {name} to public"),
    );
    let drift = shop.run(&["policy", "drift"]);
    assert!(
        drift
            .text
            .contains("the right of public to temporary objects was given back"),
        "{}",
        drift.text
    );
    shop.run(&["policy", "apply"]).done();
    assert_eq!(query(&url, may), ["f"]);
}

#[test]
fn roles_begin_with_their_time_outs_which_are_compared_like_all_else() {
    let shop = shop("po3");
    shop.migrate();
    let url = shop.database.url();
    let settings = "select rolname || ': ' || array_to_string(array(select unnest(setconfig) order by 1), ', ')
        from pg_db_role_setting join pg_roles as role on role.oid = setrole where rolname ~ '^po3_' order by 1";
    let expected = [
        "po3_clerk: lock_timeout=0, statement_timeout=5s, transaction_timeout=2min",
        "po3_guest: statement_timeout=30s, transaction_timeout=2min",
    ];
    assert_eq!(query(&url, settings), expected);
    execute(&url, "alter role po3_clerk login");
    let clerk = url.replacen("postgres@", "po3_clerk@", 1);
    assert_eq!(query(&clerk, "show statement_timeout"), ["5s"]);
    let cut = try_query(&clerk, "set statement_timeout = '50ms'; select pg_sleep(5)").unwrap_err();
    assert_eq!(cut.code().unwrap().code(), "57014");

    execute(
        &url,
        "alter role po3_clerk set statement_timeout = 0; alter role po3_guest reset transaction_timeout",
    );
    let drift = shop.run(&["policy", "drift"]);
    for line in [
        "role po3_clerk (statement_timeout): expected 5s, found 0",
        "role po3_guest (transaction_timeout): expected 2min, found nothing",
    ] {
        assert!(drift.text.contains(line), "{line}\n{}", drift.text);
    }
    // A deployment with nothing else to do sees it, too.
    shop.run(&["db", "migrate"]).done();
    assert_eq!(query(&url, settings), expected);
    execute(&url, "alter role po3_clerk nologin");
    shop.run(&["policy", "drift"]).done();
}

#[test]
fn a_server_without_a_time_out_is_no_difference() {
    for major in [15, 16] {
        let server = own_server(major);
        execute(&server.url(), "create database d");
        let url = server.connection().url_of("d");
        let project = shipped();
        migrate(&url, &project.systems["platform"]);
        apply(&url, &project, "platform")
            .unwrap_or_else(|error| panic!("{major}: {}", told(&error)));
        assert_eq!(
            apply(&url, &project, "platform").unwrap(),
            Vec::<String>::new(),
            "{major}"
        );
        let set = "select array_to_string(array(select unnest(setconfig) order by 1), ', ') from pg_db_role_setting
            where setrole = 'authenticated'::regrole";
        assert_eq!(
            query(&url, set),
            ["idle_in_transaction_session_timeout=60s, lock_timeout=5s, statement_timeout=30s"]
        );
    }
}

#[test]
fn two_files_do_not_quarrel_about_one_role() {
    let project = Workspace::new();
    project.write(
        "workroom.toml",
        "[project]\nname = \"test\"\ndefault_system = \"one\"\n[systems.one]\ntitle = \"One\"\nschemas = [\"one\"]\n\
         [systems.two]\ntitle = \"Two\"\nschemas = [\"two\"]\n",
    );
    let file = |wait: &str| {
        format!(
            "[policies.timeouts]\nlock_timeout = \"{wait}\"\n[roles.po5_clerk]\nkind = \"group\"\n"
        )
    };
    for (system, wait) in [("one", "1s"), ("two", "2s")] {
        project.write(
            &format!("sql/{system}/V001__create.sql"),
            &format!("create schema {system};\n"),
        );
        project.write(&format!("policies/{system}.toml"), &file(wait));
    }
    let said = project.run(&["policy", "render"]);
    assert_eq!(said.status, 2, "{}", said.text);
    let named = "role po5_clerk has lock_timeout 1s here and 2s in policies/two.toml\n --> policies/one.toml:3:";
    assert!(said.text.contains(named), "{}", said.text);
    project.write("policies/two.toml", &file("1s"));
    project.run(&["policy", "render"]).done();
}

#[test]
fn mistakes_about_owners_and_time_outs_are_named_with_their_lines() {
    let shop = shop("po4");
    let file = policy_file("po4")
        .replace(
            "statement_timeout = \"30s\"",
            "statement_timeout = \"30\"\nlock_time = \"1s\"",
        )
        .replace("owner = \"po4_owner\"", "owner = \"po4_clerk\"")
        .replace("login = false\n[tables", "[tables");
    shop.write("policies/shop.toml", &file);
    let said = shop.run(&["policy", "render"]);
    assert_eq!(said.status, 2, "{}", said.text);
    for part in [
        "there is no role `po4_clerk` of the kind \"owner\"\n --> policies/shop.toml:4:9",
        "`30` is not a duration\n --> policies/shop.toml:7:21",
        "`lock_time` is not a time-out\n --> policies/shop.toml:8:1",
    ] {
        assert!(said.text.contains(part), "{part}\n{}", said.text);
    }
    shop.write(
        "policies/shop.toml",
        &policy_file("po4").replace("owner = \"po4_owner\"\n", ""),
    );
    let said = shop.run(&["policy", "render"]);
    assert!(
        said.text.contains("po4_owner owns nothing"),
        "{}",
        said.text
    );
}
