--! level: warning
--! after: P14
--! why: the new row need not belong to the tenant of the old one
--! fix: repeat the tenant condition in with check, or add a restrictive floor
select p.schema, p.relation, p.object, format('using asks for %I, with check does not', p.tenant_name), p.text
from p where not p.managed and p.tenant is not null and p.rel not in (select rel from floored)
  and p.checked is not null and p.checked <> 'true'
  and p.qual ~ ('\m' || p.tenant_name || '\M') and p.checked !~ ('\m' || p.tenant_name || '\M')
