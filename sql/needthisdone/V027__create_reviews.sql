-- What customers think of products.
create table needthisdone.reviews (
  id uuid not null default gen_random_uuid(),
  product_id uuid not null,
  user_id uuid not null,
  rating integer not null,
  title text,
  body text not null,
  status text not null default 'pending',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint reviews_pkey primary key (id),
  constraint reviews_product_id_fkey foreign key (product_id) references needthisdone.product (id) on delete cascade,
  constraint reviews_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade,
  constraint reviews_product_id_user_id_key unique (product_id, user_id),
  constraint reviews_rating_check check (rating between 1 and 5),
  constraint reviews_status_check check (status in ('pending', 'approved', 'rejected')),
  constraint reviews_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index reviews_user_id_idx on needthisdone.reviews (user_id);
create index reviews_product_id_created_at_idx on needthisdone.reviews (product_id, created_at desc) where status = 'approved';
create index reviews_created_by_idx on needthisdone.reviews (created_by);

comment on table needthisdone.reviews is 'A review of a product.';
comment on column needthisdone.reviews.status is
  'Everybody reads what is approved; the author changes what is pending.';
comment on column needthisdone.reviews.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.reviews.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger reviews_stamp before insert or update on needthisdone.reviews
  for each row execute function needthisdone.update_updated_at_column();
