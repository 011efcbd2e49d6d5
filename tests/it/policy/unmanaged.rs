//! `class = "unmanaged"`: a policy file may begin with one table of many, and the others stay as they are.

use crate::support::workspace::Workspace;

const SQL: &str = "create schema shop;\n\
    create table shop.orders (id uuid primary key default gen_random_uuid(), clerk text not null, note text);\n\
    create table shop.people (id uuid primary key default gen_random_uuid(), name text not null, clerk text not null);\n\
    create table shop.events (id bigint generated always as identity, at date not null, primary key (id, at)) partition by range (at);\n\
    create table shop.events_2026 partition of shop.events for values from ('2026-01-01') to ('2027-01-01');\n\
    create function shop.is_known(name text) returns boolean stable return name <> 'nobody';\n\
    create view shop.names with (security_invoker = true) as select name from shop.people;\n\
    alter table shop.people enable row level security;\n\
    alter table shop.events enable row level security;\n\
    create policy \"people are known\" on shop.people for select to um_clerk using (shop.is_known(name));\n\
    create policy everything on shop.events for all to um_clerk using (true);\n\
    grant usage on schema shop to um_clerk;\n\
    grant select, insert on shop.people, shop.events to um_clerk;\n\
    grant select on shop.names to um_clerk;\n";

const POLICIES: &str = "[roles.um_clerk]\nkind = \"application\"\nname = \"clerk\"\n\
    [context.user]\nsql = \"nullif(current_setting('app.clerk', true), '')\"\n\
    [macros.own]\nsql = \"clerk = {{ user }}\"\noracle = \"row.clerk == context.user\"\n\
    [tables.orders]\nclass = \"global\"\nmatrix = { clerk = { select = \"own\", insert = \"own\" } }\n\
    [tables.people]\nclass = \"unmanaged\"\nreason = \"next month\"\n\
    [tables.events]\nclass = \"unmanaged\"\nreason = \"of another team\"\n";

const KEPT: &str = "select c.relname, c.relrowsecurity, c.relforcerowsecurity, c.relacl::text, \
    (select string_agg(polname, ',') from pg_policy where polrelid = c.oid) from pg_class as c \
    where c.relnamespace = 'shop'::regnamespace and c.relname in ('people', 'events', 'events_2026', 'names', 'events_id_seq') \
    union all select 'is_known', null, null, coalesce(proacl::text, 'default'), null from pg_proc where proname = 'is_known' \
    union all select 'shop', null, null, nspacl::text, null from pg_namespace where nspname = 'shop' order by 1";

#[test]
fn tables_are_left_as_they_are_with_what_their_policies_need() {
    let shop = Workspace::new();
    shop.database.execute("create role um_clerk");
    shop.write("sql/shop/V001__create.sql", SQL);
    shop.migrate();
    let before = shop.database.query(KEPT);
    shop.write("policies/shop.toml", POLICIES);
    shop.migrate();
    assert_eq!(shop.database.query(KEPT), before);
    let bound = "select relforcerowsecurity from pg_class where oid = 'shop.orders'::regclass";
    assert_eq!(shop.database.query(bound), ["t"]);

    // Somebody goes on with them by hand: it is nobody's business.
    shop.database.execute(
        "create policy more on shop.people for insert to um_clerk with check (true); grant delete on shop.people to um_clerk; \
         alter table shop.people add column age int; create index on shop.people (age); \
         create table shop.events_2027 partition of shop.events for values from ('2027-01-01') to ('2028-01-01')",
    );
    let said = shop.run(&["policy", "diff"]).done();
    assert!(said.contains("nothing differs"), "{said}");
    shop.run(&["policy", "drift"]).done();
    shop.run(&["db", "verify"]).done();
    let said = shop.run(&["policy", "lint"]);
    for left in ["shop.people", "shop.events", "is_known"] {
        assert!(!said.text.contains(left), "{left}: {}", said.text);
    }
    let said = shop.run(&["policy", "matrix"]).done();
    assert!(said.contains("unmanaged"), "{said}");
    let said = shop.run(&["policy", "prove", "--here"]).done();
    assert!(!said.contains("shop.people"), "{said}");
    let rendered = shop.run(&["policy", "render"]).done();
    assert!(!rendered.contains("shop.people"), "{rendered}");
    // Run by hand, the rendering leaves them alone, too.
    let before = shop.database.query(KEPT);
    shop.database.execute(&rendered);
    assert_eq!(shop.database.query(KEPT), before);

    // A table that the file does not know is none of those.
    shop.database.execute("create table shop.stray (id int)");
    let said = shop.run(&["policy", "diff"]);
    assert!(
        said.text
            .contains("the table shop.stray is in the database and not in"),
        "{}",
        said.text
    );
}

