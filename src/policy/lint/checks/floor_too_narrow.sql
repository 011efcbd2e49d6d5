--! level: error
--! after: P10, P11
--! why: a restrictive policy for some roles or commands does not bind the others, nor a member that does not inherit
--! fix: make it "for all to public"
select t.schema, t.name, t.title, format('the restrictive policies on the tenant column %I do not cover every role and command: %s', t.tenant_name, string_agg(format('%I', p.name), ', ')), string_agg(p.text, ';')
from t join p on p.rel = t.oid and not p.permissive and p.asks_tenant
where t.rls and t.oid not in (select rel from floored) group by t.schema, t.name, t.title, t.tenant_name
