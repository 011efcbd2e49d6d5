//! Where the requirements' own statements go wrong on a real server: each as written, and what the shop does instead.
//! The table in docs/needthisdone.md tells the same.

use super::Session;
use super::WITH_VECTOR;
use super::needthisdone::{person, shop, visitor};
use crate::support::server::TestDatabase;

/// A session of the owner in a transaction that is never committed.
fn scratch(database: &TestDatabase) -> Session {
    let session = Session::new(database);
    session.rows("begin");
    session
}

/// Tries a statement, and takes it back.
fn tried(session: &Session, sql: &str) -> String {
    session.rows("savepoint before");
    let code = session.error(sql).code().code().to_owned();
    session.rows("rollback to before");
    code
}

#[test]
fn an_index_for_vectors_is_no_gin_and_serves_one_operator() {
    for major in WITH_VECTOR {
        let database = shop(major);
        let owner = scratch(&database);
        let naive = "create index on needthisdone.blog_posts using gin (embedding)";
        assert_eq!(
            tried(&owner, naive),
            "42704",
            "there is no such operator class"
        );

        owner.rows(
            "insert into needthisdone.blog_posts (slug, title, body, embedding)
             select 'p-' || number, 'Post', 'Text', array_fill(sin(number)::real, array[1536])::vector from generate_series(1, 50) as number",
        );
        owner.rows("set local enable_seqscan = off");
        let plan = |operator: &str| {
            let sql = format!(
                "explain select id from needthisdone.blog_posts order by embedding {operator} (select embedding from needthisdone.blog_posts where slug = 'p-7') limit 5"
            );
            owner
                .rows(&sql)
                .join("\n")
                .contains("blog_posts_embedding_idx")
        };
        assert!(!plan("<->"), "the index is idle, without a word");
        assert!(plan("<=>"));
        let ours = owner.value("select pg_get_functiondef('needthisdone.search_blog_posts'::regproc) like '%order by%<=>%' or pg_get_functiondef('needthisdone.search_blog_posts'::regproc) like '%ORDER BY%<=>%'");
        assert_eq!(ours, "t");
    }
}

#[test]
fn related_posts_are_the_nearest_that_the_reader_may_see() {
    for major in WITH_VECTOR {
        let database = shop(major);
        database.execute(
            "update needthisdone.blog_posts set embedding = ('[' || case slug when 'one' then '1,0.1' when 'two' then '1,0.2' else '0,1' end || repeat(',0', 1534) || ']')::vector;
             insert into needthisdone.blog_posts (slug, title, body, status, published_at, embedding)
             values ('near', 'Near', 'Text', 'published', now(), ('[1,0.3' || repeat(',0', 1534) || ']')::vector)",
        );
        let related = "select slug from needthisdone.related_posts((select id from needthisdone.blog_posts where slug = 'one'))";
        assert_eq!(visitor(&database).rows(related), ["near"]);
        assert_eq!(
            person(&database, "ada").rows(related),
            ["two", "near", "three"]
        );
    }
}

