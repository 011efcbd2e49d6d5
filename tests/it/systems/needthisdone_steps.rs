//! The shop's 55 migrations: one at a time, and from where a deployment with data in it once stopped.

use std::process::Command;

use regex::Regex;

use super::{WITH_VECTOR, deploy, deployment, say};
use crate::support::server::{NEWEST, TestDatabase, offer_pgcrypto, server};

/// The last version.
const LAST: u32 = 55;

/// What people and programs did at a version: rows of the shape that they had then.
const STORY: [(u32, &str); 10] = [
    (
        7,
        "insert into needthisdone.product (id, title) values
           ('00000000-0000-4000-8000-000000000001', 'Linen  Notebook!'), ('00000000-0000-4000-8000-000000000002', '***');
         insert into needthisdone.product_variant (id, product_id, sku, title, price)
         values ('00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-000000000001', 'NB', 'A5', 19.99);
         insert into needthisdone.customer (id, email) values ('00000000-0000-4000-8000-0000000000c1', 'ann@example.com');
         insert into needthisdone.\"order\" (id, number, customer_id, email, status, subtotal, total) values
           ('00000000-0000-4000-8000-0000000000d1', 'NTD-1', '00000000-0000-4000-8000-0000000000c1', 'ann@example.com', 'completed', 3998, 3998);
         insert into needthisdone.order_item (order_id, variant_id, title, quantity, unit_price, total) values
           ('00000000-0000-4000-8000-0000000000d1', '00000000-0000-4000-8000-00000000000a', 'Notebook', 2, 1999, 3998)",
    ),
    (
        14,
        "insert into needthisdone.product_categories (name, slug) values ('Paper', 'paper')",
    ),
    (
        20,
        "insert into auth.users (id, email) values ('00000000-0000-4000-8000-0000000000aa', 'ann@example.com');
         insert into needthisdone.orders (customer_email, total) values ('ann@example.com', 100), ('ann@example.com', 200), ('bob@example.com', 300)",
    ),
    (
        27,
        "update needthisdone.customers
         set user_id = '00000000-0000-4000-8000-0000000000aa', medusa_customer_id = '00000000-0000-4000-8000-0000000000c1'
         where email = 'ann@example.com';
         insert into needthisdone.reviews (product_id, user_id, rating, body)
         select id, '00000000-0000-4000-8000-0000000000aa', 5, 'Good' from needthisdone.product",
    ),
    (
        33,
        // Three saves, at three moments: all that one message sends happens at the same.
        "insert into needthisdone.pages (id, slug, title) values ('00000000-0000-4000-8000-0000000000b1', 'home', 'Home');
         insert into needthisdone.page_content (page_id, section) values ('00000000-0000-4000-8000-0000000000b1', 'hero');
         alter table needthisdone.page_content disable trigger page_content_record_changed;
         update needthisdone.page_content set content = '{\"blocks\": [{\"type\": \"b\", \"props\": {}}]}';
         alter table needthisdone.page_content enable trigger page_content_record_changed;
         insert into needthisdone.page_content_history (page_id, section, content, created_at)
         select '00000000-0000-4000-8000-0000000000b1'::uuid, 'hero', '{\"blocks\": [{\"type\": \"b\", \"props\": {}}]}'::jsonb, now() + interval '2 minutes'
         union all select '00000000-0000-4000-8000-0000000000b1'::uuid, 'hero', '{\"blocks\": [{\"type\": \"a\", \"props\": {}}]}'::jsonb, now() + interval '1 minute'",
    ),
    (
        36,
        "insert into needthisdone.blog_posts (slug, title, body) values ('first', 'First', 'Text')",
    ),
    (
        42,
        "insert into needthisdone.product_waitlist (product_id, email, created_at)
         select '00000000-0000-4000-8000-000000000001', email, now() + place * interval '1 minute'
         from unnest(array['Ann@Example.com ', 'ann@example.com', 'BOB@example.com']) with ordinality as given (email, place)",
    ),
    (
        48,
        "insert into needthisdone.customers (email, medusa_customer_id)
         select email, id from needthisdone.customer as known
         where not exists (select from needthisdone.customers as one where one.email = known.email)",
    ),
    (
        50,
        "insert into needthisdone.referral_codes (customer_id, code) select id, 'FRIEND1' from needthisdone.customers where email = 'ann@example.com'",
    ),
    (
        52,
        "insert into needthisdone.google_calendar_tokens (user_id, access_token, refresh_token, expires_at)
         values ('00000000-0000-4000-8000-0000000000aa', 'readable', 'readable', now())",
    ),
];

