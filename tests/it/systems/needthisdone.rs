//! The shop: who sees and does what, on each version that has pgvector.

use super::person::{self, Templates, session_of};
use super::{Session, WITH_VECTOR};
use crate::support::server::{TestDatabase, offer_pgcrypto};

/// What Medusa keeps.
const OF_MEDUSA: [&str; 8] = [
    "product",
    "product_variant",
    "customer",
    "cart",
    "\"order\"",
    "order_item",
    "payment",
    "order_fulfillment",
];

/// The shop with its customers ann and bob, its administrator ada, and eve.
pub(super) fn shop(major: u32) -> TestDatabase {
    static TEMPLATES: Templates = [const { std::sync::OnceLock::new() }; 3];
    offer_pgcrypto(major);
    person::copy_of(
        &TEMPLATES,
        major,
        "needthisdone",
        include_str!("needthisdone.sql"),
    )
}

/// Somebody who signed in.
pub(super) fn person(database: &TestDatabase, name: &str) -> Session {
    session_of(database, "authenticated", name)
}

/// Somebody who did not.
pub(super) fn visitor(database: &TestDatabase) -> Session {
    session_of(database, "anon", "")
}

#[test]
fn each_person_sees_their_own_and_an_administrator_everything() {
    // Table, then what a visitor, ann, bob, eve and ada see of it; a dash where the table is closed.
    let seen = [
        ("product_categories", "1 1 1 1 1"),
        ("product_category_mappings", "1 1 1 1 1"),
        ("reviews", "1 1 2 1 2"),
        ("user_roles", "- 1 0 0 2"),
        ("customers", "- 1 1 0 2"),
        ("saved_addresses", "- 1 1 0 2"),
        // Bob has not proven that his address is his.
        ("product_waitlist", "- 1 0 0 2"),
        ("orders", "- 1 1 0 2"),
        ("deposits", "- 2 2 0 4"),
        ("project_comments", "- 1 1 0 2"),
        ("quotes", "- 0 0 0 1"),
        ("enrollments", "- 1 0 0 1"),
        ("stripe_customers", "- 0 0 0 1"),
        ("subscriptions", "- 0 0 0 1"),
        // What is published later is not there yet.
        ("pages", "1 1 1 1 3"),
        ("page_content", "1 1 1 1 3"),
        ("page_content_history", "- 0 0 0 3"),
        ("blog_posts", "1 1 1 1 3"),
        ("changelog_entries", "1 1 1 1 2"),
        ("page_views", "- 0 0 0 2"),
        ("page_view_stats", "- - - - -"),
        ("email_templates", "- 0 0 0 1"),
        ("waitlist_campaigns", "- 0 0 0 1"),
        ("waitlist_campaign_recipients", "- 0 0 0 1"),
        ("campaign_opens", "- 0 0 0 1"),
        ("campaign_clicks", "- 0 0 0 1"),
        ("loyalty_points", "- 1 0 0 1"),
        ("referral_codes", "- 0 1 0 1"),
        ("workflows", "- 0 0 0 1"),
        ("workflow_triggers", "- 0 0 0 1"),
        ("workflow_conditions", "- 0 0 0 1"),
        ("workflow_actions", "- 0 0 0 1"),
        ("workflow_executions", "- 0 0 0 1"),
        ("oauth_providers", "- 0 0 0 1"),
        ("google_calendar_tokens", "- 0 0 0 0"),
        ("v_product_ratings", "1 1 1 1 1"),
        ("v_campaign_results", "- 0 0 0 1"),
    ];
    for major in WITH_VECTOR {
        let database = shop(major);
        let mut people = vec![visitor(&database)];
        people.extend(["ann", "bob", "eve", "ada"].map(|name| person(&database, name)));
        for (table, expected) in seen {
            let count = |session: &Session| {
                let sql = format!("select count(*) from needthisdone.{table}");
                match session.run(&sql) {
                    Ok((rows, _)) => rows[0].clone(),
                    Err(_) => {
                        assert_eq!(session.refused(&sql), "42501 by grants", "{table}");
                        "-".to_owned()
                    }
                }
            };
            let found: Vec<String> = people.iter().map(count).collect();
            assert_eq!(found.join(" "), expected, "{table}");
        }
    }
}

