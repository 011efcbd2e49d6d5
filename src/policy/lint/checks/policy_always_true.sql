--! level: error
--! after: P09, splinter 0024
--! why: a condition that is always true is no condition, and nothing restrictive stands beside it
--! fix: say whose rows are meant
select p.schema, p.relation, p.object, format('a permissive policy is always true for %s and nothing restricts it', case p.cmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'every command' end), p.text
from p where p.permissive and p.binds and not p.managed and (p.qual = 'true' or p.qual is null and p.checked = 'true')
  and not exists (select from p as r where r.rel = p.rel and not r.permissive and r.cmd in ('*', p.cmd) and r.roles = '{0}')
