with own as (
  select schema.oid, schema.nspowner, schema.nspacl
  from pg_catalog.pg_namespace as schema where schema.nspname = 'workroom'
),
-- Whose code may run with the rights of this session: its own, that of superusers, that of roles whose member an
-- ordinary role is, and that of the database's owner, as long as it has none there.
trusted as (
  select role.oid
  from pg_catalog.pg_roles as role
  join pg_catalog.pg_roles as self on self.rolname = current_user
  where role.rolsuper or role.rolname in (current_user, session_user)
    or not self.rolsuper and pg_catalog.pg_has_role(self.oid, role.oid, 'member')
    or role.oid = (select datdba from pg_catalog.pg_database where datname = pg_catalog.current_database())
),
relations as (
  select relation.*, pg_catalog.format('workroom.%I', relation.relname) as title
  from own join pg_catalog.pg_class as relation on relation.relnamespace = own.oid
  where relation.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
),
grants as (
  select 'schema workroom' as title, own.nspowner as owner, given.grantee, given.privilege_type
  from own cross join lateral pg_catalog.aclexplode(own.nspacl) as given where given.privilege_type = 'CREATE'
  union all
  select relation.title, relation.relowner, given.grantee, given.privilege_type
  from relations as relation cross join lateral pg_catalog.aclexplode(relation.relacl) as given
  where given.privilege_type <> 'SELECT'
  union all
  select relation.title, relation.relowner, given.grantee, given.privilege_type
  from relations as relation
  join pg_catalog.pg_attribute as field on field.attrelid = relation.oid and field.attacl is not null
  cross join lateral pg_catalog.aclexplode(field.attacl) as given
  where given.privilege_type <> 'SELECT'
),
found (line) as (
  select pg_catalog.format('schema workroom belongs to %s', pg_catalog.pg_get_userbyid(own.nspowner))
  from own where own.nspowner not in (select oid from trusted)
  union all
  select pg_catalog.format('%s belongs to %s', relation.title, pg_catalog.pg_get_userbyid(relation.relowner))
  from relations as relation where relation.relowner not in (select oid from trusted)
  union all
  select pg_catalog.format('%s is no table', relation.title)
  from relations as relation where relation.relkind not in ('r', 'S')
    and relation.relowner not in (select role.oid from pg_catalog.pg_roles as role where role.rolsuper or role.rolname = current_user)
  union all
  select pg_catalog.format('function workroom.%I belongs to %s', routine.proname, pg_catalog.pg_get_userbyid(routine.proowner))
  from own join pg_catalog.pg_proc as routine on routine.pronamespace = own.oid
  where routine.proowner not in (select oid from trusted)
  union all
  select pg_catalog.format('%s has the trigger %I', relation.title, fired.tgname)
  from relations as relation join pg_catalog.pg_trigger as fired on fired.tgrelid = relation.oid and not fired.tgisinternal
  union all
  select pg_catalog.format('%s has the rule %I', relation.title, rule.rulename)
  from relations as relation join pg_catalog.pg_rewrite as rule on rule.ev_class = relation.oid
  where relation.relkind in ('r', 'p')
  union all
  -- What the server brings is pinned and depends on nothing.
  select distinct pg_catalog.format('%s has a default or constraint that calls %s', relation.title, used.refobjid::pg_catalog.regprocedure)
  from relations as relation
  join (
    select part.oid, 'pg_catalog.pg_attrdef'::pg_catalog.regclass as class, part.adrelid as rel from pg_catalog.pg_attrdef as part
    union all select part.oid, 'pg_catalog.pg_constraint'::pg_catalog.regclass, part.conrelid from pg_catalog.pg_constraint as part
  ) as part on part.rel = relation.oid
  join pg_catalog.pg_depend as used on used.classid = part.class and used.objid = part.oid
    and used.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
  union all
  select pg_catalog.format(
    '%s may be changed by %s: %s', given.title,
    case given.grantee when 0 then 'everybody' else pg_catalog.pg_get_userbyid(given.grantee) end,
    pg_catalog.string_agg(distinct pg_catalog.lower(given.privilege_type), ', ')
  )
  from grants as given
  where given.grantee <> given.owner and given.grantee not in (select oid from trusted)
  group by given.title, given.grantee
)
select pg_catalog.string_agg(found.line, E'\n' order by found.line) as strangers,
  (
    select pg_catalog.string_agg(relation.title, E'\n' order by relation.title)
    from relations as relation where relation.relkind = 'r' and (relation.relrowsecurity or relation.relforcerowsecurity)
  ) as bound
from found
