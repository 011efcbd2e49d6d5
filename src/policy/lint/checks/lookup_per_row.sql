--! level: warning
--! after: P65
--! why: (select f(column)) is a correlated sub-plan and no faster than f(column): 3920 ms against 3842 ms
--! fix: column = any (array(select my_ids()))
select p.schema, p.relation, p.object, 'a function gets a column of the row, inside a sub-select or not', p.text
from p join policy_calls as c on c.policy = p.oid
where p.text ~ (replace(c.title, '.', '\.') || '\([^()]*\m' || p.relation || '\.\w+')
  or exists (select from per_row cross join pg_attribute as a where per_row.oid = p.oid and a.attrelid = p.rel and a.attnum > 0
    and per_row.text ~ (replace(c.title, '.', '\.') || '\([^()]*\m' || a.attname || '\M'))
