--! no-transaction
--! lock-timeout: 100ms
-- Addresses from before: of those who signed up twice the first entry stays, the others are folded, and it stays so.
do $$
begin
  loop
    delete from needthisdone.product_waitlist as double
    where double.id in (
      select later.id
      from needthisdone.product_waitlist as later
      where exists (
        select
        from needthisdone.product_waitlist as first
        where first.product_id = later.product_id
          and lower(trim(first.email)) = lower(trim(later.email))
          and (first.created_at, first.id) < (later.created_at, later.id)
      )
      limit 10000
    );
    exit when not found;
    commit;
  end loop;
  loop
    update needthisdone.product_waitlist as entry
    set email = lower(trim(entry.email))
    where entry.id in (
      select old.id from needthisdone.product_waitlist as old where old.email <> lower(trim(old.email)) limit 10000
    );
    exit when not found;
    commit;
  end loop;
end
$$;

create unique index concurrently product_waitlist_product_id_email_key on needthisdone.product_waitlist (product_id, email);
alter table needthisdone.product_waitlist
  add constraint product_waitlist_product_id_email_key unique using index product_waitlist_product_id_email_key;
create index concurrently product_waitlist_email_idx on needthisdone.product_waitlist (email);
alter table needthisdone.product_waitlist
  add constraint product_waitlist_email_folded_check check (email = lower(email)) not valid;
alter table needthisdone.product_waitlist validate constraint product_waitlist_email_folded_check;

create or replace function needthisdone.join_waitlist(product uuid, email text) returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
begin atomic
  insert into needthisdone.product_waitlist (product_id, email)
  select wanted.id, join_waitlist.email
  from needthisdone.product as wanted
  where wanted.id = join_waitlist.product and wanted.status = 'published' and wanted.deleted_at is null
  on conflict do nothing;
end;
comment on function needthisdone.join_waitlist(uuid, text) is
  'Puts an address on the waiting list of a published product, once; nothing for any other product. Security definer, '
  'because nobody else may add to the list: an insert of one''s own would tell by its errors what is on it.';
