--! level: error
--! after: P35
--! why: a security definer trigger sees every row that is written and puts it, or what it likes, anywhere
--! fix: drop the trigger, or bring its function into a schema of the system, where it is checked
select t.schema, t.name, format('%I on %s', f.tgname, t.title),
  format('the trigger calls %s of another schema, which runs as %I', r.oid::regprocedure, pg_get_userbyid(r.proowner)), md5(r.prosrc)
from t join pg_trigger as f on f.tgrelid = t.oid and not f.tgisinternal
join pg_proc as r on r.oid = f.tgfoid and r.prosecdef
join elsewhere as n on n.oid = r.pronamespace
where t.rls and not exists (select from pg_depend as d where d.classid = 'pg_proc'::regclass and d.objid = r.oid and d.deptype = 'e')
