--! level: warning
--! after: P64
--! why: column in (select f()) never uses an index, column = any (array(select f())) does: 70 ms against 0.38 ms
--! fix: column = any (array(select f()))
select p.schema, p.relation, p.object, 'in (select …) over a function', p.text
from p join policy_calls as c on c.policy = p.oid where p.text ~ ('IN \( SELECT ' || replace(c.title, '.', '\.') || '\(')
