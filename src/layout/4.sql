-- 4: what is recorded of a system's tables and surroundings has grown: the next deployment records it anew.
do $$
begin
  if pg_catalog.to_regclass('workroom.policies') is not null then
    update workroom.policies as p set attributes = null, inputs = ''
    where not exists (
      select from pg_catalog.jsonb_object_keys(p.attributes) as recorded (key) where recorded.key like 'database' || pg_catalog.chr(31) || '%'
    );
  end if;
  -- Partitions are recorded otherwise: the next deployment does it.
  if pg_catalog.to_regclass('workroom.policies') is not null then
    update workroom.policies set attributes = null, inputs = '';
  end if;
end
$$;
