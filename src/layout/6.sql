-- 6: what the server made of a repeatable object, so that a change of it by hand shows.
do $$
begin
  if pg_catalog.to_regclass('workroom.objects') is not null then
    alter table workroom.objects add column if not exists made text;
    comment on column workroom.objects.made is 'A value of what the server made of the file, and the database in which it counts: another value there means a change by hand.';
  end if;
end
$$;
