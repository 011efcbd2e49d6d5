--! level: warning
--! after: P28
--! why: who may pass a privilege on decides who has it
--! fix: revoke grant option for … on {object}
select rel.schema, rel.name, rel.title, format('%s may pass on %s', string_agg(distinct g.grantee_name, ', '), string_agg(distinct lower(g.privilege), ', ')), ''
from rel join g on g.rel = rel.oid and g.is_grantable group by rel.schema, rel.name, rel.title
