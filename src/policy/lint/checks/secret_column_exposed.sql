--! level: error
--! after: splinter 0023
--! why: a column of this name is not for everybody who may read the table
--! fix: grant select on the other columns only, or keep it in a table of its own
select t.schema, t.name, format('%s %I', t.title, a.attname), format('%s may read it, and row-level security is off', string_agg(distinct g.grantee_name, ', ')), ''
from t join pg_attribute as a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
join g on g.rel = t.oid and g.privilege = 'SELECT' and (g.field is null or g.field = a.attname)
where not t.rls and a.attname ~ '^(password.*|secret.*|.*_secret|api_key|.*token|iban|ssn|salary|.*_cost_rate|margin)$'
group by t.schema, t.name, t.title, a.attname
