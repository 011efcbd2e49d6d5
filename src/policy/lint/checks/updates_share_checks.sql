--! level: warning
--! after: P13
--! why: Postgres takes any matching using with any matching with check: one policy picks the row and another lets the change through
--! fix: repeat the role condition in every with check, or make the transition a restrictive policy or a trigger
select t.schema, t.name, t.title, format('the update policies %s have different conditions before and after', string_agg(format('%I', p.name), ', ' order by p.name)), string_agg(p.text, ';' order by p.name)
from t join p on p.rel = t.oid and p.permissive and p.cmd in ('w', '*') and not p.managed
group by t.schema, t.name, t.title
having count(*) > 1 and count(distinct coalesce(p.checked, p.qual)) > 1 and count(distinct p.qual) > 1
  and bool_or(p.checked is not null and p.checked <> p.qual)
