--! level: warning
--! after: P34, own measurement
--! why: it runs for whoever changes a row, in a definer function as that one's owner, and looks up types and tables in the caller's pg_temp first
--! fix: alter function {object} set search_path = pg_catalog, pg_temp, and qualify every other name
select fn.schema, fn.name, fn.title, 'a trigger''s function has ' || fn.weakness, coalesce(fn.path, '')
from fn where fn.is_trigger and not fn.is_definer and fn.weakness is not null
  and fn.oid not in (select acted.fn from acted)