#[test]
fn a_materialized_view_has_no_policies_whatever_it_is_told() {
    for major in WITH_VECTOR {
        let database = shop(major);
        let owner = scratch(&database);
        let naive = "create materialized view needthisdone.naive with (security_invoker = true) as select from needthisdone.page_views";
        assert_eq!(tried(&owner, naive), "22023", "unrecognized parameter");

        // Filtered by the one who refreshes, it is empty after a job's refresh and open after an administrator's.
        owner.rows(
            "create materialized view needthisdone.naive as select page_id, count(*) from needthisdone.page_views
               where needthisdone.is_admin() group by page_id;
             grant select on needthisdone.naive to authenticated",
        );
        assert_eq!(owner.value("select count(*) from needthisdone.naive"), "0");
        owner.rows("select set_config('request.jwt.claims', json_build_object('sub', id_of('ada'))::text, true)");
        owner.rows("refresh materialized view needthisdone.naive");
        owner.rows("select set_config('request.jwt.claims', json_build_object('sub', id_of('eve'))::text, true); set local role authenticated");
        assert_eq!(
            owner.value("select count(*) from needthisdone.naive"),
            "1",
            "eve sees what ada saw"
        );
        assert_eq!(
            owner.refused("select count(*) from needthisdone.page_view_stats"),
            "42501 by grants"
        );
        owner.rows("rollback; begin");
        owner.rows("select needthisdone.refresh_page_view_stats()");
        assert_eq!(
            owner.value("select sum(view_count) from needthisdone.page_view_stats"),
            "2",
            "whoever refreshes"
        );
        // Beside readers it is refreshed over a unique index only.
        owner.rows("drop index needthisdone.page_view_stats_page_id_view_date_key");
        assert_eq!(
            tried(
                &owner,
                "refresh materialized view concurrently needthisdone.page_view_stats"
            ),
            "55000"
        );
    }
}

#[test]
fn a_day_depends_on_the_time_zone_of_whoever_counts() {
    for major in WITH_VECTOR {
        let database = shop(major);
        let owner = scratch(&database);
        owner.rows(
            "delete from needthisdone.page_views;
             insert into needthisdone.page_views (page_id, viewed_at) values (id_of('home'), '2026-03-02 00:30+00')",
        );
        let days = |zone: &str| {
            owner.rows(&format!("set local timezone = '{zone}'"));
            let naive = "select date(viewed_at) from needthisdone.page_views";
            let ours = "select view_date from needthisdone.count_page_views()";
            [owner.value(naive), owner.value(ours)]
        };
        assert_eq!(days("UTC"), ["2026-03-02", "2026-03-02"]);
        assert_eq!(days("America/Los_Angeles"), ["2026-03-01", "2026-03-02"]);
    }
}

#[test]
fn a_policy_that_asks_its_own_table_goes_in_circles() {
    for major in WITH_VECTOR {
        let database = shop(major);
        let owner = scratch(&database);
        owner.rows(
            "create policy naive on needthisdone.user_roles for select to authenticated
               using (exists (select from needthisdone.user_roles as other where other.user_id = auth.uid() and other.role = 'admin'));
             set local role authenticated",
        );
        assert_eq!(
            tried(&owner, "select count(*) from needthisdone.user_roles"),
            "42P17",
            "infinite recursion"
        );
        owner.rows("rollback");
        assert_eq!(
            person(&database, "ada").value("select count(*) from needthisdone.user_roles"),
            "2"
        );
    }
}

#[test]
fn an_administrators_policy_for_everything_lets_one_make_another() {
    let promote =
        "insert into needthisdone.user_roles (user_id, role) values (id_of('eve'), 'admin')";
    for major in WITH_VECTOR {
        let database = shop(major);
        let owner = scratch(&database);
        owner.rows(
            "create policy naive on needthisdone.user_roles for all to authenticated using (needthisdone.is_admin());
             grant insert on needthisdone.user_roles to authenticated;
             select set_config('request.jwt.claims', json_build_object('sub', id_of('ada'))::text, true);
             set local role authenticated",
        );
        assert_eq!(owner.count(promote), 1);
        owner.rows("rollback");
        assert_eq!(person(&database, "ada").refused(promote), "42501 by grants");
    }
}

