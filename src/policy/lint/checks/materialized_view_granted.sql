--! level: error
--! after: P32, splinter 0016
--! why: a materialized view keeps what its owner saw when it was refreshed, and has no policies
--! fix: revoke it and offer a function or table with policies
select rel.schema, rel.name, rel.title, format('%s may read a copy that no policy filters', string_agg(distinct g.grantee_name, ', ')), ''
from rel join g on g.rel = rel.oid where rel.kind = 'm' group by rel.schema, rel.name, rel.title
