-- What others than the owner may do. A null acl stands for the defaults of the object's kind, and for a
-- function those let PUBLIC execute it; acldefault() spells them out.
with objects as (
  select
    'schema' as kind, n.nspname as schema, null::pg_catalog.name as name, null::text as part,
    n.nspowner as owner, n.nspacl as acl, 'n'::"char" as default_of
  from pg_catalog.pg_namespace as n
  union all
  select
    case when c.relkind = 'S' then 'sequence' else 'relation' end, n.nspname, c.relname, null,
    c.relowner, c.relacl, case when c.relkind = 'S' then 's'::"char" else 'r'::"char" end
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
    and not exists (
      select from pg_catalog.pg_depend as x
      where x.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and x.objid = c.oid
        and x.objsubid = 0 and x.deptype = 'e'
    )
  union all
  -- A column has no defaults: a null acl grants nothing.
  select 'column', n.nspname, c.relname, a.attname::text, c.relowner, a.attacl, 'c'::"char"
  from pg_catalog.pg_attribute as a
  join pg_catalog.pg_class as c on c.oid = a.attrelid
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f')
    and a.attnum > 0 and not a.attisdropped and a.attacl is not null
    and not exists (
      select from pg_catalog.pg_depend as x
      where x.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and x.objid = c.oid
        and x.objsubid = 0 and x.deptype = 'e'
    )
  union all
  select
    'function', n.nspname, p.proname, pg_catalog.oidvectortypes(p.proargtypes),
    p.proowner, p.proacl, 'f'::"char"
  from pg_catalog.pg_proc as p
  join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
  where not exists (
    select from pg_catalog.pg_depend as x
    where x.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and x.objid = p.oid
      and x.deptype in ('e', 'i')
  )
)
select
  o.kind::text as kind,
  o.schema::text as schema,
  o.name::text as name,
  o.part::text as part,
  -- PUBLIC is role 0 and comes as null.
  case when e.grantee <> 0 then coalesce(r.rolname, e.grantee::text) end::text as grantee,
  e.privilege_type::text as privilege,
  e.is_grantable as grantable,
  (o.acl is null) as by_default
from objects as o
cross join lateral pg_catalog.aclexplode(
  coalesce(o.acl, pg_catalog.acldefault(o.default_of, o.owner))
) as e
left join pg_catalog.pg_roles as r on r.oid = e.grantee
where o.schema = any (pg_catalog.current_setting('workroom.schemas')::pg_catalog.name[])
  and e.grantee <> o.owner
order by
  o.schema, o.name nulls first, o.kind collate "C", o.part collate "C" nulls first,
  r.rolname nulls first, e.privilege_type collate "C";
