--! level: error
--! after: P03
--! why: an owner, and whoever can become it, may switch row-level security off
--! fix: let a role that nobody logs in with own the tables
select t.schema, t.name, t.title, format('%s can become the owner %I', string_agg(distinct format('%I', r.rolname), ', '), pg_get_userbyid(t.owner)), ''
from t join reach on reach.reached = t.owner and reach.role <> t.owner
join pg_roles as r on r.oid = reach.role and not r.rolsuper
where t.rls and not exists (select from pg_roles as o where o.oid = t.owner and o.rolsuper)
  and exists (select from reach as mine join g on g.grantee = mine.reached where mine.role = r.oid)
group by t.schema, t.name, t.title, t.owner
union all
select t.schema, t.name, t.title, format('the client role %I owns the table', r.rolname), ''
from t join pg_roles as r on r.oid = t.owner and not r.rolsuper
where t.rls and t.owner not in (select oid from trusted) and (
  exists (select from given where r.rolname = any (given.roles)) or exists (select from g where g.grantee = t.owner))
