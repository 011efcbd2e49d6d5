create or replace view needthisdone.v_product_ratings
with (security_invoker = true)
as
select
  review.product_id,
  count(*) as reviews,
  round(avg(review.rating), 2) as rating,
  count(*) filter (where review.is_verified_purchase) as verified_reviews
from needthisdone.reviews as review
where review.status = 'approved'
group by review.product_id;

comment on view needthisdone.v_product_ratings is 'What customers think of each product, by approved reviews.';
