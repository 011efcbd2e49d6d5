--! level: warning
--! after: P32
--! why: refreshing it runs as its owner, whom forced policies bind: without a tenant it becomes empty, without an error, also when it is restored
--! fix: let a role that bypasses row-level security own {object}, or keep the numbers in a table
select n.nspname::text, c.relname::text, format('%I.%I', n.nspname, c.relname),
  format('its owner %I is bound by the policies of %s', o.rolname, string_agg(distinct readers.title, ', ')), ''
from readers join t on t.oid = readers.source and t.forced
join pg_class as c on c.oid = readers.oid and c.relkind = 'm'
join pg_namespace as n on n.oid = c.relnamespace
join pg_roles as o on o.oid = c.relowner and not o.rolsuper and not o.rolbypassrls
group by n.nspname, c.relname, o.rolname
