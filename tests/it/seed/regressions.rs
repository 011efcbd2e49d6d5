//! What other seed tools get wrong, each a test.

use super::exported::psql_at;
use super::{SEEDS, TABLES, content, digests, run, shop, shop_with};
use crate::support::server::{TestDatabase, query};
use crate::support::workspace::Workspace;

#[test]
fn two_keys_that_share_the_tenant_hold_together() {
    let project = shop();
    run(&project, &[]);
    assert_eq!(
        project.query("select tenant_id::text, count(*), count(distinct email), count(distinct id) from shop.customers group by 1 order by 1"),
        ["10000000-0000-4000-8000-000000000001|45|45|45", "20000000-0000-4000-8000-000000000002|15|15|15"]
    );
    assert_eq!(
        project.query("select count(*), count(distinct (tenant_id, number)) from shop.orders"),
        ["2000|2000"]
    );
}

#[test]
fn a_partial_key_is_counted_before_anything_is_sent() {
    let project = shop();
    run(&project, &[]);
    assert_eq!(project.query("select count(*) filter (where role = 'owner') = count(distinct customer_id) from shop.contacts"), ["t"]);

    let all_owners = SEEDS.replace(
        "{ when = \"order = 1\", is = \"owner\" },",
        "{ when = \"order <= 2\", is = \"owner\" },",
    );
    let project = shop_with(&all_owners);
    insta::assert_snapshot!(
        "a_partial_key_that_would_be_broken",
        project.run(["seed", "run"])
    );
    assert_eq!(project.query("select count(*) from shop.customers"), ["0"]);
}

#[test]
fn a_junction_has_each_pair_once_and_refuses_more_than_there_are() {
    let project = shop();
    run(&project, &[]);
    assert_eq!(
        project.query("select count(*), count(distinct (customer_id, product_id)) from shop.likes"),
        ["400|400"]
    );

    let project = shop_with(&SEEDS.replace("rows = 400", "rows = 4_000"));
    insta::assert_snapshot!("a_junction_that_is_too_small", project.run(["seed", "run"]));
    // The part of a pod that a scale leaves over has fewer pairs still.
    let part = shop().run(["seed", "run", "--scale", "1.1"]);
    assert!(
        part.contains("likes_pkey of shop.likes allows 15 rows, 30 asked"),
        "{part}"
    );
    assert!(part.contains("take a whole scale"), "{part}");
}

#[test]
fn a_key_that_is_also_a_reference_follows_the_other_row() {
    let project = shop();
    run(&project, &[]);
    assert_eq!(
        project.query("select count(*), count(distinct customer_id) from shop.profiles"),
        ["40|40"]
    );
    // Keys grow with the row: the first customers of each tenant have one, and no later ones.
    assert_eq!(
        project.query(
            "select bool_and(has_one or not later) from (select p.customer_id is not null as has_one, \
               bool_or(p.customer_id is not null) over (partition by c.tenant_id order by c.id rows between 1 following and unbounded following) as later \
             from shop.customers as c left join shop.profiles as p on (p.tenant_id, p.customer_id) = (c.tenant_id, c.id)) as each"
        ),
        ["t"]
    );
}

#[test]
fn a_second_run_with_reset_starts_the_numbering_anew() {
    let project = shop();
    let first = digests(&run(&project, &[]));
    let second = digests(&run(&project, &["--reset"]));
    assert_eq!(first, second);
    assert_eq!(
        project.query("insert into shop.products (code, price) values ('new', 1) returning id"),
        ["26"],
        "the sequence goes on after the last key"
    );
}

#[test]
fn generated_columns_enumerations_and_the_edges_of_numbers_arrive() {
    let edge = SEEDS.replace(
        "credit = { number = [0, 999.99], step = 0.01 }",
        "credit = 999.99",
    );
    let project = shop_with(&edge);
    run(&project, &[]);
    assert_eq!(
        project.query("select distinct credit from shop.customers"),
        ["999.99"]
    );
    assert_eq!(
        project.query("select bool_and(length = char_length(name)) from shop.customers"),
        ["t"]
    );
    assert_eq!(
        project.query("select distinct state from shop.customers order by 1"),
        ["new", "in progress", "done"]
    );
    assert_eq!(
        project.query("select bool_or(name <> upper(name)) from shop.customers"),
        ["t"],
        "triggers rest"
    );
    assert_eq!(
        project.query("select tgenabled from pg_trigger where tgname = 'customers_shout'"),
        ["O"]
    );
}

