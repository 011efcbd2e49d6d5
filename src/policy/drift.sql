-- Properties of a system's objects and roles that its policies rely on: kind, object, property, value. What comes after
-- these are `drift/tables.sql`, `drift/surroundings.sql` and `drift/server.sql`.
with recursive own as (
  select schema.oid, schema.nspname, schema.nspowner
  from pg_catalog.pg_namespace as schema where schema.nspname = any ({{schemas}})
),
managed as (
  select role.* from pg_catalog.pg_roles as role where role.rolname = any ({{roles}})
),
relations as (
  select relation.*, pg_catalog.format('%I.%I', own.nspname, relation.relname) as title,
    -- A partition or a child is a part of its parent, and is made and dropped while nobody deploys.
    exists (select from pg_catalog.pg_inherits as heir where heir.inhrelid = relation.oid) as is_heir
  from own join pg_catalog.pg_class as relation on relation.relnamespace = own.oid
  where relation.relkind in ('r', 'p', 'f', 'v', 'm', 'S')
    and not exists (
      select from pg_catalog.pg_depend as part
      where part.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and part.objid = relation.oid
        and part.deptype = 'e'
    )
),
routines as (
  select routine.*,
    pg_catalog.format('%I.%I(%s)', own.nspname, routine.proname, pg_catalog.pg_get_function_identity_arguments(routine.oid)) as title
  from own join pg_catalog.pg_proc as routine on routine.pronamespace = own.oid
  where not exists (
    select from pg_catalog.pg_depend as part
    where part.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and part.objid = routine.oid
      and part.deptype = 'e'
  )
),
-- Tables as they are described: what a partition has, it has from its parent.
tables as (
  select relation.* from relations as relation where relation.relkind in ('r', 'p', 'f') and not relation.relispartition
),
-- What reads the tables, directly or through others: views, and rules of other tables.
reading (oid, source) as (
  select relation.oid, relation.title from tables as relation
  union
  select rule.ev_class, reading.source
  from reading
  join pg_catalog.pg_depend as part on part.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    and part.refobjid = reading.oid and part.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
  join pg_catalog.pg_rewrite as rule on rule.oid = part.objid and rule.ev_class <> reading.oid
),
-- Schemas of no system of the project.
foreign_schemas as (
  select schema.oid, schema.nspname, schema.nspowner, schema.nspacl
  from pg_catalog.pg_namespace as schema
  where schema.nspname <> all ({{project}}) and schema.nspname not in ('workroom', 'information_schema')
    and schema.nspname not like 'pg\_%' and schema.oid not in (select own.oid from own)
)
select 'schema' as kind, own.nspname::text as object, 'owner' as property,
  pg_catalog.pg_get_userbyid(own.nspowner)::text as value
from own
union all
select 'record', 'texts', 'are of', {{home}}
union all
select 'relation', relation.title, 'owner', pg_catalog.pg_get_userbyid(relation.relowner)::text
from relations as relation where not relation.is_heir
union all
select 'column', pg_catalog.format('%s.%I', relation.title, field.attname), 'type',
  pg_catalog.concat(
    pg_catalog.format_type(field.atttypid, field.atttypmod), case when field.attnotnull then ' not null' end,
    case when field.attgenerated <> '' then ' generated' end, case when field.attidentity <> '' then ' identity' end,
    ' collate ' || case when field.attcollation <> kind.typcollation then field.attcollation::pg_catalog.regcollation::text end
  )
from relations as relation
join pg_catalog.pg_attribute as field
  on field.attrelid = relation.oid and field.attnum > 0 and not field.attisdropped
join pg_catalog.pg_type as kind on kind.oid = field.atttypid
where relation.relkind in ('r', 'p', 'f') and not relation.is_heir
union all
select 'view', relation.title, 'options',
  coalesce((
    select pg_catalog.string_agg(option, ', ' order by option)
    from pg_catalog.unnest(relation.reloptions) as option
  ), 'none')
