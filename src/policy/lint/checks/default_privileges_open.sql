--! level: warning
--! after: P59
--! why: tables that are made later are open before anybody wrote a policy for them
--! fix: alter default privileges … revoke … from the roles named
select coalesce(own.schema, ''), '', coalesce('schema ' || own.schema, 'database'),
  format('new tables made by %s are granted to %s', pg_get_userbyid(d.defaclrole), string_agg(distinct role_names.name, ', ')), ''
from pg_default_acl as d left join own on own.oid = d.defaclnamespace
cross join lateral aclexplode(d.defaclacl) as a join role_names on role_names.oid = a.grantee
where d.defaclobjtype = 'r' and (own.oid is not null or d.defaclnamespace = 0) and a.grantee <> d.defaclrole
  and a.grantee not in (select oid from trusted) group by own.schema, d.defaclrole
