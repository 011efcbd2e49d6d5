//! A year of the shop: carts become orders, orders parcels and points, those who wait get a mail, pages have a history.

use super::*;
use crate::support::server::offer_pgcrypto;
use crate::systems::WITH_VECTOR;

fn shop(major: u32) -> TestDatabase {
    static TEMPLATES: Templates = [const { OnceLock::new() }; 3];
    offer_pgcrypto(major);
    seeded(&TEMPLATES, major, "needthisdone")
}

const CONTRADICTIONS: [(&str, &str); 17] = [
    (
        "an order whose parts do not come to it, or another one than its cart",
        "select placed.id from needthisdone.\"order\" as placed join needthisdone.cart as cart on cart.id = cart_id
         where placed.subtotal is distinct from (select sum(item.total) from needthisdone.order_item as item where item.order_id = placed.id)
           or placed.subtotal <> cart.subtotal or placed.customer_id is distinct from cart.customer_id or placed.created_at <> cart.completed_at
           or cart.item_count <> (select count(*) from needthisdone.order_item as item where item.order_id = placed.id)",
    ),
    (
        "an item at another price than its variant's, or of a product that is not for sale",
        "select item.id from needthisdone.order_item as item join needthisdone.product_variant as variant on variant.id = variant_id
         join needthisdone.product on product.id = product_id
         where item.unit_price <> variant.price_cents or item.title <> product.title || ', ' || variant.title or product.status <> 'published'",
    ),
    (
        "an order whose payments contradict it",
        "select placed.id, placed.status from needthisdone.\"order\" as placed join needthisdone.payment on order_id = placed.id
         group by placed.id
         having count(*) filter (where payment.status <> 'failed') <> 1 or bool_or(payment.amount <> placed.total)
           or bool_or(payment.status = 'captured') <> (placed.status = 'completed')
           or bool_or(payment.status = 'refunded') <> (placed.status = 'canceled')",
    ),
    (
        "a completed order without a parcel, or a parcel of another one",
        "select placed.id, parcel.id from (select * from needthisdone.\"order\" where status = 'completed') as placed
         full join needthisdone.order_fulfillment as parcel on parcel.order_id = placed.id
         where placed.id is null or parcel.id is null or parcel.packed_at < placed.created_at",
    ),
    (
        "something before what it follows from, or in the future",
        "select 'cart ' || cart.id from needthisdone.cart join needthisdone.customer on customer.id = customer_id
         where cart.created_at < customer.created_at or cart.created_at > now() or cart.completed_at < cart.created_at
         union all select 'review ' || id from needthisdone.reviews where created_at > now()
         union all select 'view ' || id from needthisdone.page_views where viewed_at > now()
         union all select 'project ' || placed.id from needthisdone.orders as placed join needthisdone.customers as customer on customer.id = customer_id
         where placed.created_at < customer.created_at or placed.completed_at < placed.created_at",
    ),
    (
        "points that are not those of the completed orders",
        "select customer.id from needthisdone.customers as customer left join needthisdone.loyalty_points as points on points.customer_id = customer.id
         cross join lateral (select sum(total / 100) as points from needthisdone.\"order\" as placed
           where placed.customer_id = customer.medusa_customer_id and placed.status = 'completed') as right_one
         where coalesce(points.earned, 0) <> coalesce(right_one.points, 0)",
    ),
    (
        "a verified review by somebody who did not buy",
        "select review.id from needthisdone.reviews as review where review.is_verified_purchase <> exists (
           select from needthisdone.customers as customer
           join needthisdone.\"order\" as placed on placed.customer_id = customer.medusa_customer_id and placed.status = 'completed'
           join needthisdone.order_item as item on item.order_id = placed.id
           join needthisdone.product_variant as variant on variant.id = item.variant_id
           where customer.user_id = review.user_id and variant.product_id = review.product_id)",
    ),
    (
        "a project whose parts do not come to it, or that was completed unpaid",
        "select placed.id from needthisdone.orders as placed join needthisdone.deposits as part on part.order_id = placed.id
         group by placed.id
         having sum(part.amount) <> placed.total or count(*) <> 2
           or (placed.status = 'completed' and bool_or(part.paid_at is null)) or (placed.status = 'pending' and bool_or(part.paid_at is not null))",
    ),
    (
        "a section that does not show its last version",
        "select now.id from needthisdone.page_content as now left join needthisdone.page_content_history as was
           on was.page_id = now.page_id and was.section = now.section and was.version = now.version
         where was.content is distinct from now.content or exists (select from needthisdone.page_content_history as later
           where later.page_id = now.page_id and later.section = now.section and later.version > now.version)",
    ),
    (
        "a mail to somebody who does not wait for its product, or an answer before the mail",
        "select recipient.id from needthisdone.waitlist_campaign_recipients as recipient
         join needthisdone.product_waitlist as entry on entry.id = waitlist_id join needthisdone.waitlist_campaigns as campaign on campaign.id = campaign_id
         where entry.product_id <> campaign.product_id or campaign.status <> 'sent' or entry.notified_at is distinct from recipient.sent_at
         union all select open.id from needthisdone.campaign_opens as open join needthisdone.waitlist_campaign_recipients as recipient on recipient.id = recipient_id
         where open.opened_at < recipient.sent_at or recipient.status <> 'sent'",
    ),
    (
        "an address of somebody",
        "select email from (select email from needthisdone.customer union all select email from needthisdone.customers union all select email from needthisdone.quotes
           union all select email from needthisdone.product_waitlist) as written
         where email !~ '@(example\\.(com|org|net)|[a-z]+\\.test)$'",
    ),
    (
        "something that a person does at midnight or will have done tomorrow, or an order at night",
        "select what from (
           select 'order' as what, created_at as moment from needthisdone.\"order\" union all select 'canceled', canceled_at from needthisdone.\"order\"
           union all select 'customer', created_at from needthisdone.customer union all select 'parcel', delivered_at from needthisdone.order_fulfillment
           union all select 'waits', created_at from needthisdone.product_waitlist union all select 'mail', sent_at from needthisdone.waitlist_campaigns
           union all select 'campaign', created_at from needthisdone.waitlist_campaigns union all select 'review', created_at from needthisdone.reviews
           union all select 'learns', created_at from needthisdone.enrollments union all select 'learnt', completed_at from needthisdone.enrollments
           union all select 'paid', paid_at from needthisdone.deposits union all select 'project', completed_at from needthisdone.orders
           union all select 'captured', captured_at from needthisdone.payment) as done
         where moment::time = '00:00' or moment > now() or (what = 'order' and moment::time < '06:00')",
    ),
    (
        "a parcel on a weekend, or one that changed when nothing happened to it",
        "select id from needthisdone.order_fulfillment
         where extract(isodow from packed_at) > 5 or extract(isodow from shipped_at) > 5 or extract(isodow from delivered_at) > 5
           or shipped_at < packed_at or delivered_at < shipped_at or updated_at <> coalesce(delivered_at, shipped_at, packed_at)",
    ),
    (
        "something that was bought or judged before it was there",
        "select item.id from needthisdone.order_item as item join needthisdone.product_variant as variant on variant.id = variant_id
         where item.created_at < variant.created_at
         union all select review.id from needthisdone.reviews as review join needthisdone.product on product.id = product_id
         where review.created_at < product.created_at",
    ),
    (
        "a review of a purchase that had not arrived",
        "select review.id from needthisdone.reviews as review where is_verified_purchase and not exists (
           select from needthisdone.customers as customer
           join needthisdone.\"order\" as placed on placed.customer_id = customer.medusa_customer_id
           join needthisdone.order_fulfillment as parcel on parcel.order_id = placed.id
           join needthisdone.order_item as item on item.order_id = placed.id
           join needthisdone.product_variant as variant on variant.id = item.variant_id
           where customer.user_id = review.user_id and variant.product_id = review.product_id and parcel.delivered_at < review.created_at)",
    ),
    (
        "a word on a project before it began or after it ended, or the same word twice",
        "select comment.id from needthisdone.project_comments as comment join needthisdone.orders as placed on placed.id = order_id
         where comment.created_at < placed.created_at or comment.created_at > placed.completed_at
         union all select min(id::text)::uuid from needthisdone.project_comments group by order_id, body having count(*) > 1",
    ),
    (
        "a title that comes twice where a reader looks",
        "select title from needthisdone.product group by title having count(*) > 1
         union all select title from needthisdone.changelog_entries group by title having count(*) > 1
         union all select title from needthisdone.blog_posts group by title having count(*) > 1",
    ),
];

