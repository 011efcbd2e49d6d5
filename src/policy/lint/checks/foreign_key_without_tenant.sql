--! level: warning
--! after: P40
--! why: a row of one tenant can refer to a row of another: success tells that it exists, and a cascade reaches across
--! fix: foreign key (tenant, …) references … (tenant, …), with a unique key over both
select t.schema, t.name, format('%s %I', t.title, k.conname), format('the foreign key to %s leaves out the tenant', other.title), ''
from pg_constraint as k join t on t.oid = k.conrelid and t.tenant is not null
join t as other on other.oid = k.confrelid and other.tenant is not null
where k.contype = 'f' and k.conparentid = 0 and not (t.tenant = any (k.conkey) and other.tenant = any (k.confkey))
