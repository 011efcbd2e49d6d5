--! lock-timeout: 100ms
-- Ann@Example.com and ann@example.com are one person: from here on addresses are kept in lower case.
create function needthisdone.fold_email() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  new.email := lower(trim(new.email));
  return new;
end
$$;
comment on function needthisdone.fold_email() is 'Trigger: keeps an address in lower case, without blanks around it.';

create trigger product_waitlist_fold before insert or update of email on needthisdone.product_waitlist
  for each row execute function needthisdone.fold_email();
