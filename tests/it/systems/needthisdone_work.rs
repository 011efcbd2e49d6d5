//! The shop at work: what its functions do, and what they refuse.

use super::needthisdone::{person, shop, visitor};
use super::person::session_of;
use super::{Session, WITH_VECTOR};
use crate::support::server::TestDatabase;

/// A key for tokens, long enough.
const KEY: &str = "select set_config('app.token_key', repeat('k', 32), false)";

fn back_end(database: &TestDatabase) -> Session {
    session_of(database, "service_role", "")
}

#[test]
fn an_order_of_a_project_is_paid_to_the_last_cent_by_whom_it_concerns() {
    for major in WITH_VECTOR {
        let database = shop(major);
        let order = |who: &str, amount: &str| {
            format!(
                "select deposit_amount from needthisdone.create_project_order(id_of('{who} customer'), {amount})"
            )
        };
        let ann = person(&database, "ann");
        assert_eq!(ann.value(&order("ann", "10001")), "5001");
        assert_eq!(ann.value(&order("ann", "1")), "1");
        assert_eq!(
            person(&database, "ada").value(&order("bob", "2147483647")),
            "1073741824"
        );
        let server = back_end(&database);
        server
            .rows("select set_config('request.jwt.claims', '{\"role\": \"service_role\"}', false)");
        assert_eq!(server.value(&order("bob", "700")), "350");
        assert_eq!(ann.refused(&order("bob", "100")), "P0002 by trigger");
        assert_eq!(
            person(&database, "eve").refused(&order("ann", "100")),
            "P0002 by trigger"
        );
        assert_eq!(
            visitor(&database).refused(&order("ann", "100")),
            "42501 by grants"
        );
        for amount in ["0", "-5", "null"] {
            assert_eq!(
                ann.refused(&order("ann", amount)),
                "23514 by trigger",
                "{amount}"
            );
        }
        let wrong = "select id from needthisdone.orders as placed where total <> (select sum(amount) from needthisdone.deposits where order_id = placed.id)";
        assert_eq!(database.query(wrong), [""; 0]);
        assert_eq!(
            database.query("select count(*) from needthisdone.orders"),
            ["6"]
        );
    }
}

#[test]
fn a_token_comes_back_under_the_key_of_its_session_and_under_no_other() {
    for major in WITH_VECTOR {
        let database = shop(major);
        let ann = person(&database, "ann");
        let store = "select needthisdone.store_google_token('access-1', 'refresh-1', '2030-01-01')";
        let read = "select access_token, refresh_token from needthisdone.read_google_token()";
        assert_eq!(
            ann.error(store).message(),
            "this session has no key for tokens"
        );
        ann.rows("select set_config('app.token_key', 'short', false)");
        assert_eq!(
            ann.error(store).message(),
            "this session has no key for tokens"
        );
        ann.rows(KEY);
        ann.rows(store);
        assert_eq!(ann.value(read), "access-1|refresh-1");
        ann.rows(&store.replace("-1", "-2"));
        assert_eq!(ann.value(read), "access-2|refresh-2");

        let other = person(&database, "ann");
        other.rows("select set_config('app.token_key', repeat('x', 32), false)");
        assert_eq!(other.error(read).code().code(), "39000", "wrong key");
        let bob = person(&database, "bob");
        bob.rows(KEY);
        assert_eq!(bob.rows(read), [""; 0], "tokens of others");
        let ada = person(&database, "ada");
        assert_eq!(
            ada.value("select count(*) from needthisdone.google_calendar_tokens"),
            "1"
        );
        let kept = "select count(*) from needthisdone.google_calendar_tokens as kept
            where kept::text like '%access-2%' or encode(access_token_encrypted, 'escape') like '%access-2%'";
        assert_eq!(database.query(kept), ["0"]);
        // Nothing that is stored holds the key: not the rows, not the functions, not a setting of the database.
        let key =
            "select count(*) from pg_db_role_setting where setconfig::text like '%token_key%'";
        assert_eq!(database.query(key), ["0"]);
    }
}