#[test]
fn each_contradiction_of_the_shop_would_be_found() {
    let database = shop(NEWEST);
    each_can_find_something(&database, &["needthisdone", "auth"], &CONTRADICTIONS);
}

#[test]
fn a_year_of_the_shop_is_told_without_contradiction() {
    for major in WITH_VECTOR {
        let database = shop(major);
        find_nothing(&database, &CONTRADICTIONS);
        verify(&database, "needthisdone");
        let session = Session::new(&database);
        // What the triggers and functions would have written is what is there.
        session.rows("begin");
        assert_eq!(session.count("update needthisdone.reviews set is_verified_purchase = true where not is_verified_purchase"), 0);
        session.rows("select needthisdone.award_loyalty_points(id) from needthisdone.\"order\"");
        find_nothing(&database, &CONTRADICTIONS);
        session.rows("rollback");
        session.rows("select needthisdone.refresh_page_view_stats()");
        let counted = "select (select sum(view_count) from needthisdone.page_view_stats) = (select count(*) from needthisdone.page_views)";
        assert_eq!(session.value(counted), "t");
        let months = "select count(distinct date_trunc('month', created_at at time zone 'UTC')) >= 12 from needthisdone.\"order\"";
        assert_eq!(session.value(months), "t", "a year");
    }
}

#[test]
fn a_customer_of_the_shop_sees_their_own_and_an_article_finds_its_like() {
    for major in WITH_VECTOR {
        let database = shop(major);
        let session = Session::new(&database);
        let buyer = session.value(
            "select customer.user_id from needthisdone.customers as customer join needthisdone.orders as placed on placed.customer_id = customer.id
             order by customer.user_id limit 1",
        );
        sign_in(&session, "authenticated", &buyer);
        let own = "select count(distinct customer_id), count(*) > 0, (select count(*) from needthisdone.customers) from needthisdone.orders";
        assert_eq!(session.value(own), "1|t|1");
        let alike = "select count(*) filter (where near.slug ~ regexp_replace(post.slug, '-[0-9]+$', '')) > 0, count(*)
            from (select * from needthisdone.blog_posts where slug like 'what-paper-remembers-%' order by slug limit 1) as post
            cross join lateral needthisdone.related_posts(post.id, 8) as near";
        assert_eq!(session.value(alike), "t|8");
    }
}