/// What became of it: from which version on it was told, a query, and its rows.
const OUTCOME: [(u32, &str, &[&str]); 9] = [
    (
        7,
        "select handle from needthisdone.product order by id",
        &["linen-notebook-00000000", "00000000"],
    ),
    (7, "select price_cents from needthisdone.product_variant", &["1999"]),
    (14, "select position, parent_id is null from needthisdone.product_categories", &["0|t"]),
    (
        20,
        "select email, count(*), sum(total) from needthisdone.orders join needthisdone.customers on customers.id = customer_id group by 1 order by 1",
        &["ann@example.com|2|300", "bob@example.com|1|300"],
    ),
    (
        27,
        "select is_verified_purchase from needthisdone.reviews order by product_id",
        &["t", "f"],
    ),
    (
        33,
        "select was.version, was.content #>> '{blocks,0,type}', now.version
         from needthisdone.page_content_history as was join needthisdone.page_content as now using (page_id, section) order by 1",
        &["1||3", "2|a|3", "3|b|3"],
    ),
    (
        42,
        "select email from needthisdone.product_waitlist order by email",
        &["ann@example.com", "bob@example.com"],
    ),
    (
        27,
        "select email, earned, balance from needthisdone.loyalty_points join needthisdone.customers on customers.id = customer_id",
        &["ann@example.com|39|39"],
    ),
    (52, "select count(*) from needthisdone.google_calendar_tokens", &["0"]),
];

/// Deploys up to a version, and says what was said.
fn migrate_to(database: &TestDatabase, version: u32) -> String {
    let output = deployment(database, &["needthisdone"])
        .args(["--to", &version.to_string()])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{version}: {said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

fn verify(database: &TestDatabase) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_workroom"));
    command
        .args(["db", "verify", "--system", "needthisdone", "--no-color"])
        .args(["--project", env!("CARGO_MANIFEST_DIR")])
        .args(["--database-url", &database.url()]);
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

/// The whole schema as pg_dump writes it: tables in the order of their columns, constraints, indexes, functions,
/// triggers, policies, grants and comments.
fn schema(database: &TestDatabase) -> Vec<String> {
    let major = database.query("select current_setting('server_version_num')::integer / 10000");
    let server = server(major[0].parse().unwrap());
    let output = Command::new(server.binaries().program("pg_dump"))
        .args(["--schema-only", "--schema=needthisdone*", "--dbname"])
        .arg(database.url())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // The dump's own password differs each time; a seal is made of the numbers that the server gave to objects.
    let seal = Regex::new("(workroom:[0-9a-f]{64}):[0-9a-f]{16}").unwrap();
    let lines = text.lines().filter(|line| !line.contains("restrict "));
    lines
        .map(|line| seal.replace(line, "$1").into_owned())
        .collect()
}

/// Shows the first lines that differ, not the whole.
#[track_caller]
fn assert_same(found: &[String], expected: &[String]) {
    let differing = found.iter().zip(expected).find(|(one, other)| one != other);
    assert_eq!(differing, None);
    assert_eq!(found.len(), expected.len());
}

/// A shop that was deployed in one go and never had a row.
fn fresh(major: u32) -> TestDatabase {
    say(major);
    offer_pgcrypto(major);
    let database = TestDatabase::new(major);
    deploy(&database, &["needthisdone"]);
    database
}

fn came_out_well(database: &TestDatabase, told_until: u32) {
    for (since, sql, expected) in OUTCOME {
        if since <= told_until {
            assert_eq!(database.query(sql), expected, "{sql}");
        }
    }
}

#[test]
fn each_migration_is_applied_by_itself_and_leaves_nothing_half_done() {
    let fresh = fresh(NEWEST);
    let database = TestDatabase::new(NEWEST);
    for version in 1..=LAST {
        migrate_to(&database, version);
        let applied = "select max(version), count(*) from workroom.history_needthisdone";
        assert_eq!(database.query(applied), [format!("{version}|{version}")]);
        let unfinished = "select indexrelid::regclass::text from pg_index where not indisvalid
            union all select conname from pg_constraint where not convalidated and connamespace = 'needthisdone'::regnamespace
              and conname <> all (array['product_handle_check', 'product_handle_given_check', 'product_variant_price_cents_check',
                'product_variant_price_cents_given_check', 'product_categories_parent_id_fkey', 'product_categories_parent_id_check',
                'customers_referral_code_id_fkey'])
            union all select 'step of ' || count(*) from workroom.steps having count(*) > 0";
        assert_eq!(database.query(unfinished), [""; 0], "after {version}");
        let again = migrate_to(&database, version);
        assert!(again.starts_with("nothing to do"), "{again}");
        for (at, sql) in STORY {
            if at == version {
                database.execute(sql);
            }
        }
    }
    deploy(&database, &["needthisdone"]);
    verify(&database);
    came_out_well(&database, LAST);
    assert_same(&schema(&database), &schema(&fresh));
}

#[test]
fn a_shop_with_data_in_it_comes_to_the_same_from_wherever_it_was() {
    for major in WITH_VECTOR {
        let fresh = fresh(major);
        verify(&fresh);
        let expected = schema(&fresh);
        for from in [20, 30, 40, 50] {
            let database = TestDatabase::new(major);
            for (at, sql) in STORY.iter().filter(|(at, _)| *at <= from) {
                migrate_to(&database, *at);
                database.execute(sql);
            }
            migrate_to(&database, from);
            deploy(&database, &["needthisdone"]);
            verify(&database);
            came_out_well(&database, from);
            assert_same(&schema(&database), &expected);
        }
    }
}
