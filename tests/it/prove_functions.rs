//! What `policy prove` makes of views, functions and roles: whatever was broken by hand and lets rows out beside
//! the tables' own policies is named. No tenant is needed for that.

use crate::support::server::NEWEST;
use crate::support::workspace::Workspace;

const TABLES: &str = "\
create schema shop;
create table shop.orders (
  id uuid primary key default gen_random_uuid(),
  owner_id text not null,
  status text not null default 'open' check (status in ('open', 'sent')),
  note text
);
create view shop.v_orders with (security_invoker = true) as select id, status from shop.orders;
create function shop.count_orders() returns bigint language sql stable return (select count(*) from shop.orders);
create function shop.send_order(order_id uuid) returns void language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  update shop.orders as one set status = 'sent' where one.id = order_id
    and one.owner_id = nullif(current_setting('app.user', true), '');
end
$$;
";

const POLICIES: &str = r#"
[policies]
[roles.NAME_clerk]
kind = "application"
name = "clerk"
[roles.NAME_auditor]
kind = "application"
name = "auditor"
[roles.NAME_definer]
kind = "definer"
login = false
owns = ["send_order"]
[context.user]
sql = "nullif(current_setting('app.user', true), '')"

[macros.mine]
sql = "{{ owner | ident }} = {{ user }}"
oracle = "row[owner] == context.user"

[tables.orders]
class = "global"
owner = "owner_id"
[tables.orders.matrix]
clerk = { select = "mine", insert = "mine" }
auditor = { select = "all" }
NAME_definer = { select = "all", update = "all" }
[tables.orders.update_columns]
NAME_definer = ["status"]

[views]
v_orders = ["clerk"]
[functions]
"count_orders, send_order" = ["clerk"]
"#;

fn shop(name: &str) -> Workspace {
    shop_on(NEWEST, name)
}

fn shop_on(major: u32, name: &str) -> Workspace {
    let shop = Workspace::on(major, &["shop"]);
    shop.write("sql/shop/V001__create_orders.sql", TABLES);
    shop.write("policies/shop.toml", &POLICIES.replace("NAME", name));
    shop.migrate();
    shop
}

