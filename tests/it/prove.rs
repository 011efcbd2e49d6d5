//! `workroom policy prove`: policies that hold are silent, and each that was broken by hand is named.

use regex::Regex;

use crate::support::project::TestProject;
use crate::support::workspace::Workspace;

pub(crate) const PROJECT: &str = "\
[project]
name = \"shop\"

[systems.shop]
title = \"Shop\"
schemas = [\"shop\"]
private_schemas = [\"shop_private\"]
tenant = \"tenant_id\"
";

pub(crate) const TABLES: &str = "\
create schema shop;
create table shop.orders (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  owner_id uuid not null,
  status text not null default 'open',
  note text,
  margin numeric not null default 0,
  constraint orders_pkey primary key (tenant_id, id),
  constraint orders_status_check check (status in ('open', 'sent', 'paid'))
);
create table shop.lines (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  order_id uuid not null,
  amount integer not null check (amount > 0),
  constraint lines_pkey primary key (tenant_id, id),
  constraint lines_order_id_fkey foreign key (tenant_id, order_id) references shop.orders (tenant_id, id)
);
create view shop.v_orders with (security_invoker = true) as
  select tenant_id, status, count(*) as orders from shop.orders group by tenant_id, status;
";

pub(crate) const POLICIES: &str = r#"
[policies]
schema = "shop"
private_schema = "shop_private"
tenant_column = "tenant_id"

[roles.NAME_boss]
kind = "application"
name = "boss"

[roles.NAME_clerk]
kind = "application"
name = "clerk"

[roles.NAME_session]
kind = "shared"

[context.tenant]
setting = "app.current_tenant"

[context.user]
sql = "nullif(current_setting('app.current_user', true), '')::uuid"

[context.role]
setting = "app.current_role"

[macros.owner]
group = "owner"
sql = "{{ owner | ident }} = {{ user }}"
oracle = "row[owner] == context.user"

[macros.open]
sql = "status in ('open', 'sent')"
oracle = "row.status in ['open', 'sent']"

[tables.orders]
owner = "owner_id"
[tables.orders.matrix]
boss = { select = "all", insert = "all", update = "all", delete = "all" }
clerk = { select = "owner", insert = "owner", update = { using = "owner and open", check = "owner and open" } }
[tables.orders.confidential]
margin = ["boss"]

[tables.lines.matrix]
"*" = { select = "all" }
boss = { insert = "all", delete = "all" }

[views]
v_orders = ["boss", "clerk"]
"#;

/// A shop whose policies have been broken in one place of the rendered text, or not at all.
fn shop(name: &str, policies: &str) -> TestProject {
    let text = policies.replace("NAME", name);
    TestProject::new(&[
        ("workroom.toml", PROJECT),
        ("sql/shop/V001__create_orders.sql", TABLES),
        ("policies/shop.toml", &text),
    ])
}

/// What differs from run to run and from one set of probes to the next.
fn settled(output: &str) -> String {
    [
        (r"\d+ probes as .*probes/s", "[n] probes"),
        (
            r"(blind|columns|conflict|select|insert|update) \d+.*",
            "[kinds]",
        ),
        (r"(shop\.\w+) +\d+", "$1 [n]"),
        (r"\d+ of \d+, \d+ rows seen", "[all]"),
    ]
    .iter()
    .fold(output.to_owned(), |text, (pattern, with)| {
        Regex::new(pattern)
            .unwrap()
            .replace_all(&text, *with)
            .into_owned()
    })
}

#[test]
fn policies_that_hold_are_proven_in_both_role_modes() {
    let shop = shop("good", POLICIES);
    let output = shop.run(["policy", "prove", "-q"]);
    assert!(output.ends_with("exit status: 0\n"), "{output}");
    insta::assert_snapshot!(settled(&output));
}

/// Each breaks the intent's SQL form and leaves its oracle form: the file then says one thing and does another.
#[test]
fn a_policy_that_does_something_else_than_its_oracle_is_named_with_its_line() {
    for (name, from, to, object, policy) in [
        (
            "true",
            "sql = \"{{ owner | ident }} = {{ user }}\"",
            "sql = \"{{ owner | ident }} is not null\"",
            "shop.orders",
            "orders_owner_select",
        ),
        (
            "null",
            "= {{ user }}\"",
            "= {{ user }} or {{ user }} is null\"",
            "shop.orders",
            "orders_owner_select",
        ),
        (
            "narrow",
            "sql = \"status in ('open', 'sent')\"",
            "sql = \"status = 'open'\"",
            "shop.orders",
            "orders_owner_open_update",
        ),
    ] {
        let broken = POLICIES.replace(from, to);
        assert_ne!(broken, POLICIES);
        let shop = shop(name, &broken);
        let output = shop.run(["policy", "prove", "-q"]);
        assert!(output.ends_with("exit status: 1\n"), "{name}: {output}");
        for part in [
            object,
            policy,
            "policies/shop.toml:",
            "set local role",
            "rollback;",
        ] {
            assert!(output.contains(part), "{name} lacks {part}: {output}");
        }
    }
}

/// Whatever a user might do by hand to a deployed database: each is found by a proof of the database itself.
#[test]
fn what_was_broken_by_hand_is_found_in_the_database_itself() {
    for (at, (sql, says)) in [
        (
            "create policy stray on shop.orders for select to public using (true)",
            "policy stray",
        ),
        (
            "create policy stray on shop.orders for update to NAME_clerk using (true)",
            "policy stray",
        ),
        (
            "drop policy orders_tenant_isolation on shop.orders",
            "shop.orders",
        ),
        (
            "alter table shop.lines disable row level security",
            "row-level security of shop.lines is off",
        ),
        (
            "grant truncate on shop.orders to NAME_clerk",
            "a privilege that",
        ),
        (
            "grant select (margin) on shop.orders to NAME_clerk",
            "a privilege that",
        ),
        // Whoever sets nothing is somebody all the same.
        (
            "do $$ begin execute format('alter database %I set app.current_tenant = %L', current_database(), gen_random_uuid()); end $$",
            "NAME_boss in a session that sets nothing",
        ),
        (
            "alter view shop.v_orders set (security_invoker = false)",
            "security_invoker is off",
        ),
        (
            "alter policy orders_owner_open_update_clerk on shop.orders with check (true)",
            "shop.orders",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("hand{at}");
        let shop = shop(&name, POLICIES).with_a_database();
        shop.migrate();
        let good = shop.run(["policy", "prove", "--here", "-q"]);
        assert!(good.ends_with("exit status: 0\n"), "{good}");
        let sql = sql.replace("NAME", &name);
        let policy = shop
            .query("select polname from pg_policy where polname like 'orders_owner_open_update%'");
        let sql = sql.replace("orders_owner_open_update_clerk", &policy[0]);
        shop.database().execute(&sql);
        let output = shop.run(["policy", "prove", "--here", "-q"]);
        assert!(output.ends_with("exit status: 1\n"), "{sql}: {output}");
        assert!(output.contains(&says.replace("NAME", &name)), "{sql}: {output}");
        assert_eq!(shop.query("select count(*) from shop.orders"), ["0"]);
    }
}

#[test]
fn an_oracle_that_cannot_be_read_is_a_mistake_of_the_file() {
    let broken = POLICIES.replace("row[owner] == context.user", "row[owner] = = context.user");
    let output = shop("mistake", &broken).run(["policy", "prove", "-q"]);
    insta::assert_snapshot!(output);
}

#[test]
fn an_oracle_that_no_cell_uses_is_read_by_every_command() {
    let unused = format!(
        "{POLICIES}\n[macros.unused]\nsql = \"true\"\noracle = \"floor(row.margin) == 1\"\n"
    );
    let output = shop("unused", &unused).run(["policy", "render"]);
    assert!(output.ends_with("exit status: 2\n"), "{output}");
    assert!(output.contains("there is no function `floor`"), "{output}");
}

#[test]
fn every_mutant_that_can_make_a_difference_is_noticed() {
    let output = shop("mutants", POLICIES).run(["policy", "prove", "--mutate", "-q"]);
    assert!(output.ends_with("exit status: 0\n"), "{output}");
    let counted = Regex::new(r"(\d+) mutants: (\d+) killed").unwrap();
    let found = counted.captures(&output).expect("a line of numbers");
    let (all, killed): (u32, u32) = (found[1].parse().unwrap(), found[2].parse().unwrap());
    assert!(all > 80 && killed > 60, "{output}");
    assert!(!output.contains("E5 "), "{output}");
}

#[test]
fn a_table_of_which_only_one_tenant_can_have_rows_is_not_taken_for_proven() {
    let shop = Workspace::new();
    shop.write(
        "sql/shop/V001__create.sql",
        "create schema shop;\n\
         create table shop.notice (tenant_id uuid not null, is_only boolean primary key default true check (is_only), note text);\n",
    );
    shop.write(
        "policies/shop.toml",
        "[policies]\ntenant_column = \"tenant_id\"\n[roles.lone_clerk]\nkind = \"application\"\nname = \"clerk\"\n\
         [context.tenant]\nsetting = \"app.tenant\"\n[tables.notice.matrix]\nclerk = { select = \"all\" }\n",
    );
    shop.migrate();
    let said = shop.run(&["policy", "prove", "--here"]);
    assert_eq!(said.status, 1, "{}", said.text);
    assert!(
        said.text
            .contains("only one tenant has rows of shop.notice"),
        "{}",
        said.text
    );
}

#[test]
fn what_is_seen_from_a_moment_on_is_proven_and_a_policy_without_the_moment_is_found() {
    for (sql, status) in [
        ("status = 'published' and published_at <= now()", 0),
        ("status = 'published'", 1),
        ("published_at <= now()", 1),
        ("status = 'published' and published_at >= now()", 1),
    ] {
        let shop = Workspace::new();
        shop.write(
            "sql/shop/V001__create.sql",
            "create schema shop;\n\
             create table shop.posts (id uuid primary key, status text not null check (status in ('draft', 'published')), published_at timestamptz);\n",
        );
        shop.write(
            "policies/shop.toml",
            &format!(
                "[roles.momentary_reader]\nkind = \"application\"\n[macros.published]\nsql = \"{sql}\"\n\
                 oracle = \"row.status == 'published' and row.published_at <= context.now\"\n\
                 [tables.posts]\nclass = \"global\"\n[tables.posts.matrix]\nmomentary_reader = {{ select = \"published\" }}\n"
            ),
        );
        shop.migrate();
        let said = shop.run(&["policy", "prove", "--here"]);
        assert_eq!(said.status, status, "{sql}: {}", said.text);
    }
}