#[test]
fn another_table_or_column_changes_nothing_else() {
    let before = digests(&run(&shop(), &[]));
    let more = SEEDS
        .replace("[table.\"shop.profiles\".set]", "[table.\"shop.profiles\".let]\nmood = { list = \"tag\" }\n[table.\"shop.profiles\".set]")
        .replace("[table.\"shop.likes\"]\nrows = 400\n", "");
    let after = digests(&run(&shop_with(&more), &[]));
    let without: Vec<_> = before
        .into_iter()
        .filter(|(table, _)| table != "shop.likes")
        .collect();
    assert_eq!(without, after);
}

#[test]
fn one_thread_and_eight_make_the_same_bytes() {
    let one = digests(&run(&shop(), &["--threads", "1", "--scale", "3"]));
    let eight = digests(&run(&shop(), &["--threads", "8", "--scale", "3"]));
    assert_eq!(one, eight);
    assert_eq!(one.len(), TABLES.len());
}

#[test]
fn every_run_leaves_a_row_that_says_what_it_was() {
    let project = shop();
    run(&project, &[]);
    run(&project, &["--top-up", "--scale", "2"]);
    run(
        &project,
        &["--reset", "--seed", "8", "--as-of", "2026-04-07"],
    );
    assert_eq!(
        project.query(
            "select dataset, length(fingerprint), format, seed, as_of, scale, rows, length(digest), load_ms > 0, tool_version = '0.1.0', loaded_by, loaded_at <= now() from workroom.seed_runs order by id"
        ),
        [
            "shop|64|1|7|2026-03-31|1.000|6669|16|t|t|postgres|t",
            "shop|64|1|7|2026-03-31|2.000|6657|16|t|t|postgres|t",
            "shop|64|1|8|2026-04-07|1.000|6620|16|t|t|postgres|t",
        ]
    );
    let counted = "select (select count(*) from shop.customers) + (select count(*) from shop.products) + (select count(*) from shop.orders) + (select count(*) from shop.lines) + (select count(*) from shop.profiles) + (select count(*) from shop.likes) + (select count(*) from shop.contacts)";
    let recorded = "select rows from workroom.seed_runs order by id desc limit 1";
    assert_eq!(project.query(counted), project.query(recorded));
}

#[test]
fn a_leap_day_and_a_change_of_clocks_are_days_like_others() {
    for as_of in ["2028-02-29", "2026-03-29"] {
        let project = shop_with(&SEEDS.replace("as_of = 2026-03-31", &format!("as_of = {as_of}")));
        run(&project, &[]);
        let early = project.query(
            "select count(*) from shop.orders join shop.customers using (tenant_id) where customers.id = customer_id and placed_at < joined::timestamp at time zone 'UTC'",
        );
        assert_eq!(early, ["0"]);
        assert_eq!(
            project.query("select count(*) from shop.orders where extract(hour from placed_at at time zone 'UTC') not between 9 and 18"),
            ["0"]
        );
    }
}

#[test]
fn the_owner_of_tables_under_forced_row_security_loads_them() {
    let project = shop();
    let database = project.database();
    let owner = format!("owner_of_{}", database.name());
    database.execute(&format!("create role {owner} login; grant create on database {} to {owner}; alter schema shop owner to {owner}", database.name()));
    for table in TABLES {
        database.execute(&format!(
            "alter table {table} owner to {owner}; alter table {table} enable row level security; alter table {table} force row level security"
        ));
    }
    database.execute(&format!(
        "alter type shop.state owner to {owner}; alter function shop.shout() owner to {owner}"
    ));
    let url = database
        .url()
        .replace("postgres://postgres@", &format!("postgres://{owner}@"));
    // Files are loaded by the owner as well.
    let output = project.run(["seed", "export", "-q", "out"]);
    assert!(output.ends_with("exit status: 0\n"), "{output}");
    psql_at(&url, &project.folder().join("out"));
    let exported = content(database, &TABLES);
    let output = project
        .workroom(["seed", "run", "-q", "--reset"])
        .on(&url)
        .run();
    assert!(output.ends_with("exit status: 0\n"), "{output}");
    assert_eq!(content(database, &TABLES), exported);
    assert_eq!(project.query("select count(*) from shop.orders"), ["2000"]);
    assert_eq!(project.query("select bool_and(relforcerowsecurity) from pg_class where relnamespace = 'shop'::regnamespace and relkind = 'r'"), ["t"]);
    database.execute(&format!("drop owned by {owner} cascade; drop role {owner}"));
}

