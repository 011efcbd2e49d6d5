, given (nspname, object, part, owner, acl, kind) as (
  select own.nspname, pg_catalog.concat('schema ', pg_catalog.quote_ident(own.nspname)), null::text, own.nspowner, own.nspacl, 'n'::"char"
  from own
  union all
  select relation.nspname, relation.title, null, relation.relowner, relation.relacl,
    case relation.relkind when 'S' then 's'::"char" else 'r'::"char" end
  from relations as relation where relation.relkind <> 'c'
  union all
  select relation.nspname, relation.title, pg_catalog.format('column %I', field.attname), relation.relowner, field.attacl, null
  from relations as relation
  join pg_catalog.pg_attribute as field on field.attrelid = relation.oid and field.attacl is not null and not field.attisdropped
  union all
  select own.nspname,
    pg_catalog.format(
      '%s %I.%I(%s)', case routine.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end,
      own.nspname, routine.proname, pg_catalog.pg_get_function_identity_arguments(routine.oid)
    ),
    null, routine.proowner, routine.proacl, 'f'::"char"
  from own join pg_catalog.pg_proc as routine on routine.pronamespace = own.oid
  where not exists (
    select from pg_catalog.pg_depend as part
    where part.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and part.objid = routine.oid and part.deptype in ('e', 'i')
  )
  union all
  select own.nspname, pg_catalog.format('%s %I.%I', case kind.typtype when 'd' then 'domain' else 'type' end, own.nspname, kind.typname),
    null, kind.typowner, kind.typacl, 'T'::"char"
  from own
  join pg_catalog.pg_type as kind on kind.typnamespace = own.oid and kind.typtype in ('b', 'c', 'd', 'e', 'r')
  left join pg_catalog.pg_class as shape on shape.oid = kind.typrelid
  where (kind.typrelid = 0 or shape.relkind = 'c')
    and not exists (select from pg_catalog.pg_type as element where element.typarray = kind.oid)
    and ('pg_catalog.pg_type'::pg_catalog.regclass, kind.oid) not in (select extended.classid, extended.objid from extended)
)
select given.nspname as schema, given.object, given.part,
  pg_catalog.concat('granted to ', coalesce(who.name, taker.role::text)) as property,
  coalesce(held.privileges, 'nothing') as value
from given
cross join lateral (select coalesce(given.acl, pg_catalog.acldefault(given.kind, given.owner)) as acl) as effective
cross join lateral (
  select one.grantee from pg_catalog.aclexplode(effective.acl) as one
  union
  select given.owner where given.kind is not null
) as taker (role)
left join lateral (
  select pg_catalog.string_agg(
    pg_catalog.concat(
      pg_catalog.lower(one.privilege_type), case when one.is_grantable then ' with grant option' end,
      case when one.grantor <> given.owner then pg_catalog.concat(' by ', giver.name) end
    ),
    ', ' order by one.privilege_type collate "C", giver.name collate "C"
  ) as privileges
  from pg_catalog.aclexplode(effective.acl) as one left join who as giver on giver.oid = one.grantor
  where one.grantee = taker.role
) as held on true
left join who on who.oid = taker.role
-- That an owner has everything, and nobody else anything, is said by nobody.
where (given.acl is not null or given.kind in ('f', 'T')) and (taker.role <> given.owner or held.privileges is distinct from (
  select pg_catalog.string_agg(pg_catalog.lower(one.privilege_type), ', ' order by one.privilege_type collate "C")
  from pg_catalog.aclexplode(pg_catalog.acldefault(given.kind, given.owner)) as one where one.grantee = given.owner
))
