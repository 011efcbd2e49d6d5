--! level: note
--! after: splinter 0018
--! why: pg_upgrade refuses columns of reg… types other than regclass, regrole and regtype
--! fix: store the name as text
select t.schema, t.name, format('%s %I', t.title, a.attname), format('the column is of type %s', format_type(a.atttypid, null)), ''
from t join pg_attribute as a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
where a.atttypid in ('regproc'::regtype, 'regprocedure'::regtype, 'regoper'::regtype, 'regoperator'::regtype, 'regconfig'::regtype, 'regdictionary'::regtype, 'regnamespace'::regtype, 'regcollation'::regtype)
