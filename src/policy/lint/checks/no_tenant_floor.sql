--! level: error
--! after: P08, P09
--! why: permissive policies are alternatives: one that forgets the tenant opens what all the others close
--! fix: create policy … as restrictive for all to public using (tenant = …) with check (tenant = …)
select t.schema, t.name, t.title, format('the tenant column %I has no restrictive policy', t.tenant_name), ''
from t where t.rls and t.tenant is not null and not t.is_child
  and not exists (select from p where p.rel = t.oid and not p.permissive and p.asks_tenant)
