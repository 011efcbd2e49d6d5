-- What has to be there before what: the server's dependencies, between what has a statement of its own.
, home (class, oid, to_class, to_oid) as materialized (
  select part.classid, part.objid, 'pg_catalog.pg_extension'::pg_catalog.regclass::pg_catalog.oid, part.refobjid
  from pg_catalog.pg_depend as part where part.deptype = 'e'
  union all
  select 'pg_catalog.pg_rewrite'::pg_catalog.regclass, rule.oid, 'pg_catalog.pg_class'::pg_catalog.regclass, rule.ev_class
  from relations as relation join pg_catalog.pg_rewrite as rule on rule.ev_class = relation.oid and rule.rulename = '_RETURN'
  union all
  select 'pg_catalog.pg_attrdef'::pg_catalog.regclass, value.oid, 'pg_catalog.pg_class'::pg_catalog.regclass, value.adrelid
  from relations as relation
  join pg_catalog.pg_attrdef as value on value.adrelid = relation.oid and value.oid not in (select later.oid from later)
  union all
  -- The row of a table, its array, and that of any other type.
  select 'pg_catalog.pg_type'::pg_catalog.regclass, kind.oid, 'pg_catalog.pg_class'::pg_catalog.regclass, relation.oid
  from relations as relation
  join pg_catalog.pg_type as kind on relation.relkind <> 'c'
    and (kind.oid = relation.reltype or kind.oid = (select element.typarray from pg_catalog.pg_type as element where element.oid = relation.reltype))
  union all
  select 'pg_catalog.pg_type'::pg_catalog.regclass, element.typarray, 'pg_catalog.pg_type'::pg_catalog.regclass, element.oid
  from own join pg_catalog.pg_type as element on element.typnamespace = own.oid and element.typarray <> 0
  where element.typrelid = 0 or element.typrelid in (select relation.oid from relations as relation where relation.relkind = 'c')
  union all
  select 'pg_catalog.pg_class'::pg_catalog.regclass, relation.oid, 'pg_catalog.pg_type'::pg_catalog.regclass, relation.reltype
  from relations as relation where relation.relkind = 'c'
  union all
  select 'pg_catalog.pg_type'::pg_catalog.regclass, range.rngmultitypid, 'pg_catalog.pg_type'::pg_catalog.regclass, range.rngtypid
  from pg_catalog.pg_range as range
  union all
  select 'pg_catalog.pg_class'::pg_catalog.regclass, held.conindid, 'pg_catalog.pg_constraint'::pg_catalog.regclass, held.oid
  from relations as relation
  join pg_catalog.pg_constraint as held on held.conrelid = relation.oid and held.contype in ('p', 'u', 'x')
  union all
  select 'pg_catalog.pg_constraint'::pg_catalog.regclass, held.oid, 'pg_catalog.pg_type'::pg_catalog.regclass, held.contypid
  from own join pg_catalog.pg_constraint as held on held.connamespace = own.oid and held.contypid <> 0
  union all
  select 'pg_catalog.pg_class'::pg_catalog.regclass, part.objid, 'pg_catalog.pg_class'::pg_catalog.regclass, part.refobjid
  from relations as relation
  join pg_catalog.pg_depend as part on part.objid = relation.oid and part.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
    and part.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and part.deptype = 'i' and relation.relkind = 'S'
)
select distinct coalesce(one.to_class, part.classid), coalesce(one.to_oid, part.objid), coalesce(other.to_class, part.refclassid),
  coalesce(other.to_oid, part.refobjid)
from pg_catalog.pg_depend as part
left join home as one on one.class = part.classid and one.oid = part.objid
left join home as other on other.class = part.refclassid and other.oid = part.refobjid
where part.deptype in ('n', 'a', 'i', 'P', 'S')
