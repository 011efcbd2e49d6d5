
union all
select 'database', 'this database', 'owner', pg_catalog.pg_get_userbyid(place.datdba)::text
from pg_catalog.pg_database as place where place.datname = pg_catalog.current_database()
union all
select 'database', 'this database', pg_catalog.concat('granted to ', case given.grantee when 0 then 'public' else pg_catalog.pg_get_userbyid(given.grantee) end),
  pg_catalog.string_agg(pg_catalog.lower(given.privilege_type), ', ' order by given.privilege_type)
from pg_catalog.pg_database as place
cross join lateral pg_catalog.aclexplode(coalesce(place.datacl, pg_catalog.acldefault('d', place.datdba))) as given
where place.datname = pg_catalog.current_database() and given.grantee <> place.datdba
group by given.grantee
union all
-- Whoever may create where others look names up can put something in their way.
select 'schema', schema.nspname::text, pg_catalog.concat('create granted to ', case given.grantee when 0 then 'public' else pg_catalog.pg_get_userbyid(given.grantee) end), 'yes'
from foreign_schemas as schema
cross join lateral pg_catalog.aclexplode(schema.nspacl) as given
where given.privilege_type = 'CREATE' and given.grantee <> schema.nspowner
union all
select 'event trigger', fired.evtname::text, property.name, property.value
from pg_catalog.pg_event_trigger as fired
join pg_catalog.pg_proc as routine on routine.oid = fired.evtfoid
cross join lateral (
  values
    ('fires', pg_catalog.concat_ws(
      ' ', fired.evtevent, 'for ' || pg_catalog.array_to_string(fired.evttags, ', '), 'calling', routine.oid::pg_catalog.regprocedure::text,
      case fired.evtenabled when 'O' then null when 'D' then 'disabled' when 'R' then 'on replicas' else 'always' end
    )),
    ('function', pg_catalog.concat(
      case when routine.prosecdef then 'definer ' else 'invoker ' end, 'of ', pg_catalog.pg_get_userbyid(routine.proowner),
      ', body ', pg_catalog.left(pg_catalog.md5(routine.prosrc), 12)
    ))
) as property (name, value)
where not exists (
  select from pg_catalog.pg_depend as part
  where part.classid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass and part.objid = fired.oid and part.deptype = 'e'
)
union all
select 'parameter', parameter.parname::text,
  pg_catalog.concat('granted to ', case given.grantee when 0 then 'public' else pg_catalog.pg_get_userbyid(given.grantee) end),
  pg_catalog.string_agg(pg_catalog.lower(given.privilege_type), ', ' order by given.privilege_type)
from pg_catalog.pg_parameter_acl as parameter
cross join lateral pg_catalog.aclexplode(parameter.paracl) as given
where given.grantee = 0 or exists (
  select from managed as role where pg_catalog.pg_has_role(role.oid, given.grantee, 'member')
)
group by parameter.parname, given.grantee
union all
-- Values may be secrets; that they have changed is enough.
select 'setting', pg_catalog.split_part(entry, '=', 1),
  case setting.setdatabase when 0 then 'of every role' else 'of every role here' end,
  pg_catalog.concat('a value (md5 ', pg_catalog.left(pg_catalog.md5(entry), 12), ')')
from pg_catalog.pg_db_role_setting as setting
cross join lateral pg_catalog.unnest(setting.setconfig) as entry
where setting.setrole = 0 and setting.setdatabase in (
  0, (select place.oid from pg_catalog.pg_database as place where place.datname = pg_catalog.current_database())
)
union all
-- What the server's own functions and tables give to others than they did when the server was made.
select 'catalog', found.title, pg_catalog.concat('granted to ', case given.grantee when 0 then 'public' else pg_catalog.pg_get_userbyid(given.grantee) end),
  pg_catalog.string_agg(pg_catalog.lower(given.privilege_type), ', ' order by given.privilege_type)
