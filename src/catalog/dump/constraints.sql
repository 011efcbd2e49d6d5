select 'pg_catalog.pg_constraint'::pg_catalog.regclass::pg_catalog.oid as class, held.oid,
  case held.contype when 'f' then 110 else 80 end as place,
  pg_catalog.format('%s.%s.%I', relation.name, case held.contype when 'p' then 1 else 2 end, held.conname) as label,
  pg_catalog.format(
    'alter table %s%s add constraint %I %s;', case when relation.relkind = 'r' and held.contype <> 'c' then 'only ' end, relation.name,
    held.conname, pg_catalog.pg_get_constraintdef(held.oid)
  ) as statement
from relations as relation
join pg_catalog.pg_constraint as held on held.conrelid = relation.oid and held.conislocal and held.conparentid = 0
where held.contype in ('p', 'u', 'c', 'x', 'f') and relation.relkind in ('r', 'p')
