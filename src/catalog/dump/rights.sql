, given (place, what, owner, acl, kind) as (
  select 1, pg_catalog.format('schema %I', own.nspname), own.nspowner, own.nspacl, 'n'::"char" from own
  union all
  select 2, pg_catalog.concat(case relation.relkind when 'S' then 'sequence ' else 'table ' end, relation.name), relation.relowner,
    relation.relacl, case relation.relkind when 'S' then 's'::"char" else 'r'::"char" end
  from relations as relation where relation.relkind <> 'c'
  union all
  select 3, pg_catalog.format(
      '%s %I.%I(%s)', case routine.prokind when 'p' then 'procedure' else 'function' end, own.nspname, routine.proname,
      pg_catalog.pg_get_function_identity_arguments(routine.oid)
    ), routine.proowner, routine.proacl, 'f'::"char"
  from own join pg_catalog.pg_proc as routine on routine.pronamespace = own.oid and routine.prokind <> 'a'
  where not exists (
    select from pg_catalog.pg_depend as part
    where part.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and part.objid = routine.oid and part.deptype in ('e', 'i')
  )
  union all
  select 4, pg_catalog.format('%s %I.%I', case kind.typtype when 'd' then 'domain' else 'type' end, own.nspname, kind.typname),
    kind.typowner, kind.typacl, 'T'::"char"
  from own
  join pg_catalog.pg_type as kind on kind.typnamespace = own.oid and kind.typtype in ('c', 'd', 'e', 'r')
  left join pg_catalog.pg_class as shape on shape.oid = kind.typrelid
  where (kind.typrelid = 0 or shape.relkind = 'c')
    and ('pg_catalog.pg_type'::pg_catalog.regclass, kind.oid) not in (select extended.classid, extended.objid from extended)
),
held (what, label, owner, grantee, privilege, is_grantable) as (
  select given.what, given.what, given.owner, one.grantee, pg_catalog.lower(one.privilege_type), one.is_grantable
  from given cross join lateral pg_catalog.aclexplode(given.acl) as one where one.grantee <> given.owner
  union all
  select pg_catalog.concat('table ', relation.name), pg_catalog.concat('table ', relation.name), relation.relowner, one.grantee,
    pg_catalog.format('%s (%s)', pg_catalog.lower(one.privilege_type), pg_catalog.string_agg(pg_catalog.quote_ident(field.attname), ', ' order by field.attnum)),
    one.is_grantable
  from relations as relation
  join pg_catalog.pg_attribute as field on field.attrelid = relation.oid and not field.attisdropped
  cross join lateral pg_catalog.aclexplode(field.attacl) as one
  where one.grantee <> relation.relowner
  group by relation.name, relation.relowner, one.grantee, one.privilege_type, one.is_grantable
),
defaults as (
  select privileges.*, own.nspname, case privileges.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'
    when 'T' then 'types' when 'n' then 'schemas' end as kinds,
    pg_catalog.concat(
      'alter default privileges', case when maker.name <> '(deployer)' then ' for role ' || maker.name end,
      ' in schema ' || pg_catalog.quote_ident(own.nspname)
    ) as head
  from pg_catalog.pg_default_acl as privileges
  join who as maker on maker.oid = privileges.defaclrole
  left join own on own.oid = privileges.defaclnamespace
  where own.oid is not null or privileges.defaclnamespace = 0 and maker.name = '(deployer)'
)
select 0::pg_catalog.oid as class, 0::pg_catalog.oid as oid, 180 as place, given.what as label,
  pg_catalog.format('alter %s owner to %s;', given.what, who.name) as statement
from given join who on who.oid = given.owner and who.name <> '(deployer)'
where not exists (
  -- The sequence of a column belongs to whoever owns the table.
  select from relations as relation
  join pg_catalog.pg_depend as part on part.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and part.objid = relation.oid
    and part.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and part.deptype in ('a', 'i')
  where relation.relkind = 'S' and pg_catalog.concat('sequence ', relation.name) = given.what
)
union all
select 0, 0, 190, given.what, pg_catalog.format('revoke all on %s from public;', given.what)
from given
where given.kind in ('f', 'T') and given.acl is not null
  and not exists (select from pg_catalog.aclexplode(given.acl) as one where one.grantee = 0)
union all
select 0, 0, 191, pg_catalog.concat_ws(' ', held.label, who.name), pg_catalog.format(
    'grant %s on %s to %s%s;', pg_catalog.string_agg(held.privilege, ', ' order by held.privilege collate "C"), held.what, who.name,
    case when held.is_grantable then ' with grant option' end
  )
from held join who on who.oid = held.grantee
where not (held.grantee = 0 and (held.what like 'function %' or held.what like 'procedure %' or held.what like 'type %' or held.what like 'domain %'))
group by held.what, held.label, who.name, held.is_grantable
union all
select 0, 0, 200, pg_catalog.concat(defaults.head, defaults.kinds), pg_catalog.format('%s revoke all on %s from public;', defaults.head, defaults.kinds)
from defaults
where defaults.defaclnamespace = 0 and defaults.defaclobjtype in ('f', 'T')
  and not exists (select from pg_catalog.aclexplode(defaults.defaclacl) as one where one.grantee = 0)
union all
select 0, 0, 201, pg_catalog.concat(defaults.head, defaults.kinds, who.name), pg_catalog.format(
    '%s grant %s on %s to %s;', defaults.head, pg_catalog.string_agg(pg_catalog.lower(one.privilege_type), ', ' order by one.privilege_type),
    defaults.kinds, who.name
  )
from defaults cross join lateral pg_catalog.aclexplode(defaults.defaclacl) as one join who on who.oid = one.grantee
where one.grantee <> defaults.defaclrole and not (one.grantee = 0 and defaults.defaclnamespace = 0)
group by defaults.head, defaults.kinds, who.name