#[test]
fn what_lets_rows_out_beside_the_tables_is_named() {
    let shop = shop("beside");
    shop.run(&["policy", "prove", "--here"]).done();
    for (at, (sql, undo, says)) in [
        (
            "alter view shop.v_orders set (security_invoker = false)",
            "alter view shop.v_orders set (security_invoker = true)",
            "security_invoker is off",
        ),
        (
            "grant select on shop.v_orders to public",
            "revoke select on shop.v_orders from public",
            "too much: select shop.v_orders",
        ),
        (
            "alter role beside_definer bypassrls",
            "alter role beside_definer nobypassrls",
            "too much: row security does not bind",
        ),
        (
            "alter function shop.count_orders() security definer",
            "alter function shop.count_orders() security invoker",
            "it shows what is made of rows that the caller may see",
        ),
        (
            "grant execute on function shop.count_orders() to beside_auditor",
            "revoke execute on function shop.count_orders() from beside_auditor",
            "permission denied",
        ),
        (
            "grant create on schema shop to beside_clerk",
            "revoke create on schema shop from beside_clerk",
            "too much: create in schema shop",
        ),
        (
            "alter function shop.send_order(uuid) owner to current_user",
            "alter function shop.send_order(uuid) owner to beside_definer",
            "too much: shop.send_order(uuid) as",
        ),
        (
            "grant maintain, trigger on shop.orders to beside_auditor",
            "revoke maintain, trigger on shop.orders from beside_auditor",
            "too much: maintain",
        ),
        (
            "grant update (note) on shop.orders to beside_auditor",
            "revoke update (note) on shop.orders from beside_auditor",
            "update shop.orders (update)",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        shop.database.execute(sql);
        let said = shop.run(&["policy", "prove", "--here"]);
        assert_eq!(said.status, 1, "{at} {sql}: {}", said.text);
        assert!(said.text.contains(says), "{at} {sql}: {}", said.text);
        shop.database.execute(undo);
    }
    shop.run(&["policy", "prove", "--here"]).done();
}

#[test]
fn what_a_function_does_is_held_against_what_its_caller_and_its_owner_may_do() {
    let shop = shop("acts");
    let function = |body: &str| {
        format!(
            "create or replace function shop.send_order(order_id uuid) returns void language plpgsql security definer \
             set search_path = pg_catalog, pg_temp as $$ begin {body}; end $$"
        )
    };
    // Its owner's cells let it change any status, and nothing else.
    shop.database.execute(&function(
        "update shop.orders set status = 'sent' where id = order_id",
    ));
    shop.run(&["policy", "prove", "--here"]).done();
    shop.database.execute(
        "grant update, delete on shop.orders to acts_definer; \
         create policy stray on shop.orders for delete to acts_definer using (true)",
    );
    for (body, says) in [
        (
            "update shop.orders set note = 'x' where id = order_id",
            "of shop.orders is not changed",
        ),
        (
            "delete from shop.orders where id = order_id",
            "of shop.orders is not removed",
        ),
    ] {
        shop.database.execute(&function(body));
        let said = shop.run(&["policy", "prove", "--here"]);
        assert_eq!(said.status, 1, "{body}: {}", said.text);
        assert!(said.text.contains(says), "{body}: {}", said.text);
        assert!(said.text.contains("shop.send_order(uuid)"), "{}", said.text);
    }
}

#[test]
fn what_a_definer_writes_for_its_caller_is_held_against_the_words_of_the_file() {
    let shop = shop("words");
    // What the server computes and triggers keep follows from what was written.
    shop.write(
        "sql/shop/V002__follow.sql",
        "alter table shop.orders add column is_sent boolean generated always as (status = 'sent') stored;\n\
         alter table shop.orders add column touched int not null default 0;\n\
         create function shop.touch() returns trigger language plpgsql set search_path = pg_catalog, pg_temp\n\
           as $$ begin new.touched := coalesce(old.touched, 0) + 1; return new; end $$;\n\
         create trigger orders_touch before update on shop.orders for each row execute function shop.touch();\n",
    );
    let policies = POLICIES.replace("NAME", "words").replace(
        "[policies]\n",
        "[policies]\nkept_by_triggers = [\"touched\"]\n",
    );
    shop.write("policies/shop.toml", &policies);
    shop.migrate();
    shop.run(&["policy", "prove", "--here"]).done();
    // The definer may change any order's status; whose it changes for a caller is for the file to say.
    let any = "create or replace function shop.send_order(order_id uuid) returns void language plpgsql security definer \
         set search_path = pg_catalog, pg_temp as $$ begin update shop.orders as one set status = 'sent' where one.id = order_id; end $$";
    let own = any.replace(
        "one.id = order_id",
        "one.id = order_id and one.owner_id = nullif(current_setting('app.user', true), '')",
    );
    shop.database.execute(any);
    shop.run(&["policy", "prove", "--here"]).done();
    let words = format!("{policies}[writes]\nsend_order = {{ orders = \"mine\" }}\n");
    shop.write("policies/shop.toml", &words);
    let said = shop.run(&["policy", "prove", "--here"]);
    assert_eq!(said.status, 1, "{}", said.text);
    let says = "of shop.orders is not changed";
    assert!(said.text.contains(says), "{}", said.text);
    shop.database.execute(&own);
    shop.run(&["policy", "prove", "--here"]).done();
}

#[test]
fn the_same_is_proven_on_the_oldest_and_the_middle_version() {
    for major in [15, 16] {
        let name = format!("old{major}");
        let shop = shop_on(major, &name);
        shop.run(&["policy", "prove", "--here"]).done();
        for (sql, says) in [
            (
                "alter view shop.v_orders set (security_invoker = false)".to_owned(),
                "security_invoker is off",
            ),
            (
                format!(
                    "create policy stray on shop.orders for update to {name}_auditor using (true); \
                         grant select, update on shop.orders to {name}_auditor"
                ),
                "beside",
            ),
        ] {
            shop.database.execute(&sql);
            let said = shop.run(&["policy", "prove", "--here"]);
            assert_eq!(said.status, 1, "{major} {sql}: {}", said.text);
            assert!(
                said.text.contains(says) || said.text.contains("a privilege that"),
                "{major} {sql}: {}",
                said.text
            );
        }
    }
}

#[test]
fn a_counterexample_takes_few_rows_and_names_policies_that_are_to_blame_together() {
    let shop = shop("few");
    shop.database.execute(
        "create policy stray on shop.orders for select to few_clerk using (true); \
         create policy other on shop.orders for select to few_clerk using (id is not null)",
    );
    let said = shop.run(&["policy", "prove", "--here"]);
    assert_eq!(said.status, 1, "{}", said.text);
    for part in [
        "rows that it takes: 1",
        "insert into shop.orders (",
        " on shop.orders (without both the outcome is another)",
        "policies ",
    ] {
        assert!(said.text.contains(part), "{part}: {}", said.text);
    }
    // Pasted as it is, it shows a row that the file gives to somebody else.
    let start = said.text.find("    begin;").unwrap();
    let end = said.text[start..].find("rollback;").unwrap();
    let shown = shop.database.query(&said.text[start..start + end]);
    assert!(
        shown.last().is_some_and(|last| last.contains('-')),
        "{shown:?}"
    );
}

#[test]
fn people_of_deployed_rows_are_acted_as() {
    let shop = shop("lives");
    shop.database.execute(
        "insert into shop.orders (owner_id) values ('ann'), ('bob'); \
         create policy stray on shop.orders for select to lives_clerk using (current_setting('app.user', true) = 'ann')",
    );
    let said = shop.run(&["policy", "prove", "--here"]);
    assert_eq!(said.status, 1, "{}", said.text);
    assert!(
        said.text.contains("clerk as ann, of the deployed rows")
            && said.text.contains("policy stray"),
        "{}",
        said.text
    );
}

#[test]
fn machines_read_what_was_proven_and_what_was_not() {
    let shop = shop("machines");
    let good = shop
        .run(&["policy", "prove", "--here", "--format", "junit"])
        .done();
    assert!(good.contains("<testsuite"), "{good}");
    assert!(!good.contains("<failure"), "{good}");
    shop.database
        .execute("create policy stray on shop.orders for select to machines_clerk using (true)");
    let junit = shop.run(&["policy", "prove", "--here", "--format", "junit"]);
    assert_eq!(junit.status, 1, "{}", junit.text);
    assert!(
        junit.text.contains("<failure") && junit.text.contains("policy stray"),
        "{}",
        junit.text
    );
    let json = shop.run(&["policy", "prove", "--here", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.text).unwrap();
    let text = json.to_string();
    for part in [
        "policy stray on shop.orders",
        "set local role machines_clerk",
        "pitfall: P",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
