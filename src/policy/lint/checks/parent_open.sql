--! level: error
--! after: P07
--! why: whoever may read a parent reads its children through it: only the parent's privileges and policies are asked
--! fix: alter table {object} no inherit …, or give the parent row-level security and revoke it from the roles named
select t.schema, t.name, t.title,
  format('%s may read it through %s, which has no row-level security', string_agg(distinct role_names.name, ', '), i.inhparent::regclass), ''
from t join pg_inherits as i on i.inhrelid = t.oid join pg_class as parent on parent.oid = i.inhparent and not parent.relrowsecurity
cross join lateral aclexplode(parent.relacl) as a join role_names on role_names.oid = a.grantee
where t.rls and a.privilege_type = 'SELECT' and a.grantee <> parent.relowner and a.grantee not in (select oid from trusted)
group by t.schema, t.name, t.title, i.inhparent
