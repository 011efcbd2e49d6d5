--! level: warning
--! after: P34
--! why: who may create schemas in the database can prepare one that others trust
--! fix: revoke create on database … from the roles named
select '', '', 'this database', format('%s may create schemas', string_agg(distinct role_names.name, ', ')), ''
from pg_database as b cross join lateral aclexplode(b.datacl) as a join role_names on role_names.oid = a.grantee
where b.datname = current_database() and a.privilege_type = 'CREATE' and a.grantee <> b.datdba
  and (a.grantee = 0 or exists (select from clients join reach on reach.role = clients.oid where reach.reached = a.grantee))
having count(*) > 0