from (
  select routine.oid, 'pg_catalog.pg_proc'::pg_catalog.regclass as class, routine.oid::pg_catalog.regprocedure::text as title,
    routine.proacl as acl, routine.proowner as owner, pg_catalog.acldefault('f', routine.proowner) as usual, 0 as part
  from pg_catalog.pg_proc as routine
  where routine.pronamespace = 'pg_catalog'::pg_catalog.regnamespace and routine.proacl is not null
  union all
  select relation.oid, 'pg_catalog.pg_class'::pg_catalog.regclass, relation.oid::pg_catalog.regclass::text, relation.relacl,
    relation.relowner, pg_catalog.acldefault('r', relation.relowner), 0
  from pg_catalog.pg_class as relation
  where relation.relnamespace = 'pg_catalog'::pg_catalog.regnamespace and relation.relacl is not null
  union all
  select relation.oid, 'pg_catalog.pg_class'::pg_catalog.regclass, pg_catalog.concat(relation.oid::pg_catalog.regclass, '.', field.attname),
    field.attacl, relation.relowner, null, field.attnum
  from pg_catalog.pg_class as relation
  join pg_catalog.pg_attribute as field on field.attrelid = relation.oid and field.attacl is not null
  where relation.relnamespace = 'pg_catalog'::pg_catalog.regnamespace
) as found
left join pg_catalog.pg_init_privs as at_first
  on at_first.classoid = found.class and at_first.objoid = found.oid and at_first.objsubid = found.part
cross join lateral pg_catalog.aclexplode(found.acl) as given
where given.grantee <> found.owner and not exists (
  select from pg_catalog.aclexplode(coalesce(at_first.initprivs, found.usual)) as was
  where was.grantee = given.grantee and was.privilege_type = given.privilege_type
)
group by found.title, given.grantee
union all
select 'outside', pg_catalog.format(
    '%s %I.%I', case relation.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end,
    schema.nspname, relation.relname
  ),
  pg_catalog.concat('reads ', reading.source),
  pg_catalog.concat_ws(
    ', ', 'owner ' || pg_catalog.pg_get_userbyid(relation.relowner), pg_catalog.array_to_string(relation.reloptions, ', '),
    'grants ' || coalesce(relation.relacl::text, 'none')
  )
from reading
join pg_catalog.pg_class as relation on relation.oid = reading.oid
join foreign_schemas as schema on schema.oid = relation.relnamespace
union all
select distinct 'outside', pg_catalog.concat('function ', routine.oid::pg_catalog.regprocedure), pg_catalog.concat('uses ', reading.source),
  pg_catalog.concat_ws(
    ', ', 'owner ' || pg_catalog.pg_get_userbyid(routine.proowner), case when routine.prosecdef then 'definer' else 'invoker' end,
    'body ' || pg_catalog.left(pg_catalog.md5(coalesce(pg_catalog.pg_get_function_sqlbody(routine.oid), routine.prosrc)), 12),
    'grants ' || coalesce(routine.proacl::text, 'public')
  )
from reading
join pg_catalog.pg_class as relation on relation.oid = reading.oid
join pg_catalog.pg_depend as part on part.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and (
  part.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and part.refobjid = relation.oid
  or part.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass and part.refobjid = relation.reltype
)
join pg_catalog.pg_proc as routine on routine.oid = part.objid
join foreign_schemas as schema on schema.oid = routine.pronamespace
union all
-- A text body depends on nothing; the name of a table in it is all that there is to see.
select 'outside', pg_catalog.concat('function ', routine.oid::pg_catalog.regprocedure), pg_catalog.concat('names ', relation.title),
  pg_catalog.concat_ws(
    ', ', 'owner ' || pg_catalog.pg_get_userbyid(routine.proowner), 'definer',
    'body ' || pg_catalog.left(pg_catalog.md5(routine.prosrc), 12), 'grants ' || coalesce(routine.proacl::text, 'public')
  )
from foreign_schemas as schema
join pg_catalog.pg_proc as routine on routine.pronamespace = schema.oid and routine.prosecdef and routine.prosqlbody is null
join tables as relation on pg_catalog.strpos(routine.prosrc, relation.relname) > 0
where not exists (
  select from pg_catalog.pg_depend as part
  where part.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and part.objid = routine.oid and part.deptype = 'e'
)
union all
select 'outside', pg_catalog.format('table %I.%I', schema.nspname, relation.relname), pg_catalog.concat('refers to ', target.title),
  pg_catalog.pg_get_constraintdef(held.oid)
from tables as target
join pg_catalog.pg_constraint as held on held.confrelid = target.oid and held.contype = 'f' and held.conparentid = 0
join pg_catalog.pg_class as relation on relation.oid = held.conrelid
join foreign_schemas as schema on schema.oid = relation.relnamespace
