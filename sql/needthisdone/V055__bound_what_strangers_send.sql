--! no-transaction
--! lock-timeout: 100ms
-- The last hardening: what visitors and customers send has a size, whatever the front end allows, and the schema is closed to
-- roles that no policy file names.
revoke all on schema needthisdone from public;
revoke all on all functions in schema needthisdone from public;

alter table needthisdone.product_waitlist
  add constraint product_waitlist_fits_a_form_check check (length(email) <= 320) not valid;
alter table needthisdone.product_waitlist validate constraint product_waitlist_fits_a_form_check;
alter table needthisdone.reviews
  add constraint reviews_fits_a_form_check check (length(title) <= 200 and length(body) <= 10000) not valid;
alter table needthisdone.reviews validate constraint reviews_fits_a_form_check;
alter table needthisdone.project_comments
  add constraint project_comments_fits_a_form_check check (length(body) <= 10000) not valid;
alter table needthisdone.project_comments validate constraint project_comments_fits_a_form_check;
alter table needthisdone.customers
  add constraint customers_fits_a_form_check check (length(full_name) <= 200 and length(phone) <= 40 and length(preferences::text) <= 10000) not valid;
alter table needthisdone.customers validate constraint customers_fits_a_form_check;
alter table needthisdone.saved_addresses
  add constraint saved_addresses_fits_a_form_check check (length(concat(label, full_name, line1, line2, city, region, postal_code)) <= 1000) not valid;
alter table needthisdone.saved_addresses validate constraint saved_addresses_fits_a_form_check;
alter table needthisdone.page_views
  add constraint page_views_fits_a_form_check check (length(referrer) <= 500) not valid;
alter table needthisdone.page_views validate constraint page_views_fits_a_form_check;