#[test]
fn strangers_join_a_waiting_list_and_learn_nothing() {
    for major in WITH_VECTOR {
        let database = shop(major);
        let stranger = visitor(&database);
        let join = |product: &str, email: &str| {
            format!("select needthisdone.join_waitlist(id_of('{product}'), '{email}')")
        };
        for (product, email) in [
            ("notebook", " New@Example.com "),
            ("notebook", "new@example.com"),
            ("notebook", "BOB@example.com"),
            ("secret", "new@example.com"),
            ("no such product", "new@example.com"),
        ] {
            assert_eq!(
                stranger.rows(&join(product, email)),
                [""],
                "{product} {email}"
            );
        }
        assert_eq!(
            stranger.refused(&join("notebook", "nobody")),
            "23514 product_waitlist_email_check"
        );
        let list = "select email from needthisdone.product_waitlist order by email";
        assert_eq!(
            database.query(list),
            ["ann@example.com", "bob@example.com", "new@example.com"]
        );
        assert_eq!(person(&database, "ann").rows(list), ["ann@example.com"]);
        assert_eq!(
            person(&database, "bob").rows(list),
            [""; 0],
            "not proven yet"
        );
        database.execute(
            "update needthisdone.customers set verified_email = email where full_name = 'Bob'",
        );
        assert_eq!(person(&database, "bob").rows(list), ["bob@example.com"]);
    }
}

