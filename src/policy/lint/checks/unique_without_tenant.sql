--! level: warning
--! after: P41
--! why: a duplicate error tells one tenant what another has
--! fix: put the tenant into the key
select t.schema, t.name, format('%s %I', t.title, c.relname), 'the unique index leaves out the tenant: its errors tell of rows of others', ''
from t join pg_index as i on i.indrelid = t.oid and (i.indisunique or i.indisexclusion) and not i.indisprimary
join pg_class as c on c.oid = i.indexrelid
where t.tenant is not null and t.tenant <> all (i.indkey::smallint[])
  -- A key that holds a random uuid tells nothing that is not known.
  and not exists (
    select from unnest(i.indkey::smallint[]) as k (n)
    join pg_attribute as a on a.attrelid = t.oid and a.attnum = k.n and a.atttypid = 'uuid'::regtype)
