//! What is told of what surrounds a system: nothing to check, owners who cannot refresh, audit, extensions, limits.

use super::breaks::shop;
use crate::support::workspace::Workspace;

#[test]
fn nothing_deployed_is_nothing_to_check_and_not_fine() {
    let shop = Workspace::new();
    shop.write("sql/shop/V001__create.sql", "create schema shop;\n");
    let said = shop.run(&["policy", "lint"]);
    assert_eq!(said.status, 1, "{}", said.text);
    assert!(said.text.contains("nothing to check"), "{}", said.text);
}

#[test]
fn a_copy_that_its_owner_cannot_refresh_is_found() {
    let shop = shop("pv8", 18);
    shop.database.execute(
        "create role pv8_owner; grant create on schema shop to pv8_owner; grant select on shop.orders to pv8_owner; \
         create materialized view shop.totals as select tenant_id, count(*) as n from shop.orders group by 1; \
         alter materialized view shop.totals owner to pv8_owner",
    );
    let said = shop.run(&["policy", "lint"]).text;
    assert!(
        said.contains("materialized-view-bound: shop.totals"),
        "{said}"
    );
    shop.database
        .execute("alter materialized view shop.totals owner to postgres");
    let said = shop.run(&["policy", "lint"]).text;
    assert!(!said.contains("materialized-view-bound"), "{said}");
}

#[test]
fn grants_that_switch_audit_on_are_kept_when_named_and_told_as_a_danger_when_not() {
    let shop = shop("pa8", 18);
    let grant = "grant select, update on shop.orders to pa8_auditor";
    shop.database.execute(&format!(
        "create role pa8_auditor; alter database {} set pgaudit.role = 'pa8_auditor'; {grant}; \
         create role pa8_replicator replication; grant select on shop.lines to pa8_replicator; \
         grant select on shop.lines to pa8_stranger",
        shop.database.name()
    ));
    let said = shop.run(&["policy", "diff"]);
    assert_eq!(said.status, 1);
    for part in [
        "grant taken from pa8_auditor, whom the file does not name: object audit by pgaudit.role stops",
        "grant taken from pa8_replicator, whom the file does not name: first copies of its subscriptions fail",
        "-- DANGEROUS: grant taken from pa8_stranger, whom the file does not name\n",
        "3 of them dangerous",
        "name the role under `grants_kept_for` to keep its grants",
    ] {
        assert!(said.text.contains(part), "{part}\n{}", said.text);
    }
    let path = shop.folder.path().join("policies/shop.toml");
    let file = std::fs::read_to_string(path).unwrap();
    let keep = |names: &str| {
        file.replacen(
            "[policies]\n",
            &format!("[policies]\ngrants_kept_for = [{names}]\n"),
            1,
        )
    };
    shop.write(
        "policies/shop.toml",
        &keep("\"pa8_auditor\", \"pa8_replicator\""),
    );
    shop.migrate();
    let held = "select has_table_privilege('pa8_auditor', 'shop.orders', 'update'), \
        has_table_privilege('pa8_replicator', 'shop.lines', 'select'), has_table_privilege('pa8_stranger', 'shop.lines', 'select')";
    assert_eq!(shop.database.query(held), ["t|t|f"]);
    shop.run(&["policy", "diff"]).done();
    let lint = shop.run(&["policy", "lint"]).text;
    assert!(!lint.contains("pa8_auditor"), "{lint}");
    shop.write("policies/shop.toml", &keep("\"pa8_clerk\""));
    let refused = shop.run(&["policy", "diff"]).refused();
    assert!(
        refused.contains("the grants of pa8_clerk follow from the matrix"),
        "{refused}"
    );
}

