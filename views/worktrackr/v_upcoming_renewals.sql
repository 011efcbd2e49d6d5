create or replace view worktrackr.v_upcoming_renewals
with (security_invoker = true)
as
select
  service.organisation_id,
  service.id as customer_service_id,
  service.contact_id,
  contact.name as contact_name,
  service.product_id,
  product.name as product_name,
  service.quantity,
  service.renewal_date,
  service.renewal_date - current_date as days_left
from worktrackr.customer_services as service
join worktrackr.contacts as contact
  on contact.organisation_id = service.organisation_id and contact.id = service.contact_id
join worktrackr.products as product
  on product.organisation_id = service.organisation_id and product.id = service.product_id
where service.renewal_date <= current_date + 90;

comment on view worktrackr.v_upcoming_renewals is
  'Services to be renewed within 90 days, or overdue (days_left below 0), of contacts that the reader may see.';
