--! level: error
--! after: P27
--! why: an update or delete without where and returning needs no right to select: select policies do not protect it
--! fix: add a restrictive policy for the command, or ask for the tenant in the policy itself
select p.schema, p.relation, p.object, 'a write policy that asks for no tenant is held by no restrictive policy', p.text
from p where p.permissive and p.binds and p.cmd in ('w', 'd', '*') and p.tenant is not null and not p.asks_tenant
  and not exists (select from p as r where r.rel = p.rel and not r.permissive and r.cmd in ('*', p.cmd))
