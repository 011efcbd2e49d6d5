--! level: error
--! after: P37, splinter 0017
--! why: foreign tables have no row-level security
--! fix: revoke it and offer a function that filters
select t.schema, t.name, t.title, format('%s may use a table of another server', string_agg(distinct g.grantee_name, ', ')), ''
from t join g on g.rel = t.oid where t.kind = 'f' group by t.schema, t.name, t.title
