--! level: error
--! after: P18
--! why: whoever can write the row that a policy reads can give themselves what it guards
--! fix: keep the attribute in a table that its subjects cannot write
select p.schema, p.relation, p.object,
  format('the policy reads %s, whose columns %s may write', other.title, string_agg(distinct g.grantee_name, ', ')), p.text
from p join pg_depend as d on d.classid = 'pg_policy'::regclass and d.objid = p.oid and d.refclassid = 'pg_class'::regclass
join t as other on other.oid = d.refobjid and other.oid <> p.rel
join g on g.rel = other.oid and g.privilege in ('INSERT', 'UPDATE') and (g.field is null or g.field = (
  select a.attname from pg_attribute as a where a.attrelid = d.refobjid and a.attnum = d.refobjsubid))
where not p.managed and d.refobjsubid > 0
  and (not other.rls or g.privilege = 'UPDATE' and exists (
    select from p as own where own.rel = other.oid and own.permissive and own.cmd in ('w', '*')
      and (own.roles = '{0}' or g.grantee = 0 or exists (
        select from reach where reach.role = g.grantee and reach.reached = any (own.roles)))))
group by p.schema, p.relation, p.object, other.title, p.text
