--! level: error
--! after: P34
--! why: who may create in a schema that others look in can put objects in their way
--! fix: revoke create on schema {object} from the roles named
select own.schema, '', own.schema, format('%s may create in the schema', string_agg(role_names.name, ', ')), ''
from own cross join lateral aclexplode(own.nspacl) as a join role_names on role_names.oid = a.grantee
where a.privilege_type = 'CREATE' and a.grantee <> own.nspowner and a.grantee not in (select oid from trusted) group by own.schema
