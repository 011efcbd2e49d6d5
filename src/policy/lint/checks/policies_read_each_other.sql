--! level: error
--! after: P39
--! why: policies that read each other's tables recurse without end
--! fix: ask a security definer function of a role with a policy of its own
select p.schema, p.relation, p.object, format('policies of %s and %s read each other''s tables', p.title, other.title), p.text
from p join pg_depend as d on d.classid = 'pg_policy'::regclass and d.objid = p.oid and d.refclassid = 'pg_class'::regclass and d.refobjid <> p.rel
join p as other on other.rel = d.refobjid
join pg_depend as back on back.classid = 'pg_policy'::regclass and back.objid = other.oid and back.refclassid = 'pg_class'::regclass and back.refobjid = p.rel and back.refobjid <> other.rel
group by p.schema, p.relation, p.object, p.title, other.title, p.text