#[test]
fn mistakes_about_them_are_told_at_their_lines() {
    let shop = Workspace::new();
    shop.write("sql/shop/V001__create.sql", SQL);
    let wrong = POLICIES
        .replace(
            "reason = \"next month\"\n",
            "matrix = { clerk = { select = \"all\" } }\n",
        )
        .replace(
            "[macros.own]",
            "[roles.um_owner]\nkind = \"owner\"\nlogin = false\n[macros.own]",
        );
    shop.write(
        "policies/shop.toml",
        &format!("[policies]\nowner = \"um_owner\"\n{wrong}"),
    );
    let text = shop.run(&["policy", "render"]).refused();
    for part in [
        "the table `people` is unmanaged without a reason",
        "the table `people` is unmanaged, and its section says who may do what",
        "um_owner cannot own all, since shop.people is left as it is",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn a_table_that_the_file_misses_gets_a_section_to_be_filled_in() {
    let shop = Workspace::new();
    shop.write("sql/shop/V001__create.sql", SQL);
    shop.write(
        "sql/shop/V002__create_returns.sql",
        "create table shop.returns (id int primary key, user_id text not null);\n",
    );
    shop.write("policies/shop.toml", POLICIES);
    let text = shop.run(&["policy", "render"]).refused();
    assert!(text.contains("workroom policy add returns"), "{text}");
    let section = shop.run(&["policy", "add", "returns", "--print"]).done();
    let said = shop.run(&["policy", "add", "returns"]).done();
    assert!(said.contains(section.trim_end()), "{said}");
    assert!(section.contains("owner = \"user_id\""), "{section}");
    shop.run(&["policy", "render"]).done();
    let again = shop.run(&["policy", "add", "returns"]).refused();
    assert!(again.contains("describes returns already"), "{again}");
    let unknown = shop.run(&["policy", "add", "retruns"]).refused();
    assert!(unknown.contains("did you mean"), "{unknown}");
}

#[test]
fn findings_are_accepted_without_a_policy_file() {
    let shop = Workspace::new();
    shop.database.execute("create role um_guest");
    shop.write(
        "sql/shop/V001__create.sql",
        &SQL.replace("um_clerk", "um_guest"),
    );
    shop.migrate();
    let said = shop.run(&["policy", "lint"]);
    assert_eq!(said.status, 1, "{}", said.text);
    let rules: std::collections::BTreeSet<&str> = said
        .text
        .lines()
        .filter_map(|line| line.split([':', ' ']).next())
        .filter(|word| word.contains('-') && !word.starts_with('-'))
        .collect();
    assert!(rules.contains("policy-always-true"), "{}", said.text);
    let accept: String = rules
        .iter()
        .map(|rule| format!("{rule} = \"as it was\"\n"))
        .collect();
    shop.write(
        "workroom.toml",
        &format!(
            "[project]\nname = \"test\"\ndefault_system = \"shop\"\n[systems.shop]\ntitle = \"shop\"\nschemas = [\"shop\"]\n\
             [systems.shop.accept]\n{accept}"
        ),
    );
    let said = shop.run(&["policy", "lint"]).done();
    assert!(said.contains("nothing found"), "{said}");
}

#[test]
fn tables_of_somebody_else_get_policies_and_nothing_else() {
    let shop = Workspace::new();
    shop.database.execute(
        "create role um_reader; create schema storage; create table storage.objects (id int primary key, owner text not null); \
         alter table storage.objects enable row level security; create policy theirs on storage.objects using (id > 0)",
    );
    let kept = "select relrowsecurity, relforcerowsecurity, relacl::text from pg_class where oid = 'storage.objects'::regclass";
    let before = shop.database.query(kept);
    shop.write(
        "sql/shop/V001__create.sql",
        "create schema shop;\ncreate table shop.orders (id int primary key, object_id int references storage.objects (id));\n",
    );
    let policies = "[roles.um_reader]\nkind = \"application\"\n\
        [context.user]\nsql = \"nullif(current_setting('app.reader', true), '')\"\n\
        [macros.owned]\nsql = \"owner = {{ user }}\"\noracle = \"row.owner == context.user\"\n\
        [tables.orders]\nclass = \"global\"\nmatrix = { um_reader = { select = \"all\" } }\n\
        [tables.\"storage.objects\"]\nclass = \"global\"\nmatrix = { um_reader = { select = \"owned\" } }\n";
    shop.write("policies/shop.toml", policies);
    shop.migrate();
    assert_eq!(shop.database.query(kept), before);
    let names =
        "select polname from pg_policy where polrelid = 'storage.objects'::regclass order by 1";
    assert_eq!(
        shop.database.query(names),
        ["objects_owned_select", "theirs"]
    );
    assert!(shop.migrate().starts_with("nothing to do"));
    shop.database
        .execute("drop policy objects_owned_select on storage.objects");
    let said = shop.run(&["policy", "diff"]);
    assert!(
        said.text.contains("create policy objects_owned_select"),
        "{}",
        said.text
    );
    shop.migrate();
    shop.run(&["policy", "diff"]).done();
    let said = shop.run(&["policy", "prove", "--here"]).done();
    assert!(!said.contains("storage.objects"), "{said}");
    shop.write(
        "policies/shop.toml",
        &policies.replace(
            "[tables.\"storage.objects\"]\nclass = \"global\"",
            "[tables.\"storage.objects\"]\nclass = \"system\"",
        ),
    );
    let said = shop.run(&["policy", "render"]).refused();
    assert!(said.contains("only gets policies"), "{said}");
}
