-- Who waits for a product that is out of stock.
create table needthisdone.product_waitlist (
  id uuid not null default gen_random_uuid(),
  product_id uuid not null,
  email text not null,
  notified_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint product_waitlist_pkey primary key (id),
  constraint product_waitlist_product_id_fkey foreign key (product_id) references needthisdone.product (id) on delete cascade,
  constraint product_waitlist_email_check check (email like '_%@_%'),
  constraint product_waitlist_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index product_waitlist_product_id_created_at_idx on needthisdone.product_waitlist (product_id, created_at);
create index product_waitlist_created_by_idx on needthisdone.product_waitlist (created_by);

comment on table needthisdone.product_waitlist is 'Somebody who wants to hear when a product is back.';
comment on column needthisdone.product_waitlist.notified_at is 'When they were told; null while they wait.';
comment on column needthisdone.product_waitlist.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.product_waitlist.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger product_waitlist_stamp before insert or update on needthisdone.product_waitlist
  for each row execute function needthisdone.update_updated_at_column();

create function needthisdone.join_waitlist(product uuid, email text) returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
begin atomic
  insert into needthisdone.product_waitlist (product_id, email)
  select wanted.id, join_waitlist.email
  from needthisdone.product as wanted
  where wanted.id = join_waitlist.product and wanted.status = 'published' and wanted.deleted_at is null;
end;
comment on function needthisdone.join_waitlist(uuid, text) is
  'Puts an address on the waiting list of a published product; nothing for any other. Security definer, because nobody '
  'else may add to the list: an insert of one''s own would tell by its errors what is on it.';
