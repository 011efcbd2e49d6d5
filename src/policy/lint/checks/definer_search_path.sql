--! level: error
--! after: P34, splinter 0011
--! why: names in it are looked up where the caller says, and types and tables in pg_temp first unless the path ends in it: also uuid, text and jsonb
--! fix: alter function {object} set search_path = pg_catalog, pg_temp, and qualify every other name, or write the body in SQL-standard form
select fn.schema, fn.name, fn.title, 'a security definer function has ' || fn.weakness, coalesce(fn.path, '')
from fn where fn.is_definer and fn.weakness is not null
