-- What every query of this folder begins with, after `deployers`: the schemas, what people call a role, what extensions have made, and
-- relations with the words by which they are known.
own as (
  select place.oid, place.nspname, place.nspowner, place.nspacl
  from pg_catalog.pg_namespace as place
  where place.nspname = any (pg_catalog.current_setting('workroom.schemas')::pg_catalog.name[])
),
who (oid, name) as materialized (
  select 0::pg_catalog.oid, 'public'
  union all
  -- Two databases have different deployers, and mean the same by them. Where nobody knows who deploys, it is who owns most.
  select role.oid, case
      when role.oid in (select deployers.role from deployers)
        or not exists (select from deployers) and role.oid = (
          select relowner from pg_catalog.pg_class where relnamespace in (select own.oid from own)
          group by relowner order by pg_catalog.count(*) desc, relowner limit 1
        )
      then '(deployer)' else pg_catalog.quote_ident(role.rolname) end
  from pg_catalog.pg_roles as role
),
extended as materialized (
  select part.classid, part.objid from pg_catalog.pg_depend as part where part.deptype = 'e'
),
relations as (
  select relation.*, own.nspname, pg_catalog.format('%I.%I', own.nspname, relation.relname) as name,
    pg_catalog.format('%s %I.%I', case relation.relkind
      when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' when 'S' then 'sequence'
      when 'c' then 'type' else 'table'
    end, own.nspname, relation.relname) as title
  from own join pg_catalog.pg_class as relation on relation.relnamespace = own.oid
  where relation.relkind in ('r', 'p', 'f', 'v', 'm', 'S', 'c')
    and ('pg_catalog.pg_class'::pg_catalog.regclass, relation.oid) not in (select extended.classid, extended.objid from extended)
    -- A composite type of an extension is in it as a type.
    and ('pg_catalog.pg_type'::pg_catalog.regclass, relation.reltype) not in (select extended.classid, extended.objid from extended)
)
