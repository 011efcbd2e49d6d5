
union all
-- What a table is made of besides its columns: `alter table … set unlogged`, `replica identity`, `inherit`.
select 'relation', relation.title, property.name, property.value
from tables as relation
cross join lateral (
  values
    ('kept', pg_catalog.concat(
      case relation.relpersistence when 'p' then 'logged' when 'u' then 'unlogged' else 'temporary' end, ', replica identity ',
      case relation.relreplident when 'd' then 'default' when 'n' then 'nothing' when 'f' then 'full' else 'an index' end
    )),
    -- Whoever may read a parent reads its children, past their row security.
    ('inherits from', (
      select pg_catalog.string_agg(heir.inhparent::pg_catalog.regclass::text, ', ' order by heir.inhseqno)
      from pg_catalog.pg_inherits as heir
      join pg_catalog.pg_class as parent on parent.oid = heir.inhparent and parent.relnamespace not in (select own.oid from own)
      where heir.inhrelid = relation.oid
    ))
) as property (name, value)
where property.value is not null and (property.name <> 'kept' or not relation.is_heir)
union all
select 'type', pg_catalog.format('%I.%I', own.nspname, kind.typname), property.name, property.value
from own
join pg_catalog.pg_type as kind on kind.typnamespace = own.oid and kind.typtype in ('b', 'c', 'd', 'e', 'r')
left join pg_catalog.pg_class as row on row.oid = kind.typrelid
cross join lateral (
  values
    ('owner', pg_catalog.pg_get_userbyid(kind.typowner)::text),
    ('granted', coalesce(kind.typacl::text, 'to public')),
    ('definition', case kind.typtype
      when 'e' then (
        select pg_catalog.string_agg(label.enumlabel, ', ' order by label.enumsortorder)
        from pg_catalog.pg_enum as label where label.enumtypid = kind.oid
      )
      when 'd' then pg_catalog.concat_ws(
        ' ', pg_catalog.format_type(kind.typbasetype, kind.typtypmod), case when kind.typnotnull then 'not null' end, 'default ' || kind.typdefault,
        (
          select pg_catalog.string_agg(pg_catalog.pg_get_constraintdef(held.oid), ' ' order by held.conname)
          from pg_catalog.pg_constraint as held where held.contypid = kind.oid and held.contype <> 'n'
        )
      )
      when 'c' then (
        select pg_catalog.string_agg(pg_catalog.concat(field.attname, ' ', pg_catalog.format_type(field.atttypid, field.atttypmod)), ', ' order by field.attnum)
        from pg_catalog.pg_attribute as field where field.attrelid = row.oid and field.attnum > 0 and not field.attisdropped
      )
    end)
) as property (name, value)
where property.value is not null and (kind.typrelid = 0 or row.relkind = 'c') and kind.typcategory <> 'A'
  and not exists (
    select from pg_catalog.pg_depend as part
    where part.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and part.objid = kind.oid and part.deptype = 'e'
  )
union all
select 'statistics', pg_catalog.concat(pg_catalog.quote_ident(found.stxname), ' on ', relation.title), 'definition',
  pg_catalog.concat(pg_catalog.pg_get_statisticsobjdef(found.oid), ', owner ', pg_catalog.pg_get_userbyid(found.stxowner))
from tables as relation
join pg_catalog.pg_statistic_ext as found on found.stxrelid = relation.oid
union all
-- What systems of the project ask for is theirs to add.
select 'extension', made.extname::text, 'version',
  pg_catalog.concat(made.extversion, ', owner ', pg_catalog.pg_get_userbyid(made.extowner))
from pg_catalog.pg_extension as made
where made.extname <> 'plpgsql' and made.extname <> all ({{extensions}})
union all
select 'language', tongue.lanname::text, property.name, property.value
from pg_catalog.pg_language as tongue
cross join lateral (
  select 'trusted' as name, tongue.lanpltrusted::text as value where tongue.oid < 16384
  union all
  select pg_catalog.concat('granted to ', pg_catalog.pg_get_userbyid(given.grantee)),
    case when given.is_grantable then 'usage, and passing it on' else 'usage' end
  from pg_catalog.aclexplode(tongue.lanacl) as given where given.grantee not in (0, tongue.lanowner)
) as property
union all
-- Large objects come and go; who may use which of those that others own is what counts.
select 'large object', 'of others', pg_catalog.concat('granted to ', case given.grantee when 0 then 'public' else pg_catalog.pg_get_userbyid(given.grantee) end),
  pg_catalog.string_agg(distinct pg_catalog.lower(given.privilege_type), ', ')
