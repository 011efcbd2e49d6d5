--! level: note
--! after: splinter 0004
--! why: rows cannot be told apart, and updates and deletes cannot be replicated
--! fix: add a primary key
select t.schema, t.name, t.title, 'the table has no primary key', ''
from t where t.kind in ('r', 'p') and not t.is_child and not exists (select from pg_index as i where i.indrelid = t.oid and i.indisprimary)
