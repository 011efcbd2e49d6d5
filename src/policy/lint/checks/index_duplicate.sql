--! level: note
--! after: splinter 0009
--! why: two indexes that are the same cost twice and help once
--! fix: drop one of them
select t.schema, t.name, t.title, format('the indexes %s are the same', string_agg(format('%I', c.relname), ', ' order by c.relname)), ''
from t join pg_index as i on i.indrelid = t.oid join pg_class as c on c.oid = i.indexrelid
group by t.schema, t.name, t.title, i.indkey::text, i.indclass::text, i.indcollation::text, i.indoption::text,
  coalesce(pg_get_expr(i.indpred, i.indrelid), ''), coalesce(pg_get_expr(i.indexprs, i.indrelid), ''), i.indisunique, c.relam, i.indnkeyatts
having count(*) > 1
