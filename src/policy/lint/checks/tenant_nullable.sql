--! level: warning
--! after: P21
--! why: a row without a tenant is seen by nobody now, and by everybody with the first "is not distinct from"
--! fix: alter table {object} alter column … set not null
select t.schema, t.name, t.title, format('the tenant column %I may be null', t.tenant_name), ''
from t where t.tenant is not null and not t.tenant_not_null and t.rls
