--! level: error
--! after: P34, D12, splinter 0011
--! why: names in it are looked up where the caller says, and in pg_temp before anything that is not named
--! fix: write the body in SQL-standard form, or set search_path = pg_catalog, pg_temp and qualify every name
select fn.schema, fn.name, fn.title, 'a security definer function ' || case when fn.path is null then 'has the search_path of its caller' else 'has a search_path that does not end in pg_temp: ' || fn.path end, coalesce(fn.path, '')
from fn where fn.is_definer and not fn.is_standard and fn.language not in ('c', 'internal')
  and (fn.path is null or fn.path !~ 'pg_temp"?$' and fn.path not in ('', '""'))
