--! lock-timeout: 100ms
-- Customers bring customers.
create table needthisdone.referral_codes (
  id uuid not null default gen_random_uuid(),
  customer_id uuid not null,
  code text not null default upper(left(replace(gen_random_uuid()::text, '-', ''), 10)),
  redeemed_count integer not null default 0,
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint referral_codes_pkey primary key (id),
  constraint referral_codes_customer_id_fkey foreign key (customer_id) references needthisdone.customers (id) on delete cascade,
  constraint referral_codes_code_key unique (code),
  constraint referral_codes_code_check check (code ~ '^[A-Z0-9]{6,16}$'),
  constraint referral_codes_redeemed_count_check check (redeemed_count >= 0),
  constraint referral_codes_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index referral_codes_customer_id_idx on needthisdone.referral_codes (customer_id);
create index referral_codes_created_by_idx on needthisdone.referral_codes (created_by);

comment on table needthisdone.referral_codes is
  'A code that a customer hands on. Nobody can list codes: they are redeemed by whoever knows one.';
comment on column needthisdone.referral_codes.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.referral_codes.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger referral_codes_stamp before insert or update on needthisdone.referral_codes
  for each row execute function needthisdone.update_updated_at_column();

alter table needthisdone.customers add column referral_code_id uuid;
-- workroom: allow foreign-key-without-index because V050 builds the index beside readers and writers
alter table needthisdone.customers
  add constraint customers_referral_code_id_fkey foreign key (referral_code_id) references needthisdone.referral_codes (id) not valid;
comment on column needthisdone.customers.referral_code_id is 'The code that brought them here; redeemed once.';

create function needthisdone.redeem_referral(code text) returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  redeemer uuid;
  handed_on needthisdone.referral_codes;
begin
  -- Two calls at once come one after the other here, and the second finds it done.
  select customer.id
  into redeemer
  from needthisdone.customers as customer
  where customer.user_id = auth.uid() and customer.referral_code_id is null
  for update;
  select given.*
  into handed_on
  from needthisdone.referral_codes as given
  where given.code = upper(trim(redeem_referral.code)) and given.is_active
  for update;
  if redeemer is null or handed_on.id is null or handed_on.customer_id = redeemer then
    return false;
  end if;
  update needthisdone.customers as customer set referral_code_id = handed_on.id where customer.id = redeemer;
  update needthisdone.referral_codes as given set redeemed_count = given.redeemed_count + 1 where given.id = handed_on.id;
  insert into needthisdone.loyalty_points as points (customer_id, bonus)
  values (redeemer, 100), (handed_on.customer_id, 100)
  on conflict (customer_id) do update set bonus = points.bonus + excluded.bonus;
  return true;
end
$$;
comment on function needthisdone.redeem_referral(text) is
  'Redeems a code for the signed-in customer: once, and nobody their own. Both sides get 100 points. False says no more '
  'than that it was not to be. Security definer, because nobody may read the codes of others.';
