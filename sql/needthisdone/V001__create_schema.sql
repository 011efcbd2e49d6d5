-- A shop for products and projects, in five phases: commerce (V001 to V020), customers (V021 to V030), content (V031 to
-- V040), marketing (V041 to V050), automation and security (V051 to V055).
create schema needthisdone;
comment on schema needthisdone is 'An online shop: what Medusa keeps, and what the shop keeps beside it.';

create function needthisdone.update_updated_at_column() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'UPDATE' then
    new.created_at := old.created_at;
    -- `on delete set null` is an update like any other: what it takes away must not come back.
    if new.created_by is not null then
      new.created_by := old.created_by;
    end if;
    new.updated_at := now();
  else
    new.created_by := coalesce(auth.uid(), new.created_by);
  end if;
  new.updated_by := coalesce(auth.uid(), new.updated_by);
  return new;
end
$$;
comment on function needthisdone.update_updated_at_column() is
  'Trigger: stamps who wrote a row and when, so that nobody can sign as somebody else. '
  'Without a signed-in user (a load, a repair) the names given are kept.';

create function needthisdone.touch_updated_at() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  new.updated_at := now();
  return new;
end
$$;
comment on function needthisdone.touch_updated_at() is 'Trigger: keeps updated_at at the time of the last change.';
