--! level: warning
--! after: P39
--! why: the table that the policy asks has no row-level security: it is the real gate
--! fix: protect it like the table it guards
select p.schema, p.relation, p.object, format('the policy reads %s, which has no row-level security', other.title), p.text
from p join pg_depend as d on d.classid = 'pg_policy'::regclass and d.objid = p.oid and d.refclassid = 'pg_class'::regclass
join t as other on other.oid = d.refobjid and other.oid <> p.rel and not other.rls and other.class is distinct from 'exempt'
group by p.schema, p.relation, p.object, other.title, p.text
