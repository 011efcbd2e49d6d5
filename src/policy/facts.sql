-- What a database has of roles, grants, policies and functions, as facts: kind, schema, name, detail, value.
-- The caller puts a CTE `given` before it, with one row of what to look at.
own_schemas as materialized (
  select schema.oid, schema.nspname, schema.nspacl, schema.nspowner
  from given
  join pg_catalog.pg_namespace as schema on schema.nspname = any (given.schemas)
),
-- What other systems of the project grant here: "" as the function means the schema.
tolerated as materialized (
  select wanted.schema, wanted.function, wanted.role
  from given
  cross join lateral unnest(given.tolerated_schemas, given.tolerated_functions, given.tolerated_roles)
    as wanted (schema, function, role)
),
described as materialized (
  select relation.oid, wanted.is_protected = 'yes' as is_protected
  from given
  cross join lateral unnest(given.described_schemas, given.described_tables, given.described_protected)
    as wanted (schema, name, is_protected)
  join pg_catalog.pg_namespace as schema on schema.nspname = wanted.schema
  join pg_catalog.pg_class as relation on relation.relnamespace = schema.oid and relation.relname = wanted.name
),
-- Tables of somebody else that only get policies.
elsewhere as materialized (
  select relation.oid
  from given
  cross join lateral unnest(given.elsewhere_schemas, given.elsewhere_tables) as wanted (schema, name)
  join pg_catalog.pg_namespace as schema on schema.nspname = wanted.schema
  join pg_catalog.pg_class as relation on relation.relnamespace = schema.oid and relation.relname = wanted.name
),
heirs (oid, root, is_protected) as (
  select heir.inhrelid, described.oid, described.is_protected
  from described join pg_catalog.pg_inherits as heir on heir.inhparent = described.oid
  union
  select heir.inhrelid, above.root, above.is_protected
  from heirs as above join pg_catalog.pg_inherits as heir on heir.inhparent = above.oid
),
-- Partitions and children that are not described themselves, wherever they are: a part of the table that is.
parts as materialized (
  select distinct on (heirs.oid) heirs.oid, heirs.root, heirs.is_protected
  from heirs
  where heirs.oid not in (select described.oid from described)
  order by heirs.oid, heirs.is_protected desc, heirs.root
),
-- Tables that are left as they are, with their partitions and children.
unmanaged (oid) as (
  select relation.oid
  from given
  cross join lateral unnest(given.unmanaged_schemas, given.unmanaged_tables) as left_alone (schema, name)
  join pg_catalog.pg_namespace as schema on schema.nspname = left_alone.schema
  join pg_catalog.pg_class as relation on relation.relnamespace = schema.oid and relation.relname = left_alone.name
  union
  select heir.inhrelid
  from unmanaged join pg_catalog.pg_inherits as heir on heir.inhparent = unmanaged.oid
),
-- What the file speaks of in the schemas of such tables; the rest there is left as it is, too.
named as materialized (
  select named.schema, named.object
  from given cross join lateral unnest(given.named_schemas, given.named_objects) as named (schema, object)
),
grantees as materialized (
  select 0::pg_catalog.oid as oid, 'public' as name
  union all
  select role.oid, role.rolname::text from given join pg_catalog.pg_roles as role on role.rolname <> all (given.kept_grantees)
),
relations as materialized (
  select schema.nspname, relation.oid, relation.relname, relation.relkind, relation.relacl, relation.relowner,
    relation.relrowsecurity, relation.relforcerowsecurity
  from given
  cross join pg_catalog.pg_namespace as schema
  join pg_catalog.pg_class as relation on relation.relnamespace = schema.oid
  where (schema.oid in (select own.oid from own_schemas as own) or relation.oid in (select parts.oid from parts))
    and relation.relkind in ('r', 'p', 'f', 'v', 'm', 'S')
    and not exists (
      select
      from pg_catalog.pg_depend as part
      where part.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and part.objid = relation.oid and part.deptype = 'e'
    )
    and relation.oid not in (select unmanaged.oid from unmanaged)
    and not (
      schema.nspname = any (given.partial_schemas) and relation.relkind in ('v', 'm', 'S')
      and (schema.nspname::text, relation.relname::text) not in (select named.schema, named.object from named)
      -- The sequence of a described table's column belongs to it.
      and not exists (
        select
        from pg_catalog.pg_depend as belongs
        where belongs.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and belongs.objid = relation.oid
          and belongs.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and belongs.deptype in ('a', 'i')
          and belongs.refobjid in (select described.oid from described)
      )
    )
),
routines as materialized (
  select schema.nspname, routine.oid,
    case count(*) over (partition by schema.oid, routine.proname)
      when 1 then routine.proname::text
      else pg_catalog.concat(routine.proname, '(', (
        select pg_catalog.string_agg(
          case type_schema.nspname
            when 'pg_catalog' then pg_catalog.format_type(type.oid, null)
            else pg_catalog.concat(type_schema.nspname, '.', type.typname)
          end, ', ' order by argument.position
        )
        from pg_catalog.unnest(routine.proargtypes) with ordinality as argument (type, position)
        join pg_catalog.pg_type as type on type.oid = argument.type
        join pg_catalog.pg_namespace as type_schema on type_schema.oid = type.typnamespace
      ), ')')
    end as name,
    routine.proacl, routine.proowner, note.description,
    case when note.description is not null then {{function_seal}} end as seal
  from own_schemas as schema
  join pg_catalog.pg_proc as routine on routine.pronamespace = schema.oid
  left join pg_catalog.pg_description as note
    on note.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass and note.objoid = routine.oid and note.objsubid = 0
    and note.description like 'workroom:%'
  where not exists (
    select
    from pg_catalog.pg_depend as part
    where part.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and part.objid = routine.oid and part.deptype = 'e'
  )
),
privileges as (
  select relation.nspname, relation.relname, privilege.grantee,
    privilege.privilege_type || case when privilege.is_grantable then '*' else '' end as privilege, null as columns
  from relations as relation
  cross join lateral pg_catalog.aclexplode(relation.relacl) as privilege
  where privilege.grantee <> relation.relowner
  union all
  select relation.nspname, relation.relname, privilege.grantee,
    privilege.privilege_type || case when privilege.is_grantable then '*' else '' end,
    pg_catalog.string_agg(field.attname, ',' order by field.attname::text collate "C")
  from relations as relation
  join pg_catalog.pg_attribute as field on field.attrelid = relation.oid
  cross join lateral pg_catalog.aclexplode(field.attacl) as privilege
  where field.attacl is not null and not field.attisdropped and privilege.grantee <> relation.relowner
  group by 1, 2, 3, 4
),
facts (kind, schema, name, detail, value) as materialized (
  select 'role', '', role.rolname::text, attribute.name, case when attribute.value then 'yes' else 'no' end
  from given
  join pg_catalog.pg_roles as role on role.rolname = any (given.roles)
  cross join lateral (
    values ('superuser', role.rolsuper), ('bypassrls', role.rolbypassrls), ('login', role.rolcanlogin)
  ) as attribute (name, value)
  where attribute.name <> 'login' or role.rolname = any (given.roles_with_login)
  union all
  -- A time-out that the server does not have is as good as set.
  select 'role', '', role.rolname::text, wanted.setting,
    coalesce(pg_catalog.substr(kept.entry, pg_catalog.length(wanted.setting) + 2), wanted.value)
  from given
  cross join lateral unnest(given.timeout_roles, given.timeout_settings, given.timeout_values)
    as wanted (role, setting, value)
  join pg_catalog.pg_roles as role on role.rolname = wanted.role
  left join lateral (
    select entry.entry
    from pg_catalog.pg_db_role_setting as setting
    cross join lateral pg_catalog.unnest(setting.setconfig) as entry (entry)
    where setting.setrole = role.oid and setting.setdatabase = 0
      and pg_catalog.starts_with(entry.entry, wanted.setting || '=')
  ) as kept on true
  where kept.entry is not null or pg_catalog.current_setting(wanted.setting, true) is null
  union all
  select 'belongs', schema.nspname::text, '', '',
    case when schema.nspname::text in (select stray.schema from ({{belongings}}) as stray) then 'not all its' else given.owner end
  from given
  cross join own_schemas as schema
  where given.owner is not null
  union all
  select 'temporary', '', '', 'public', 'none'
  from given
  where given.revokes_temporary and not exists (
    select
    from pg_catalog.pg_database as own
    cross join lateral pg_catalog.aclexplode(coalesce(own.datacl, pg_catalog.acldefault('d', own.datdba))) as privilege
    where own.datname = pg_catalog.current_database() and privilege.grantee = 0
      and privilege.privilege_type = 'TEMPORARY'
  )
  union all
  select 'member', '', member.rolname::text, role.rolname::text, ''
  from given
  join pg_catalog.pg_roles as member on member.rolname = any (given.roles)
  join pg_catalog.pg_auth_members as membership on membership.member = member.oid
  join pg_catalog.pg_roles as role on role.oid = membership.roleid
  union
  -- A membership that is optional is no want where the role does not exist.
  select 'member', '', wanted.member, wanted.role, ''
  from given
  cross join lateral unnest(given.optional_members, given.optional_roles) as wanted (member, role)
  where not exists (select from pg_catalog.pg_roles as role where role.rolname = wanted.role)
  union all
  select 'schema', schema.nspname::text, '', '', ''
  from own_schemas as schema
  union all
  select 'usage', schema.nspname::text, '', grantee.name,
    pg_catalog.string_agg(
      pg_catalog.concat(privilege.privilege_type, case when privilege.is_grantable then '*' end), ', '
      order by privilege.privilege_type collate "C"
    )
  from given
  cross join own_schemas as schema
  cross join lateral pg_catalog.aclexplode(schema.nspacl) as privilege
  join grantees as grantee on grantee.oid = privilege.grantee
  where privilege.grantee <> schema.nspowner
    and not (
      schema.nspname = any (given.partial_schemas)
      and (schema.nspname::text, 'usage of ' || grantee.name) not in (select named.schema, named.object from named)
    )
    and not (
      privilege.privilege_type = 'USAGE' and not privilege.is_grantable
      and (schema.nspname, '', grantee.name) in (select other.schema, other.function, other.role from tolerated as other)
    )
  group by schema.nspname, grantee.name
  union all
  select 'table', relation.nspname::text, relation.relname::text, '',
    case
      when relation.relrowsecurity and relation.relforcerowsecurity then 'forced'
      when relation.relrowsecurity then 'enabled'
      else 'off'
    end
  from relations as relation
  where relation.relkind in ('r', 'p', 'f') and relation.oid not in (select parts.oid from parts)
  union all
  select 'partition', root_schema.nspname::text, root.relname::text,
    pg_catalog.format('%I.%I', part.nspname, part.relname),
    case when part.relrowsecurity then 'enabled' else 'off' end
  from parts
  join relations as part on part.oid = parts.oid
  join pg_catalog.pg_class as root on root.oid = parts.root
  join pg_catalog.pg_namespace as root_schema on root_schema.oid = root.relnamespace
  where parts.is_protected and part.relkind in ('r', 'p') and not (part.relrowsecurity and part.relforcerowsecurity)
  union all
  -- A described partition may be dropped when its time is over.
  select wanted.kind, wanted.schema, wanted.name, wanted.detail, wanted.value
  from given
  cross join lateral unnest(given.part_kinds, given.part_schemas, given.part_names, given.part_details, given.part_values)
    as wanted (kind, schema, name, detail, value)
  where pg_catalog.to_regclass(pg_catalog.format('%I.%I', wanted.schema, wanted.name)) is null
  union all
  select 'grant', privilege.nspname::text, privilege.relname::text, grantee.name,
    pg_catalog.string_agg(
      case when privilege.columns is null then privilege.privilege
        else pg_catalog.concat(privilege.privilege, '(', privilege.columns, ')') end,
      ', ' order by privilege.privilege collate "C", privilege.columns collate "C" nulls first
    )
  from privileges as privilege
  join grantees as grantee on grantee.oid = privilege.grantee
  group by privilege.nspname, privilege.relname, grantee.name
  union all
  select 'policy', relation.nspname::text, relation.relname::text, policy.polname::text,
    case
      when note.description is null then 'unmanaged'
      when pg_catalog.substr(note.description, 74, 17) = ':' || {{policy_seal}}
      then pg_catalog.substr(note.description, 10, 64)
      else 'altered'
    end
  from (
    select relation.oid, relation.nspname, relation.relname, false as is_elsewhere from relations as relation
    union all
    select relation.oid, schema.nspname, relation.relname, true
    from elsewhere
    join pg_catalog.pg_class as relation on relation.oid = elsewhere.oid
    join pg_catalog.pg_namespace as schema on schema.oid = relation.relnamespace
  ) as relation
  join pg_catalog.pg_policy as policy on policy.polrelid = relation.oid
  left join pg_catalog.pg_description as note
    on note.classoid = 'pg_catalog.pg_policy'::pg_catalog.regclass and note.objoid = policy.oid and note.objsubid = 0
    and note.description like 'workroom:%'
  where not relation.is_elsewhere or note.description is not null
  union all
  select 'function', routine.nspname::text, routine.name, '',
    case when pg_catalog.substr(routine.description, 74, 17) = ':' || routine.seal
      then pg_catalog.substr(routine.description, 10, 64)
      else 'altered'
    end
  from routines as routine
  where routine.description is not null
  union all
  select 'owner', routine.nspname::text, routine.name, '', owner.name
  from given
  cross join lateral unnest(given.owned_schemas, given.owned_functions) as owned (schema, name)
  join routines as routine on routine.nspname = owned.schema and routine.name = owned.name
  join grantees as owner on owner.oid = routine.proowner
  union all
  select 'execute', routine.nspname::text, routine.name, grantee.name,
    pg_catalog.concat(privilege.privilege_type, case when privilege.is_grantable then '*' end)
  from given
  cross join routines as routine
  cross join lateral pg_catalog.aclexplode(
    coalesce(routine.proacl, pg_catalog.acldefault('f', routine.proowner))
  ) as privilege
  join grantees as grantee on grantee.oid = privilege.grantee
  where privilege.grantee <> routine.proowner
    and not (
      routine.nspname = any (given.partial_schemas) and routine.description is null
      and (routine.nspname::text, routine.name) not in (select named.schema, named.object from named)
    )
    and not (
      not privilege.is_grantable
      and (routine.nspname, pg_catalog.split_part(routine.name, '(', 1), grantee.name)
        in (select other.schema, other.function, other.role from tolerated as other)
    )
  union all
  select 'external', needed.schema, needed.function, needed.role, 'execute'
  from given
  cross join lateral unnest(given.external_schemas, given.external_functions, given.external_roles)
    as needed (schema, function, role)
  join pg_catalog.pg_namespace as schema on schema.nspname = needed.schema
  join pg_catalog.pg_roles as role on role.rolname = needed.role
  where pg_catalog.has_schema_privilege(role.oid, schema.oid, 'usage')
    and coalesce(
      pg_catalog.has_function_privilege(
        role.oid, pg_catalog.to_regprocedure(pg_catalog.concat(needed.schema, '.', needed.function)), 'execute'
      ), false
    )
  union all
  select 'default', schema.nspname::text, privilege_set.defaclobjtype::text,
    pg_catalog.concat(grantor.name, ' to ', grantee.name),
    pg_catalog.string_agg(privilege.privilege_type, ', ' order by privilege.privilege_type collate "C")
  from given
  join own_schemas as schema on schema.nspname <> all (given.partial_schemas)
  join pg_catalog.pg_default_acl as privilege_set on privilege_set.defaclnamespace = schema.oid
  join grantees as grantor on grantor.oid = privilege_set.defaclrole
  cross join lateral pg_catalog.aclexplode(privilege_set.defaclacl) as privilege
  join grantees as grantee on grantee.oid = privilege.grantee
  -- Those of other roles open what these make; only a superuser or a member could take them away.
  where privilege.grantee <> privilege_set.defaclrole and pg_catalog.pg_has_role(privilege_set.defaclrole, 'member')
  group by schema.nspname, privilege_set.defaclobjtype, grantor.name, grantee.name
),
verdict as materialized (
  select
    case
      when not given.applies then 'left alone'
      when given.expected = pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to((
        select pg_catalog.string_agg(
          pg_catalog.concat_ws(pg_catalog.chr(31), fact.kind, fact.schema, fact.name, fact.detail, fact.value),
          E'\n' order by pg_catalog.concat_ws(
            pg_catalog.chr(31), fact.kind, fact.schema, fact.name, fact.detail, fact.value
          ) collate "C"
        )
        from facts as fact
      ), 'UTF8')), 'hex') then 'up to date'
      else 'differs'
    end as word,
    role.rolsuper, role.rolbypassrls
  from given
  join pg_catalog.pg_roles as role on role.rolname = current_user
)
select 'verdict' as kind, verdict.word as schema, current_user::text as name,
  case when verdict.rolsuper then 'superuser' when verdict.rolbypassrls then 'bypassrls' else '' end as detail,
  '' as value
from verdict
union all
select fact.kind, fact.schema, fact.name, fact.detail, fact.value
from facts as fact, verdict
where verdict.word = 'differs'
union all
-- Whose grants switch something on and open nothing: object audit, and roles of replication.
select 'watcher', '', watcher.name, '', watcher.what
from verdict
cross join (
  select pg_catalog.current_setting('pgaudit.role', true) as name, 'audit' as what
  union
  select pg_catalog.split_part(entry, '=', 2), 'audit'
  from pg_catalog.pg_db_role_setting as setting cross join lateral pg_catalog.unnest(setting.setconfig) as entry
  where pg_catalog.lower(pg_catalog.split_part(entry, '=', 1)) = 'pgaudit.role'
  union
  select role.rolname::text, 'replication' from pg_catalog.pg_roles as role where role.rolreplication and not role.rolsuper
) as watcher
where verdict.word = 'differs' and watcher.name <> '';