#[test]
fn the_tables_of_medusa_are_closed_to_every_client_and_open_to_the_back_end() {
    for major in WITH_VECTOR {
        let database = shop(major);
        let back_end = session_of(&database, "service_role", "");
        for client in [
            visitor(&database),
            person(&database, "ann"),
            person(&database, "ada"),
        ] {
            for table in OF_MEDUSA {
                for sql in [
                    format!("select from needthisdone.{table}"),
                    format!("insert into needthisdone.{table} default values"),
                    format!("update needthisdone.{table} set updated_at = now()"),
                    format!("delete from needthisdone.{table}"),
                ] {
                    assert_eq!(client.refused(&sql), "42501 by grants", "{sql}");
                }
            }
        }
        for table in OF_MEDUSA {
            let sql = format!("select count(*) from needthisdone.{table}");
            assert_ne!(back_end.value(&sql), "0");
        }
    }
}

#[test]
fn an_administrator_cannot_make_another_and_the_back_end_can() {
    for major in WITH_VECTOR {
        let database = shop(major);
        for name in ["ada", "eve"] {
            let session = person(&database, name);
            for sql in [
                "insert into needthisdone.user_roles (user_id, role) values (id_of('eve'), 'admin')",
                "update needthisdone.user_roles set role = 'admin'",
                "delete from needthisdone.user_roles",
            ] {
                assert_eq!(session.refused(sql), "42501 by grants", "{name}: {sql}");
            }
        }
        let eve = person(&database, "eve");
        assert_eq!(eve.value("select needthisdone.is_admin()"), "f");
        session_of(&database, "service_role", "").rows(
            "insert into needthisdone.user_roles (user_id, role) values (id_of('eve'), 'admin')",
        );
        assert_eq!(eve.value("select needthisdone.is_admin()"), "t");
    }
}

#[test]
fn what_people_write_into_their_user_metadata_decides_nothing() {
    for major in WITH_VECTOR {
        let database = shop(major);
        let eve = person(&database, "eve");
        for claims in [
            r#""user_metadata": {"role": "admin", "is_admin": true}"#,
            r#""role": "admin""#,
            r#""app_role": "admin", "user_metadata": {"claims_admin": true}"#,
        ] {
            eve.rows(&format!(
                "select set_config('request.jwt.claims', format('{{\"sub\": \"%s\", {claims}}}', id_of('eve')), false)"
            ));
            assert_eq!(
                eve.value("select auth.uid() = id_of('eve'), needthisdone.is_admin()"),
                "t|f"
            );
            assert_eq!(eve.value("select count(*) from needthisdone.orders"), "0");
            assert_eq!(eve.count("update needthisdone.pages set title = 'Mine'"), 0);
        }
    }
}

#[test]
fn reviews_are_the_authors_while_pending_and_a_purchase_cannot_be_claimed() {
    for major in WITH_VECTOR {
        let database = shop(major);
        let (ann, bob, eve, ada) = (
            person(&database, "ann"),
            person(&database, "bob"),
            person(&database, "eve"),
            person(&database, "ada"),
        );
        assert_eq!(
            bob.count("update needthisdone.reviews set body = 'Thin paper.'"),
            1
        );
        assert_eq!(
            bob.refused(
                "update needthisdone.reviews set status = 'approved' where user_id = id_of('bob')"
            ),
            "42501 by policy"
        );
        assert_eq!(
            ann.count("update needthisdone.reviews set rating = 1"),
            0,
            "it is approved"
        );
        assert_eq!(
            bob.refused("update needthisdone.reviews set is_verified_purchase = true"),
            "42501 by grants"
        );
        let write = "insert into needthisdone.reviews (product_id, user_id, rating, body) values (id_of('notebook'), id_of('eve'), 4, 'Fine')";
        assert_eq!(bob.refused(write), "42501 by policy");
        assert_eq!(eve.count(write), 1);
        let verified = "select string_agg(email, ' ') from needthisdone.reviews join auth.users on users.id = user_id where is_verified_purchase";
        assert_eq!(
            database.query(verified),
            ["ann@example.com"],
            "only ann's order is completed"
        );
        assert_eq!(
            ada.count("update needthisdone.reviews set status = 'approved'"),
            3
        );
        assert_eq!(
            visitor(&database).value("select reviews, rating from needthisdone.v_product_ratings"),
            "3|3.67"
        );
    }
}

