--! level: note
--! after: splinter 0001
--! why: deleting or changing the row that is referred to reads the whole table
--! fix: create an index that begins with the columns of the key
select t.schema, t.name, format('%s %I', t.title, k.conname), 'no index begins with the columns of the foreign key', ''
from pg_constraint as k join t on t.oid = k.conrelid
where k.contype = 'f' and k.conparentid = 0 and not exists (
  select from pg_index as i where i.indrelid = k.conrelid and i.indisvalid
    and (i.indkey::smallint[])[0:cardinality(k.conkey) - 1] @> k.conkey)
