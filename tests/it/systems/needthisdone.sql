-- A shop with two customers, ann and bob, who each have an order of a project and one of a product, an administrator ada
-- who buys nothing, and eve, who has an account and no more. One thing of each kind that somebody could see.
insert into auth.users (id, email)
select id_of(name), name || '@example.com' from unnest(array['ann', 'bob', 'ada', 'eve']) as name;
insert into needthisdone.user_roles (user_id, role) values (id_of('ada'), 'admin'), (id_of('ann'), 'customer');

insert into needthisdone.product (id, title, status, handle) values
  (id_of('notebook'), 'Linen notebook', 'published', 'linen-notebook'), (id_of('secret'), 'Next year''s pen', 'draft', 'pen');
insert into needthisdone.product_variant (id, product_id, sku, title, price_cents)
values (id_of('a5'), id_of('notebook'), 'NB-A5', 'A5', 1900);
insert into needthisdone.customer (id, email) select id_of(name || ' medusa'), name || '@example.com' from unnest(array['ann', 'bob']) as name;
insert into needthisdone.customers (id, user_id, medusa_customer_id, email, verified_email, full_name) values
  (id_of('ann customer'), id_of('ann'), id_of('ann medusa'), 'ann@example.com', 'ann@example.com', 'Ann'),
  (id_of('bob customer'), id_of('bob'), id_of('bob medusa'), 'bob@example.com', null, 'Bob');
insert into needthisdone."order" (id, number, customer_id, email, status, subtotal, total)
select id_of(name || ' products'), 'NTD-' || name, id_of(name || ' medusa'), name || '@example.com', status, 3800, 3800
from (values ('ann', 'completed'), ('bob', 'pending')) as placed (name, status);
insert into needthisdone.order_item (order_id, variant_id, title, quantity, unit_price, total)
select id_of(name || ' products'), id_of('a5'), 'Linen notebook', 2, 1900, 3800 from unnest(array['ann', 'bob']) as name;
insert into needthisdone.cart (customer_id) values (id_of('ann medusa'));
insert into needthisdone.payment (order_id, amount, status, captured_at) values (id_of('ann products'), 3800, 'captured', now());
insert into needthisdone.order_fulfillment (order_id) values (id_of('ann products'));

insert into needthisdone.orders (id, customer_id, total) select id_of(name || ' project'), id_of(name || ' customer'), 10001 from unnest(array['ann', 'bob']) as name;
insert into needthisdone.deposits (order_id, kind, amount, due_date)
select id_of(name || ' project'), kind, amount, now()
from unnest(array['ann', 'bob']) as name, (values ('deposit', 5001), ('balance', 5000)) as part (kind, amount);
insert into needthisdone.project_comments (order_id, user_id, body) select id_of(name || ' project'), id_of(name), 'Hello' from unnest(array['ann', 'bob']) as name;
insert into needthisdone.saved_addresses (user_id, full_name, line1, city, postal_code, country, is_default)
select id_of(name), name, '1 Elm Street', 'Springfield', '12345', 'US', true from unnest(array['ann', 'bob']) as name;
insert into needthisdone.reviews (product_id, user_id, rating, body, status)
values (id_of('notebook'), id_of('ann'), 5, 'Lies flat.', 'approved'), (id_of('notebook'), id_of('bob'), 2, 'Too thin.', 'pending');
insert into needthisdone.enrollments (user_id, product_id) values (id_of('ann'), id_of('notebook'));
insert into needthisdone.stripe_customers (id, user_id, stripe_customer_id) values (id_of('ann stripe'), id_of('ann'), 'cus_ann');
insert into needthisdone.subscriptions (stripe_customer_id, stripe_subscription_id, plan, status, amount, current_period_start, current_period_end)
values (id_of('ann stripe'), 'sub_ann', 'care', 'active', 900, now(), now() + interval '1 month');
insert into needthisdone.quotes (email, title, amount, valid_until) values ('eve@example.com', 'A shop', 500000, '2030-01-01');
insert into needthisdone.loyalty_points (customer_id, earned) values (id_of('ann customer'), 38);
insert into needthisdone.referral_codes (customer_id, code) values (id_of('bob customer'), 'FROMBOB');

insert into needthisdone.product_categories (id, name, slug) values (id_of('paper'), 'Paper', 'paper');
insert into needthisdone.product_category_mappings (product_id, category_id) values (id_of('notebook'), id_of('paper'));
insert into needthisdone.pages (id, slug, title, status, published_at) values
  (id_of('home'), 'home', 'Home', 'published', now() - interval '1 day'), (id_of('later'), 'later', 'Later', 'published', now() + interval '1 day'),
  (id_of('drafted'), 'drafted', 'Draft', 'draft', null);
insert into needthisdone.page_content (page_id, section) select id, 'hero' from needthisdone.pages;
insert into needthisdone.blog_posts (slug, title, body, status, published_at) values
  ('one', 'One', 'Text', 'published', now() - interval '1 day'), ('two', 'Two', 'Text', 'published', now() + interval '1 day'),
  ('three', 'Three', 'Text', 'draft', null);
insert into needthisdone.changelog_entries (slug, title, body, status, published_at) values
  ('v1', 'One', 'Text', 'published', now() - interval '1 day'), ('v2', 'Two', 'Text', 'draft', null);
insert into needthisdone.page_views (page_id, user_id) values (id_of('home'), null), (id_of('home'), id_of('ann'));

insert into needthisdone.email_templates (id, name, subject, body_html, body_text) values (id_of('back'), 'back', 'Back', '<p>Back</p>', 'Back');
insert into needthisdone.product_waitlist (id, product_id, email) values
  (id_of('ann waits'), id_of('notebook'), 'Ann@Example.com'), (id_of('bob waits'), id_of('notebook'), 'bob@example.com');
insert into needthisdone.waitlist_campaigns (id, product_id, template_id, name) values (id_of('campaign'), id_of('notebook'), id_of('back'), 'Back');
insert into needthisdone.waitlist_campaign_recipients (id, campaign_id, waitlist_id) values (id_of('recipient'), id_of('campaign'), id_of('ann waits'));
insert into needthisdone.campaign_opens (recipient_id) values (id_of('recipient'));
insert into needthisdone.campaign_clicks (recipient_id, url) values (id_of('recipient'), 'https://example.com');
insert into needthisdone.workflows (id, name) values (id_of('workflow'), 'Thanks');
insert into needthisdone.workflow_triggers (workflow_id, event) values (id_of('workflow'), 'order_created');
insert into needthisdone.workflow_conditions (workflow_id, field, operator, operands) values (id_of('workflow'), 'order.total', 'greater', '[100]');
insert into needthisdone.workflow_actions (workflow_id, kind) values (id_of('workflow'), 'notify_team');
insert into needthisdone.workflow_executions (workflow_id) values (id_of('workflow'));
insert into needthisdone.oauth_providers (name, client_id) values ('google', 'x');
