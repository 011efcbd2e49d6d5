--! level: warning
--! after: P45
--! why: a function that is declared leakproof is run on rows before policies filter them
--! fix: alter function {object} not leakproof
select fn.schema, fn.name, fn.title, 'the function is declared leakproof', '' from fn where fn.is_leakproof
union all
-- Beside the system, and of the server's own those that it did not make so: `initdb` makes them in the first transaction.
select n.nspname::text, '', r.oid::regprocedure::text, 'the function is declared leakproof', ''
from pg_namespace as n join pg_proc as r on r.pronamespace = n.oid and r.proleakproof and r.xmin::text <> '1'
where (n.oid in (select oid from elsewhere) or n.nspname = 'pg_catalog')
  and not exists (select from pg_depend as d where d.classid = 'pg_proc'::regclass and d.objid = r.oid and d.deptype = 'e')
