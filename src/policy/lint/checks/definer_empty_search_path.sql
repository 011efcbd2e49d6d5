--! level: warning
--! after: P34, own measurement
--! why: with search_path empty, pg_temp is still searched first for tables and types: a domain or table there takes the place of any name that is not qualified, also uuid, text and jsonb
--! fix: set search_path = pg_catalog, pg_temp, or write the body in SQL-standard form
select fn.schema, fn.name, fn.title, 'a security definer function with an empty search_path looks into pg_temp before pg_catalog', md5(fn.body)
from fn where fn.is_definer and not fn.is_standard and fn.language not in ('c', 'internal') and fn.path in ('', '""')