#[test]
fn sections_of_a_page_keep_every_version() {
    for major in WITH_VECTOR {
        let database = shop(major);
        let ada = person(&database, "ada");
        let block = |text: &str| {
            format!(r#"{{"blocks": [{{"type": "heading", "props": {{"text": "{text}"}}}}]}}"#)
        };
        for text in ["Welcome", "Welcome", "Hello"] {
            ada.rows(&format!(
                "update needthisdone.page_content set content = '{}' where page_id = id_of('home')",
                block(text)
            ));
        }
        let versions = "select version, content #>> '{blocks,0,props,text}', created_by = id_of('ada') from needthisdone.page_content_history where page_id = id_of('home') order by version";
        assert_eq!(
            ada.rows(versions),
            ["1||", "2|Welcome|t", "3|Hello|t"],
            "what changes nothing is no version"
        );
        ada.rows("delete from needthisdone.page_content where page_id = id_of('home')");
        ada.rows("insert into needthisdone.page_content (page_id, section) values (id_of('home'), 'hero')");
        assert_eq!(
            ada.value(
                "select version from needthisdone.page_content where page_id = id_of('home')"
            ),
            "4"
        );
        for (content, why) in [
            ("[]", "no object"),
            (r#"{"blocks": {}}"#, "no list"),
            (r#"{"blocks": [{"type": 1, "props": {}}]}"#, "no type"),
            (r#"{"blocks": [{"type": "x"}]}"#, "no props"),
        ] {
            let sql = format!("update needthisdone.page_content set content = '{content}'");
            assert_eq!(
                ada.refused(&sql),
                "23514 page_content_content_check",
                "{why}"
            );
        }
        assert_eq!(
            ada.refused("delete from needthisdone.page_content_history"),
            "42501 by grants"
        );
    }
}

#[test]
fn views_are_counted_by_days_of_utc_and_reported_to_administrators() {
    for major in WITH_VECTOR {
        let database = shop(major);
        database.execute("delete from needthisdone.page_views");
        for (session, page) in [
            (visitor(&database), "home"),
            (person(&database, "ann"), "home"),
            (person(&database, "ann"), "home"),
            (visitor(&database), "drafted"),
            (visitor(&database), "later"),
        ] {
            session.rows(&format!(
                "select needthisdone.record_page_view(id_of('{page}'), 'https://example.org')"
            ));
        }
        // Half an hour before and after midnight in UTC; one day in Los Angeles.
        database.execute(
            "insert into needthisdone.page_views (page_id, viewed_at) values
               (id_of('home'), '2026-03-01 23:30+00'), (id_of('home'), '2026-03-02 00:30+00')",
        );
        let owner = Session::new(&database);
        owner.rows("set timezone = 'America/Los_Angeles'");
        owner.rows("select needthisdone.refresh_page_view_stats()");
        let march = "select view_date, view_count, unique_visitors from needthisdone.page_view_report('2026-03-01', '2026-03-02') order by 1";
        let ada = person(&database, "ada");
        assert_eq!(ada.rows(march), ["2026-03-01|1|0", "2026-03-02|1|0"]);
        let all = "select sum(view_count), sum(unique_visitors) from needthisdone.page_view_report('2000-01-01', '2100-01-01')";
        assert_eq!(ada.value(all), "5|1");
        assert_eq!(person(&database, "ann").rows(march), [""; 0]);
        assert_eq!(visitor(&database).refused(march), "42501 by grants");
        for session in [person(&database, "ada"), back_end(&database)] {
            assert_eq!(
                session.refused("select needthisdone.refresh_page_view_stats()"),
                "42501 by grants"
            );
        }
    }
}

#[test]
fn points_are_counted_once_spent_as_far_as_they_go_and_given_for_friends() {
    for major in WITH_VECTOR {
        let database = shop(major);
        let (ann, bob, server) = (
            person(&database, "ann"),
            person(&database, "bob"),
            back_end(&database),
        );
        let award = "select needthisdone.award_loyalty_points(id_of('ann products'))";
        server.rows(award);
        server.rows(award);
        let balance = "select earned, bonus, spent, balance from needthisdone.loyalty_points";
        assert_eq!(ann.value(balance), "38|0|0|38");
        assert_eq!(
            ann.value("select needthisdone.spend_loyalty_points(30)"),
            "8"
        );
        for points in ["9", "0", "-1", "null"] {
            assert_eq!(
                ann.refused(&format!(
                    "select needthisdone.spend_loyalty_points({points})"
                )),
                "23514 by trigger"
            );
        }
        assert_eq!(
            bob.refused("select needthisdone.spend_loyalty_points(1)"),
            "23514 by trigger"
        );
        // A canceled order takes its points along, but nobody owes any.
        server.rows("update needthisdone.\"order\" set status = 'canceled', canceled_at = now() where id = id_of('ann products')");
        server.rows(award);
        assert_eq!(ann.value(balance), "30|0|30|0");

        let redeem = "select needthisdone.redeem_referral(' frombob ')";
        assert_eq!(bob.value(redeem), "f", "their own");
        assert_eq!(
            ann.value("select needthisdone.redeem_referral('NOSUCH1')"),
            "f"
        );
        assert_eq!(ann.value(redeem), "t");
        assert_eq!(ann.value(redeem), "f", "once");
        assert_eq!(person(&database, "eve").value(redeem), "f", "no customer");
        assert_eq!(ann.value(balance), "30|100|30|100");
        assert_eq!(bob.value(balance), "0|100|0|100");
        assert_eq!(ann.refused("insert into needthisdone.referral_codes (customer_id, code) values (id_of('ann customer'), 'FROMBOB')"), "42501 by grants");
        assert_eq!(ann.value("insert into needthisdone.referral_codes (customer_id) values (id_of('ann customer')) returning code ~ '^[0-9A-F]{10}$'"), "t");
    }
}

#[test]
fn a_workflow_is_a_graph_whose_edges_end_somewhere() {
    for major in WITH_VECTOR {
        let database = shop(major);
        let ada = person(&database, "ada");
        let node = |id: &str| format!(r#"{{"id": "{id}", "type": "action", "data": {{}}}}"#);
        let canvas = |nodes: &str, edges: &str| {
            format!(
                r#"update needthisdone.workflows set canvas = '{{"nodes": [{nodes}], "edges": [{edges}]}}'"#
            )
        };
        let two = format!("{}, {}", node("a"), node("b"));
        let edge = r#"{"source": "a", "target": "b"}"#;
        assert_eq!(ada.count(&canvas(&two, edge)), 1);
        for (nodes, edges) in [
            (two.as_str(), r#"{"source": "a", "target": "c"}"#),
            (two.as_str(), r#"{"source": "a"}"#),
            (&format!("{}, {}", node("a"), node("a")), ""),
            (r#"{"id": "a", "data": {}}"#, ""),
            (r#"{"id": 1, "type": "x", "data": {}}"#, ""),
        ] {
            assert_eq!(
                ada.refused(&canvas(nodes, edges)),
                "23514 workflows_canvas_check",
                "{nodes} {edges}"
            );
        }
        assert_eq!(
            ada.refused("update needthisdone.workflows set canvas = '{\"nodes\": []}'"),
            "23514 workflows_canvas_check"
        );
        assert_eq!(
            person(&database, "ann")
                .refused("insert into needthisdone.workflows (name) values ('Mine')"),
            "42501 by policy"
        );
    }
}

#[test]
fn a_row_survives_the_account_that_made_it() {
    for major in WITH_VECTOR {
        let database = shop(major);
        let ada = person(&database, "ada");
        ada.rows("insert into needthisdone.quotes (email, title, amount, valid_until) values ('x@example.com', 'By ada', 100, '2030-01-01')");
        let made = "select created_by = id_of('ada'), updated_by = id_of('ada') from needthisdone.quotes where title = 'By ada'";
        assert_eq!(database.query(made), ["t|t"]);
        database.execute("delete from auth.users where id = id_of('ada')");
        let after = "select created_by is null, updated_by = id_of('ada') from needthisdone.quotes where title = 'By ada'";
        assert_eq!(database.query(after), ["t|t"]);
    }
}
