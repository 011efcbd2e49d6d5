--! level: warning
--! after: P12
--! why: a policy for all commands is also a policy for select: who may edit, may read
--! fix: write one policy a command
select p.schema, p.relation, p.object, 'a permissive policy for all commands stands beside policies for select', p.text
from p where p.permissive and p.binds and p.cmd = '*' and not p.managed
  and exists (select from p as s where s.rel = p.rel and s.permissive and s.cmd = 'r')
