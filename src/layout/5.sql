-- 5: from which tables force was lifted while a migration of their owner ran.
do $$
declare
  history record;
begin
  for history in
    select pg_catalog.format('workroom.%I', own.relname) as name
    from pg_catalog.pg_class as own
    where own.relnamespace = pg_catalog.to_regnamespace('workroom') and own.relkind = 'r'
      and own.relname like 'history\_%'
  loop
    execute pg_catalog.format('alter table %s add column if not exists unforced text[]', history.name);
    execute pg_catalog.format(
      'comment on column %s.unforced is %L', history.name,
      'Tables whose row-level security was not forced upon their owner while it ran, because it was that owner who ran it.'
    );
  end loop;
  if pg_catalog.to_regclass('workroom.steps') is not null then
    alter table workroom.steps add column if not exists unforced oid[];
    comment on column workroom.steps.unforced is 'Tables whose row-level security is not forced upon their owner while it runs; the next run puts that back.';
  end if;
end
$$;
