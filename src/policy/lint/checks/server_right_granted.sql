--! level: error
--! after: P05
--! why: what belongs to the server leads past policies: to files, to other servers, to samples of everybody's rows
--! fix: revoke it on the {object} from the roles named
select '', '', found.what, format('%s may %s', string_agg(distinct role_names.name, ', '), string_agg(distinct lower(a.privilege_type), ', ')), ''
from (
  -- What `initdb` gave, and extensions, is as usual.
  select 'function ' || r.oid::regprocedure as what, r.proacl as acl, r.proowner as owner, coalesce(i.initprivs, acldefault('f', r.proowner)) as usual
  from pg_proc as r left join pg_init_privs as i on i.classoid = 'pg_proc'::regclass and i.objoid = r.oid
  where r.pronamespace = 'pg_catalog'::regnamespace and r.proacl is not null
  union all
  select 'relation ' || c.oid::regclass, c.relacl, c.relowner, coalesce(i.initprivs, acldefault('r', c.relowner))
  from pg_class as c left join pg_init_privs as i on i.classoid = 'pg_class'::regclass and i.objoid = c.oid and i.objsubid = 0
  where c.relnamespace = 'pg_catalog'::regnamespace and c.relacl is not null
  union all
  select format('column %s.%I', c.oid::regclass, f.attname), f.attacl, c.relowner, i.initprivs
  from pg_class as c join pg_attribute as f on f.attrelid = c.oid and f.attacl is not null
  left join pg_init_privs as i on i.classoid = 'pg_class'::regclass and i.objoid = c.oid and i.objsubid = f.attnum
  where c.relnamespace = 'pg_catalog'::regnamespace
  union all select format('language %I', lanname), lanacl, lanowner, acldefault('l', lanowner) from pg_language
  union all select format('foreign data wrapper %I', fdwname), fdwacl, fdwowner, null from pg_foreign_data_wrapper
  union all select format('foreign server %I', srvname), srvacl, srvowner, null from pg_foreign_server
  union all select format('tablespace %I', spcname), spcacl, spcowner, null from pg_tablespace
  union all select 'large objects of others', lomacl, lomowner, null from pg_largeobject_metadata
) as found
cross join lateral aclexplode(found.acl) as a join role_names on role_names.oid = a.grantee
where a.grantee <> found.owner
  and not exists (
    select from aclexplode(found.usual) as was where was.grantee in (0, a.grantee) and was.privilege_type = a.privilege_type
  )
  and (a.grantee = 0 or exists (select from clients join reach on reach.role = clients.oid where reach.reached = a.grantee))
group by found.what
