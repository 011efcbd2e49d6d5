--! level: warning
--! after: P63
--! why: an index on the column is of no use to a comparison with its cast
--! fix: cast the context to the column's type instead
select p.schema, p.relation, p.object, format('the tenant column %I is cast', p.tenant_name), p.text
from p join pg_attribute as a on a.attrelid = p.rel and a.attnum = p.tenant and a.atttypid not in ('varchar'::regtype, 'text'::regtype, 'bpchar'::regtype)
where p.text ~ ('\(' || p.tenant_name || '\)::')