#[test]
fn a_role_bound_by_policies_loads_what_they_accept() {
    let project = shop();
    let database: &TestDatabase = project.database();
    let clerk = format!("clerk_of_{}", database.name());
    database.execute(&format!("create role {clerk} login; grant usage on schema shop to {clerk}; grant temporary on database {} to {clerk}; grant all on all sequences in schema shop to {clerk}", database.name()));
    for table in TABLES {
        let policy = if table == "shop.products" {
            "true"
        } else {
            "tenant_id = current_setting('shop.tenant')::uuid"
        };
        database.execute(&format!(
            "alter table {table} enable row level security; grant select, insert on {table} to {clerk}; \
             create policy p on {table} to {clerk} using ({policy})"
        ));
    }
    let url = database
        .url()
        .replace("postgres://postgres@", &format!("postgres://{clerk}@"));
    let output = project.workroom(["seed", "run", "-q"]).on(&url).run();
    assert!(output.contains("staged"), "{output}");
    assert_eq!(project.query("select count(*) from shop.orders"), ["2000"]);
    assert_eq!(
        query(
            &database.url(),
            "select tenant_id::text, count(*) from shop.orders group by 1 order by 1"
        )
        .len(),
        2
    );
    database.execute(&format!("drop owned by {clerk} cascade; drop role {clerk}"));
}

#[test]
fn what_a_large_table_loses_for_the_time_comes_back_as_it_was() {
    let project = shop();
    let schema = "select indexdef from pg_indexes where schemaname = 'shop' union all \
                  select conname || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'shop'::regnamespace union all \
                  select obj_description('shop.orders_open'::regclass) order by 1";
    let before = project.query(schema);
    let output = run(&project, &["--scale", "12"]);
    assert!(output.contains("rebuild"), "{output}");
    assert_eq!(project.query(schema), before);
    assert_eq!(content(project.database(), &["shop.customers"]).len(), 720);
}

#[test]
fn a_table_or_column_that_is_renamed_keeps_its_values_with_its_old_name_as_salt() {
    let project = shop();
    let before = digests(&run(&project, &[]));
    project.database().execute("alter table shop.profiles rename to portraits; alter table shop.portraits rename bio to words");
    let renamed = SEEDS
        .replace(
            "[table.\"shop.profiles\"]",
            "[table.\"shop.portraits\"]\nsalt = \"shop.profiles\"",
        )
        .replace(
            "[table.\"shop.profiles\".set]",
            "[table.\"shop.portraits\".set]",
        );
    let with_salt = renamed.replace(
        "bio = { text = \"Likes {tag} and {tag}.\" }",
        "words = { text = \"Likes {tag} and {tag}.\", salt = \"bio\" }",
    );
    let without = renamed.replace("bio = {", "words = {");
    for (file, is_same) in [(with_salt, true), (without, false)] {
        project.write("seeds/shop.toml", file);
        let after = digests(&run(&project, &["--reset"]));
        let digest = |all: &[(String, String)], name| {
            all.iter()
                .find(|(table, _)| table == name)
                .unwrap()
                .1
                .clone()
        };
        assert_eq!(
            digest(&before, "shop.profiles") == digest(&after, "shop.portraits"),
            is_same
        );
        assert_eq!(
            digest(&before, "shop.contacts"),
            digest(&after, "shop.contacts")
        );
    }
}

#[test]
fn plans_are_made_from_statistics_after_a_load() {
    let project = shop();
    run(&project, &[]);
    assert_eq!(
        project.query("select relname, reltuples from pg_class where relname in ('orders', 'likes') order by 1"),
        ["likes|400", "orders|2000"]
    );
}

#[test]
fn a_table_whose_parents_all_drop_out_has_no_rows() {
    let shop = Workspace::new();
    shop.write(
        "sql/shop/V001__create.sql",
        "create schema shop;\n\
         create table shop.mails (id uuid primary key, sent_at timestamptz not null);\n\
         create table shop.recipients (id uuid primary key, mail_id uuid not null references shop.mails (id), sent_at timestamptz not null);\n\
         create table shop.opens (id uuid primary key, recipient_id uuid not null references shop.recipients (id), opened_at timestamptz not null, agent text not null);\n",
    );
    shop.write(
        "seeds/shop.toml",
        "[seed]\nformat = 1\nseed = 1\nas_of = 2026-11-20\nmonths = 3\n\
         [table.\"shop.mails\"]\nrows = 5\n[table.\"shop.mails\".set]\nsent_at = { date = [\"-2 months\", \"-1 months\"] }\n\
         [table.\"shop.recipients\"]\nper = \"shop.mails\"\nwhere = \"it.order > 9\"\n[table.\"shop.recipients\".set]\nsent_at = { copy = \"mail.sent_at\" }\n\
         [table.\"shop.opens\"]\nper = \"shop.recipients\"\n[table.\"shop.opens\".set]\n\
         opened_at = { after = \"recipient.sent_at\", hours = [1, 70] }\nagent = \"Mail/16\"\n",
    );
    shop.migrate();
    shop.run(&["seed", "plan"]).done();
    shop.run(&["seed", "run", "--into", shop.database.name()])
        .done();
    let counts = "select (select count(*) from shop.mails), (select count(*) from shop.recipients), (select count(*) from shop.opens)";
    assert_eq!(shop.database.query(counts), ["5|0|0"]);
}
