--! level: error
--! after: P30, P32
--! why: a view or copy in another schema reads with its owner's rights, and no policy of the table binds its readers
--! fix: drop {object}, or alter view … set (security_invoker = true); a copy has no policies at all
select n.schema, c.relname::text, format('%I.%I', n.schema, c.relname),
  format('%s may read %s through it, with the rights of %s', string_agg(distinct role_names.name, ', '), string_agg(distinct readers.title, ', '), pg_get_userbyid(c.relowner)), ''
from readers join pg_class as c on c.oid = readers.oid and c.relkind in ('v', 'm', 'r', 'p')
join elsewhere as n on n.oid = c.relnamespace
cross join lateral (
  select a.grantee from aclexplode(c.relacl) as a union select a.grantee from pg_attribute as f cross join lateral aclexplode(f.attacl) as a where f.attrelid = c.oid and f.attacl is not null
) as a join role_names on role_names.oid = a.grantee
where a.grantee <> c.relowner and a.grantee not in (select oid from trusted)
  and not coalesce(c.reloptions && array['security_invoker=true', 'security_invoker=on', 'security_invoker=1', 'security_invoker=yes'], false)
group by n.schema, c.relname, c.relowner