#[test]
fn the_order_of_a_project_as_written_says_nothing_asks_nobody_and_loses_a_cent() {
    for major in WITH_VECTOR {
        let database = shop(major);
        let owner = scratch(&database);
        owner.rows(
            "create function needthisdone.naive(customer_id uuid, amount integer) returns table (order_id uuid, deposit_amount integer) as $$
             begin
               insert into needthisdone.orders (customer_id, total, status) values (customer_id, amount, 'pending') returning id into order_id;
               insert into needthisdone.deposits (order_id, amount, due_date) values (order_id, amount / 2, now() + interval '7 days');
               return;
             end
             $$ language plpgsql security definer;
             grant execute on function needthisdone.naive(uuid, integer) to authenticated;
             select set_config('request.jwt.claims', json_build_object('sub', id_of('eve'))::text, true);
             set local role authenticated",
        );
        let call = "select * from needthisdone.naive(id_of('ann customer'), 101)";
        assert_eq!(
            owner.rows(call),
            [""; 0],
            "no row, and eve ordered in ann's name"
        );
        owner.rows("reset role");
        let lost = "select total - 2 * amount from needthisdone.orders join needthisdone.deposits on order_id = orders.id where total = 101";
        assert_eq!(owner.value(lost), "1", "two halves of 101 are 100");
        owner.rows("rollback");
        let ours = call.replace("naive", "create_project_order");
        assert_eq!(person(&database, "eve").refused(&ours), "P0002 by trigger");
        let ann = person(&database, "ann");
        assert_eq!(ann.rows(&ours).len(), 1);
        assert_eq!(ann.value("select sum(amount) from needthisdone.deposits join needthisdone.orders on orders.id = order_id where total = 101"), "101");
    }
}

#[test]
fn a_trigger_that_keeps_created_by_keeps_it_from_being_emptied() {
    for major in WITH_VECTOR {
        let database = shop(major);
        let quote = "insert into needthisdone.quotes (email, title, amount, valid_until, created_by) values ('x@example.com', 'Kept', 1, '2030-01-01', id_of('eve'))";
        let dangling = "select count(*) from needthisdone.quotes where created_by is not null and not exists (select from auth.users where users.id = created_by)";
        // Of a row of the same transaction the server looks up the reference again; of an older one it does not.
        database.execute(quote);
        let owner = scratch(&database);
        owner.rows(
            "create function needthisdone.naive() returns trigger language plpgsql as 'begin new.created_by := old.created_by; return new; end';
             create trigger z_naive before update on needthisdone.quotes for each row execute function needthisdone.naive();
             delete from auth.users where id = id_of('eve')",
        );
        let says = "a reference to nobody, which no constraint notices";
        assert_eq!(owner.value(dangling), "1", "{says}");
        owner.rows("rollback; begin");
        owner.rows("delete from auth.users where id = id_of('eve')");
        assert_eq!(owner.value(dangling), "0");
    }
}

#[test]
fn a_unique_key_tells_strangers_who_is_on_the_list() {
    for major in WITH_VECTOR {
        let database = shop(major);
        let owner = scratch(&database);
        owner.rows(
            "create policy naive on needthisdone.product_waitlist for insert to anon with check (true);
             grant insert on needthisdone.product_waitlist to anon;
             set local role anon",
        );
        let probe = |email: &str| {
            format!(
                "insert into needthisdone.product_waitlist (product_id, email) values (id_of('notebook'), '{email}')"
            )
        };
        assert_eq!(owner.count(&probe("nobody@example.com")), 1);
        assert_eq!(
            tried(&owner, &probe("ann@example.com")),
            "23505",
            "so ann waits for it"
        );
        owner.rows("rollback");
        let stranger = visitor(&database);
        assert_eq!(
            stranger.refused(&probe("ann@example.com")),
            "42501 by grants"
        );
        for email in ["nobody@example.com", "ann@example.com"] {
            assert_eq!(
                stranger.rows(&format!(
                    "select needthisdone.join_waitlist(id_of('notebook'), '{email}')"
                )),
                [""]
            );
        }
    }
}

#[test]
fn an_order_without_quotes_is_a_word_of_the_language() {
    for major in WITH_VECTOR {
        let database = shop(major);
        let owner = scratch(&database);
        assert_eq!(
            tried(&owner, "create table order (id uuid primary key)"),
            "42601"
        );
        assert_eq!(
            owner.value("select count(*) from needthisdone.\"order\""),
            "2"
        );
    }
}