#[test]
fn customers_change_how_they_are_called_and_not_who_they_are() {
    for major in WITH_VECTOR {
        let database = shop(major);
        let ann = person(&database, "ann");
        assert_eq!(ann.count("update needthisdone.customers set full_name = 'Ann B.', preferences = '{\"news\": true}'"), 1);
        for column in [
            "verified_email = 'bob@example.com'",
            "user_id = id_of('bob')",
            "medusa_customer_id = null",
            "email = 'x@example.com'",
        ] {
            assert_eq!(
                ann.refused(&format!("update needthisdone.customers set {column}")),
                "42501 by policy",
                "{column}"
            );
        }
        let ada = person(&database, "ada");
        assert_eq!(ada.count("update needthisdone.customers set email = 'ann@new.example.com' where full_name = 'Ann B.'"), 1);
        assert_eq!(ann.refused("insert into needthisdone.orders (customer_id, total) values (id_of('ann customer'), 1)"), "42501 by grants");
    }
}

#[test]
fn every_table_says_who_made_a_row_and_every_function_where_it_looks() {
    for major in WITH_VECTOR {
        let database = shop(major);
        let own = "select relname from pg_class where relnamespace = 'needthisdone'::regnamespace and relkind = 'r'
            and relname <> all (array['product', 'product_variant', 'customer', 'cart', 'order', 'order_item', 'payment', 'order_fulfillment'])";
        for (what, broken) in [
            (
                "without stamps",
                format!(
                    "select name from ({own}) as t (name) where (select count(*) from pg_attribute where attrelid = format('needthisdone.%I', name)::regclass
                       and attname in ('created_at', 'updated_at', 'created_by', 'updated_by')) <> 4"
                ),
            ),
            (
                "without the trigger that keeps them",
                format!(
                    "select name from ({own}) as t (name) where not exists (select from pg_trigger where tgrelid = format('needthisdone.%I', name)::regclass
                       and tgfoid = 'needthisdone.update_updated_at_column'::regproc)"
                ),
            ),
            (
                "without a comment",
                "select relname from pg_class where relnamespace = 'needthisdone'::regnamespace and relkind in ('r', 'v', 'm')
                   and obj_description(oid, 'pg_class') is null
                 union all select proname from pg_proc where pronamespace = 'needthisdone'::regnamespace and obj_description(oid, 'pg_proc') is null"
                    .to_owned(),
            ),
            (
                "looking where the caller says",
                "select proname from pg_proc where pronamespace = 'needthisdone'::regnamespace and prosqlbody is null
                   and proconfig is distinct from array['search_path=pg_catalog, pg_temp']"
                    .to_owned(),
            ),
            (
                "named in another way",
                "select conname from pg_constraint as c join pg_class as t on t.oid = conrelid where connamespace = 'needthisdone'::regnamespace
                   and contype in ('p', 'u', 'f', 'c') and (condeferrable or conname not like t.relname || '\\_%' or conname !~ '_(pkey|key|fkey|check)$')"
                    .to_owned(),
            ),
        ] {
            assert_eq!(database.query(&broken), [""; 0], "{what}");
        }
        assert_eq!(
            database.query(&format!("select count(*) from ({own}) as t")),
            ["34"]
        );
    }
}