#[test]
fn a_view_and_functions_that_an_extension_makes_can_be_described() {
    let shop = Workspace::new();
    shop.write(
        "sql/shop/V001__create.sql",
        "create schema shop;\ncreate table shop.orders (id uuid not null, tenant_id uuid not null, constraint orders_pkey primary key (tenant_id, id));\n\
         do $$ begin execute 'create view shop.history with (security_invoker = true) as select id from shop.orders';\n\
           execute 'create function shop.as_of(at timestamptz) returns bigint stable language sql return 1'; end $$;\n",
    );
    shop.write(
        "policies/shop.toml",
        "[policies]\ntenant_column = \"tenant_id\"\nunseen = [\"shop.history\", \"shop.as_of(timestamptz)\"]\n\
         [roles.pu8_clerk]\nkind = \"application\"\nname = \"clerk\"\n[context.tenant]\nsetting = \"app.current_tenant\"\n\
         [tables.orders.matrix]\nclerk = { select = \"all\" }\n[views]\nhistory = [\"clerk\"]\n[functions]\n\"as_of(timestamptz)\" = [\"clerk\"]\n",
    );
    shop.migrate();
    let held = "select has_table_privilege('pu8_clerk', 'shop.history', 'select'), has_function_privilege('pu8_clerk', 'shop.as_of(timestamptz)', 'execute')";
    assert_eq!(shop.database.query(held), ["t|t"]);
}

#[test]
fn a_time_limit_of_the_role_is_told_as_one() {
    let shop = shop("pt8", 18);
    shop.database.execute(&format!(
        "create role pt8_reader login superuser; alter role pt8_reader in database {} set statement_timeout = '1ms'",
        shop.database.name()
    ));
    let url = shop.database.url().replacen("postgres@", "pt8_reader@", 1);
    let refused = shop.run_at(&url, &["policy", "lint"]).refused();
    assert!(!refused.contains("user request"), "{refused}");
    assert!(refused.contains("show statement_timeout"), "{refused}");
}

#[test]
fn a_proof_leaves_the_views_of_an_extension_to_the_extension() {
    let shop = shop("pe5", 15);
    shop.database.execute(
        "insert into shop.orders (id, tenant_id, clerk, note) \
           select gen_random_uuid(), ('00000000-0000-0000-0000-00000000000' || n % 2)::uuid, 'x', 'y' from generate_series(1, 4) as n; \
         insert into shop.lines (id, tenant_id, order_id) select gen_random_uuid(), tenant_id, id from shop.orders; \
         create extension pg_stat_statements schema shop",
    );
    let said = shop.run(&["policy", "prove", "--here"]);
    assert!(!said.text.contains("pg_stat_statements"), "{}", said.text);
    assert!(said.status < 2, "{}", said.text);
    // The same by hand is found.
    shop.database.execute(
        "create view shop.settings as select name from pg_settings; grant select on shop.settings to pe5_clerk",
    );
    let said = shop.run(&["policy", "prove", "--here"]);
    assert!(said.text.contains("shop.settings"), "{}", said.text);
}

#[test]
fn what_commands_ask_that_change_nothing_speaks_of_the_catalog_alone() {
    let shop = shop("oi8", 18);
    let file = shop.folder.path().join("policies/shop.toml");
    let whole = std::fs::read_to_string(file).unwrap();
    shop.database.execute("create sequence public.canary");
    for (condition, said) in [
        ("nextval('public.canary') > 0", "`nextval(…)`"),
        (
            "true), false); select nextval('public.canary'), ((true",
            "a parenthesis is closed",
        ),
        ("exists (select from shop.orders)", "the relation `orders`"),
    ] {
        let only_if = format!("[policies.only_if]\nsql = \"{condition}\"\notherwise = \"\"\n");
        shop.write("policies/shop.toml", &format!("{only_if}{whole}"));
        for arguments in [
            ["db", "plan"],
            ["db", "verify"],
            ["policy", "diff"],
            ["policy", "matrix"],
            ["policy", "drift"],
            ["policy", "prove"],
        ] {
            let told = shop.run(&arguments).refused();
            assert!(
                told.contains("asks for more than the catalog") && told.contains(said),
                "{told}"
            );
        }
    }
    let asked = shop.database.query("select is_called from public.canary");
    assert_eq!(asked, ["f"]);
    let only_if =
        "[policies.only_if]\nsql = \"to_regnamespace('shop') is not null\"\notherwise = \"\"\n";
    shop.write("policies/shop.toml", &format!("{only_if}{whole}"));
    shop.run(&["db", "verify"]).done();
    shop.run(&["policy", "diff"]).done();
}
