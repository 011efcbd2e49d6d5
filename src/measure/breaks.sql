-- What a program may rely on: (kind, what it belongs to, what it is). Names are quoted where SQL needs it.
with relations as (
  select
    relation.oid,
    relation.relkind,
    relation.relacl,
    relation.relrowsecurity,
    pg_catalog.format('%I.%I', schema.nspname, relation.relname) as name
  from pg_catalog.pg_class as relation
  join pg_catalog.pg_namespace as schema on schema.oid = relation.relnamespace
  where relation.oid >= 16384
    and relation.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    and schema.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'workroom')
    and schema.nspname !~ '^pg_'
),
columns as (
  select
    relations.name as relation,
    relations.relkind,
    attribute.attname,
    attribute.attnotnull,
    type.typcategory,
    not attribute.attnotnull
      or attribute.atthasdef
      or attribute.attidentity <> ''
      or attribute.attgenerated <> '' as may_be_left_out,
    attribute.attidentity = 'a' or attribute.attgenerated <> '' as refuses_values
  from relations
  join pg_catalog.pg_attribute as attribute on attribute.attrelid = relations.oid
  join pg_catalog.pg_type as type on type.oid = attribute.atttypid
  where attribute.attnum > 0 and not attribute.attisdropped
)
select 'has', '', name from relations
union all
select 'has', relation, pg_catalog.format('%s.%I', relation, attname) from columns where relkind <> 'S'
union all
select 'has', relation, pg_catalog.format('%s.%I as what it was', relation, attname) || case typcategory when 'N' then ': a number'
  when 'S' then ': a text' when 'D' then ': a moment' when 'B' then ': true or false' else ': ' || typcategory::text end
from columns where relkind <> 'S'
union all
select 'needs', relation, pg_catalog.format('insert into %s without %I', relation, attname)
from columns where relkind in ('r', 'p') and not may_be_left_out
union all
select 'null', relation, pg_catalog.format('insert into %s without %I', relation, attname)
from columns where relkind in ('r', 'p') and not attnotnull
union all
select 'needs', relation, pg_catalog.format('insert into %s with a value for %I', relation, attname)
from columns where relkind in ('r', 'p') and refuses_values
union all
select 'needs', name, pg_catalog.format('read %s: its row security has no policy', name)
from relations
where relkind in ('r', 'p') and relrowsecurity
  and not exists (select from pg_catalog.pg_policy as policy where policy.polrelid = relations.oid)
union all
select 'needs', name, pg_catalog.format('update or delete in %s, which is published and has nothing that stands for its rows', name)
from relations
where relkind = 'r'
  and exists (
    select from pg_catalog.pg_publication_tables as published
    join pg_catalog.pg_publication as publication on publication.pubname = published.pubname
    where pg_catalog.format('%I.%I', published.schemaname, published.tablename) = relations.name
      and (publication.pubupdate or publication.pubdelete)
  )
  and not exists (
    select from pg_catalog.pg_class as relation
    where relation.oid = relations.oid
      and (
        relation.relreplident = 'f'
        or exists (
          select from pg_catalog.pg_index as key
          where key.indrelid = relation.oid
            and (relation.relreplident = 'd' and key.indisprimary or relation.relreplident = 'i' and key.indisreplident)
        )
      )
  )
union all
select 'has', name, pg_catalog.format('%s on %s for %s', pg_catalog.lower(entry.privilege_type), name,
  case entry.grantee when 0 then 'public' else pg_catalog.pg_get_userbyid(entry.grantee)::text end)
from relations
cross join lateral pg_catalog.aclexplode(relacl) as entry
union all
select 'has', '', pg_catalog.format('%I.%I(%s)', schema.nspname, routine.proname,
  pg_catalog.pg_get_function_identity_arguments(routine.oid))
from pg_catalog.pg_proc as routine
join pg_catalog.pg_namespace as schema on schema.oid = routine.pronamespace
where routine.oid >= 16384
  and routine.prorettype not in ('pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype)
  and schema.nspname not in ('pg_catalog', 'information_schema', 'workroom')
  and schema.nspname !~ '^pg_'
union all
select 'has', '', pg_catalog.format('the value %L of %I.%I', value.enumlabel, schema.nspname, type.typname)
from pg_catalog.pg_enum as value
join pg_catalog.pg_type as type on type.oid = value.enumtypid
join pg_catalog.pg_namespace as schema on schema.oid = type.typnamespace
union all
select 'parent', pg_catalog.format('%I.%I', schema.nspname, parent.relname), relations.name
from pg_catalog.pg_inherits as link
join relations on relations.oid = link.inhrelid
join pg_catalog.pg_class as parent on parent.oid = link.inhparent
join pg_catalog.pg_namespace as schema on schema.oid = parent.relnamespace;