from pg_catalog.pg_largeobject_metadata as found
cross join lateral pg_catalog.aclexplode(found.lomacl) as given
where given.grantee <> found.lomowner
group by given.grantee
union all
select 'foreign server', server.srvname::text, property.name, property.value
from pg_catalog.pg_foreign_server as server
join pg_catalog.pg_foreign_data_wrapper as wrapper on wrapper.oid = server.srvfdw
cross join lateral (
  select 'definition' as name, pg_catalog.concat_ws(
    ', ', wrapper.fdwname, 'owner ' || pg_catalog.pg_get_userbyid(server.srvowner), 'grants ' || coalesce(server.srvacl::text, 'none'),
    'options (md5 ' || pg_catalog.left(pg_catalog.md5(server.srvoptions::text), 12) || ')'
  ) as value
  union all
  select pg_catalog.concat('mapping of ', mapping.usename), 'yes' from pg_catalog.pg_user_mappings as mapping where mapping.srvid = server.oid
) as property
union all
select 'foreign data wrapper', wrapper.fdwname::text, pg_catalog.concat('granted to ', case given.grantee when 0 then 'public' else pg_catalog.pg_get_userbyid(given.grantee) end), 'usage'
from pg_catalog.pg_foreign_data_wrapper as wrapper
cross join lateral pg_catalog.aclexplode(wrapper.fdwacl) as given
where given.grantee <> wrapper.fdwowner
union all
-- A subscription writes whatever its publisher sends.
select 'subscription', subscription.subname::text, 'writes',
  pg_catalog.concat_ws(
    ', ', 'owner ' || pg_catalog.pg_get_userbyid(subscription.subowner), pg_catalog.array_to_string(subscription.subpublications, ', '),
    case when not subscription.subenabled then 'disabled' end
  )
from pg_catalog.pg_subscription as subscription
where subscription.subdbid = (select place.oid from pg_catalog.pg_database as place where place.datname = pg_catalog.current_database())
union all
select 'tablespace', place.spcname::text, pg_catalog.concat('granted to ', case given.grantee when 0 then 'public' else pg_catalog.pg_get_userbyid(given.grantee) end), 'create'
from pg_catalog.pg_tablespace as place
cross join lateral pg_catalog.aclexplode(place.spcacl) as given
where given.grantee <> place.spcowner and (
  given.grantee = 0 or exists (select from managed as role where pg_catalog.pg_has_role(role.oid, given.grantee, 'member'))
)
union all
-- Among the server's own schemas, which everybody searches first.
select 'schema', schema.nspname::text, pg_catalog.concat('create granted to ', case given.grantee when 0 then 'public' else pg_catalog.pg_get_userbyid(given.grantee) end), 'yes'
from pg_catalog.pg_namespace as schema
cross join lateral pg_catalog.aclexplode(schema.nspacl) as given
where schema.nspname in ('pg_catalog', 'information_schema') and given.privilege_type = 'CREATE' and given.grantee <> schema.nspowner
union all
-- Functions that somebody put there, and those of the server that run otherwise than it made them.
select 'catalog', routine.oid::pg_catalog.regprocedure::text, 'definition',
  pg_catalog.concat_ws(
    ', ', 'owner ' || pg_catalog.pg_get_userbyid(routine.proowner), case when routine.prosecdef then 'definer' end,
    case when routine.proleakproof then 'leakproof' end, pg_catalog.array_to_string(routine.proconfig, ', '),
    'body ' || pg_catalog.left(pg_catalog.md5(routine.prosrc), 12)
  )
from pg_catalog.pg_proc as routine
where routine.pronamespace = 'pg_catalog'::pg_catalog.regnamespace
  and (
    routine.oid >= 16384 or routine.prosecdef or routine.proconfig is not null
    -- What `initdb` has made is of the first transaction, unless somebody has changed it.
    or routine.proleakproof and routine.xmin::text <> '1'
  )
  and not exists (
    select from pg_catalog.pg_depend as part
    where part.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and part.objid = routine.oid and part.deptype = 'e'
  )
union all
-- What is leakproof runs before policies have filtered the rows, wherever it lies.
select 'outside', pg_catalog.concat('function ', routine.oid::pg_catalog.regprocedure), 'leakproof', 'yes'
from foreign_schemas as schema
join pg_catalog.pg_proc as routine on routine.pronamespace = schema.oid and routine.proleakproof
where not exists (
  select from pg_catalog.pg_depend as part
  where part.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and part.objid = routine.oid and part.deptype = 'e'
)
union all
select 'operator', operator.oid::pg_catalog.regoperator::text, 'calls', operator.oprcode::pg_catalog.regprocedure::text
from pg_catalog.pg_operator as operator
where operator.oid >= 16384
  and (operator.oprnamespace = 'pg_catalog'::pg_catalog.regnamespace or operator.oprnamespace in (select own.oid from own))
  and not exists (
    select from pg_catalog.pg_depend as part
    where part.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass and part.objid = operator.oid and part.deptype = 'e'
  )
union all
-- A role that nobody described, that policies do not bind and that may read a table all the same.
select 'role', role.rolname::text, pg_catalog.concat('reads past the policies of ', own.nspname), 'yes'
from pg_catalog.pg_roles as role
join own on pg_catalog.has_schema_privilege(role.oid, own.oid, 'usage')
where role.rolbypassrls and not role.rolsuper and role.rolname <> all ({{roles}})
  and exists (
    select from tables as relation
    where relation.relnamespace = own.oid and pg_catalog.has_table_privilege(role.oid, relation.oid, 'select')
  )
union all
-- `alter system`, for whom the server tells: values may be secrets.
select 'setting', setting.name, 'of the server', pg_catalog.concat('a value (md5 ', pg_catalog.left(pg_catalog.md5(setting.reset_val), 12), ')')
from pg_catalog.pg_settings as setting
where setting.sourcefile like '%postgresql.auto.conf'
union all
select 'setting', 'those of the server', 'are told', 'yes'
where pg_catalog.pg_has_role('pg_read_all_settings', 'member')
