--! level: note
--! after: P62
--! why: without an index that begins with the tenant every query reads the whole table
--! fix: create index on {object} (tenant, …)
select t.schema, t.name, t.title, format('no index begins with the tenant column %I', t.tenant_name), ''
from t where t.rls and t.tenant is not null and not t.is_child and exists (select from p where p.rel = t.oid and p.asks_tenant)
  and not exists (select from pg_index as i where i.indrelid = t.oid and i.indkey[0] = t.tenant and i.indisvalid)
