--! level: error
--! after: P33
--! why: a security definer function in another schema reads protected rows for whoever may call it
--! fix: revoke execute on function {object} from the roles named, or let a role that policies bind own it
select distinct n.schema, '', r.oid::regprocedure::text,
  format('%s may call it, and it uses %s with the rights of %I, whom policies do not bind', string_agg(distinct role_names.name, ', '), string_agg(distinct used.title, ', '), o.rolname), md5(r.prosrc)
from elsewhere as n join pg_proc as r on r.pronamespace = n.oid and r.prosecdef and r.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
join pg_roles as o on o.oid = r.proowner
join lateral (
  select readers.title from readers join pg_class as c on c.oid = readers.oid
  join pg_depend as d on d.classid = 'pg_proc'::regclass and d.objid = r.oid and (
    d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid or d.refclassid = 'pg_type'::regclass and d.refobjid = c.reltype)
  union select t.title from t where t.rls and r.prosqlbody is null and r.prosrc ~ ('\m' || t.schema || '"?\."?' || t.name || '\M')
) as used on true
cross join lateral aclexplode(coalesce(r.proacl, acldefault('f', r.proowner))) as a
join role_names on role_names.oid = a.grantee
where (o.rolsuper or o.rolbypassrls or exists (select from t where t.owner = o.oid and not t.forced))
  and a.grantee <> r.proowner and a.grantee not in (select oid from trusted)
  and not exists (select from pg_depend as d where d.classid = 'pg_proc'::regclass and d.objid = r.oid and d.deptype = 'e')
group by n.schema, r.oid, o.rolname, r.prosrc
