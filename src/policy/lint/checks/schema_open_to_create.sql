--! level: error
--! after: P34
--! why: who may create in a schema that others look in can put objects in their way
--! fix: revoke create on schema {object} from the roles named
select own.schema, '', own.schema, format('%s may create in the schema', string_agg(role_names.name, ', ')), ''
from own cross join lateral aclexplode(own.nspacl) as a join role_names on role_names.oid = a.grantee
where a.privilege_type = 'CREATE' and a.grantee <> own.nspowner and a.grantee not in (select oid from trusted) group by own.schema
union all
-- Schemas that everybody looks in.
select '', '', n.nspname::text, format('%s may create in the schema', string_agg(role_names.name, ', ')), ''
from pg_namespace as n cross join lateral aclexplode(n.nspacl) as a join role_names on role_names.oid = a.grantee
where n.nspname in ('pg_catalog', 'public') and n.oid not in (select oid from own) and a.privilege_type = 'CREATE' and a.grantee <> n.nspowner
  and (a.grantee = 0 or exists (select from clients join reach on reach.role = clients.oid where reach.reached = a.grantee))
group by n.nspname
