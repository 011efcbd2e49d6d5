select 'pg_catalog.pg_trigger'::pg_catalog.regclass::pg_catalog.oid as class, fired.oid, 120 as place,
  pg_catalog.format('%s.%I', relation.name, fired.tgname) as label,
  pg_catalog.concat(pg_catalog.pg_get_triggerdef(fired.oid), ';', case fired.tgenabled
    when 'D' then pg_catalog.format(E'\nalter table %s disable trigger %I;', relation.name, fired.tgname)
    when 'R' then pg_catalog.format(E'\nalter table %s enable replica trigger %I;', relation.name, fired.tgname)
    when 'A' then pg_catalog.format(E'\nalter table %s enable always trigger %I;', relation.name, fired.tgname)
  end) as statement
from relations as relation
join pg_catalog.pg_trigger as fired on fired.tgrelid = relation.oid and not fired.tgisinternal and fired.tgparentid = 0
