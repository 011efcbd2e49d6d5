-- Who is called `(deployer)`.
deployers (role) as (
  select made.relowner
  from pg_catalog.pg_class as made join pg_catalog.pg_namespace as place on place.oid = made.relnamespace
  where pg_catalog.format('%I.%I', place.nspname, made.relname)
    = any (pg_catalog.current_setting('workroom.made_by_deployers')::pg_catalog.text[])
),