from relations as relation where relation.relkind in ('v', 'm')
union all
select 'function', routine.title, property.name, property.value
from routines as routine
cross join lateral (
  values
    ('owner', pg_catalog.pg_get_userbyid(routine.proowner)::text),
    ('security', case when routine.prosecdef then 'definer' else 'invoker' end),
    ('settings', coalesce(pg_catalog.array_to_string(routine.proconfig, ', '), 'none')),
    ('volatility', case routine.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end),
    ('leakproof', case when routine.proleakproof then 'yes' else 'no' end),
    ('form', pg_catalog.concat(
      (select tongue.lanname from pg_catalog.pg_language as tongue where tongue.oid = routine.prolang), ', returns ',
      pg_catalog.pg_get_function_result(routine.oid), case when routine.proisstrict then ', strict' end,
      case routine.proparallel when 's' then ', parallel safe' when 'r' then ', parallel restricted' end
    )),
    ('body', pg_catalog.concat(
      case when routine.prosqlbody is null then 'text ' else 'SQL-standard ' end,
      pg_catalog.left(pg_catalog.md5(coalesce(pg_catalog.pg_get_function_sqlbody(routine.oid), routine.prosrc)), 12)
    ))
) as property (name, value)
where routine.prokind in ('f', 'p')
union all
select 'role', role.rolname::text, property.name, property.value
from managed as role
cross join lateral (
  values
    ('superuser', role.rolsuper::text), ('bypassrls', role.rolbypassrls::text),
    ('createrole', role.rolcreaterole::text), ('createdb', role.rolcreatedb::text),
    ('replication', role.rolreplication::text), ('inherit', role.rolinherit::text),
    ('login', role.rolcanlogin::text)
) as property (name, value)
union all
select 'role', role.rolname::text, 'settings',
  pg_catalog.array_to_string(setting.setconfig, ', ')
from managed as role
join pg_catalog.pg_db_role_setting as setting on setting.setrole = role.oid
where setting.setdatabase in (
  0, (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
)
union all
select 'role', member.rolname::text, pg_catalog.concat('member of ', role.rolname),
  pg_catalog.string_agg(pg_catalog.concat(
    'admin ', membership.admin_option::text,
    -- Postgres 16 and later.
    ', inherit ' || (pg_catalog.to_jsonb(membership) ->> 'inherit_option'),
    ', set ' || (pg_catalog.to_jsonb(membership) ->> 'set_option')
  ), '; ' order by membership.admin_option, pg_catalog.to_jsonb(membership)::text)
from pg_catalog.pg_auth_members as membership
join pg_catalog.pg_roles as role on role.oid = membership.roleid
join pg_catalog.pg_roles as member on member.oid = membership.member
where (role.rolname = any ({{roles}}) or member.rolname = any ({{roles}}))
  -- The login of an application, which has only the rights of the role that it sets, and may set none that owns
  -- functions of other roles' making.
  and not (
    member.rolcanlogin and member.rolname <> all ({{roles}}) and not member.rolsuper and not member.rolbypassrls
    and not membership.admin_option
    and not coalesce((pg_catalog.to_jsonb(membership) ->> 'inherit_option')::pg_catalog.bool, member.rolinherit)
    and not exists (
      select from pg_catalog.pg_proc as routine where routine.proowner = role.oid and routine.prosecdef
    )
  )
group by member.rolname, role.rolname
union all
select 'default privileges',
  pg_catalog.concat('of ', pg_catalog.pg_get_userbyid(privileges.defaclrole), ' in ', coalesce(own.nspname, 'the database')),
  case privileges.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'
    when 'T' then 'types' when 'n' then 'schemas' else privileges.defaclobjtype::text end,
  privileges.defaclacl::text
from pg_catalog.pg_default_acl as privileges
left join own on own.oid = privileges.defaclnamespace
where privileges.defaclnamespace = 0 or own.oid is not null
union all
-- From version 19 on a row may be an exception from a publication of every table.
select 'publication', publication.pubname::text,
  pg_catalog.concat(
    case when pg_catalog.to_jsonb(published) ->> 'prexcept' = 'true' then 'leaves out ' else 'publishes ' end, relation.title
  ),
  pg_catalog.concat_ws(
    ', ', 'yes', 'where ' || pg_catalog.pg_get_expr(published.prqual, published.prrelid),
    'columns ' || published.prattrs::text
  )
from relations as relation
join pg_catalog.pg_publication_rel as published on published.prrelid = relation.oid
join pg_catalog.pg_publication as publication on publication.oid = published.prpubid
union all
select 'publication', publication.pubname::text, pg_catalog.concat('publishes schema ', own.nspname), 'yes'
from own
join pg_catalog.pg_publication_namespace as published on published.pnnspid = own.oid
join pg_catalog.pg_publication as publication on publication.oid = published.pnpubid
union all
select 'publication', publication.pubname::text, 'publishes every table', 'yes'
from pg_catalog.pg_publication as publication where publication.puballtables
union all
select 'partition', parent.title, 'partitions of another owner',
  pg_catalog.string_agg(pg_catalog.format('%I.%I', schema.nspname, child.relname), ', ' order by child.relname)
from relations as parent
join pg_catalog.pg_inherits as inheritance on inheritance.inhparent = parent.oid
join pg_catalog.pg_class as child on child.oid = inheritance.inhrelid and child.relowner <> parent.relowner
join pg_catalog.pg_namespace as schema on schema.oid = child.relnamespace
-- Superusers, who run maintenance, need own nothing to do anything.
join pg_catalog.pg_roles as owner on owner.oid = child.relowner and not owner.rolsuper
where parent.relkind in ('r', 'p', 'f')
group by parent.title
