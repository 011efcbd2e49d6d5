--! level: error
--! after: P34, own measurement
--! why: the key changes rows with the rights of the table's owner, and with them the function runs: types and tables that it names are looked up in the caller's pg_temp first
--! fix: alter function {object} set search_path = pg_catalog, pg_temp, and qualify every other name
select acted.schema, acted.relation, acted.title,
  format('%s makes it run as the owner of %s, and it has %s', string_agg(distinct acted.key, ', '), acted.relation_title, acted.weakness),
  coalesce(acted.path, '')
from acted
group by acted.schema, acted.relation, acted.relation_title, acted.title, acted.weakness, acted.path
