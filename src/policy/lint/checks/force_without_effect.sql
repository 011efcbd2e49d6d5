--! level: note
--! after: P03
--! why: forcing binds an owner, and this one is a superuser or bypasses row-level security: it sees every row either way
--! fix: give the tables to a role that bypasses nothing, and force row-level security then
select t.schema, '', format('%I', t.schema), format('row-level security of %s is not forced, which would not bind the owner %s', case count(*) when 1 then '1 table' else count(*) || ' tables' end, pg_get_userbyid(t.owner)), ''
from t where t.rls and not t.forced and t.class is null and t.owner in (select oid from free_owners)
group by t.schema, t.owner
