--! level: warning
--! after: P01
--! why: PUBLIC is every role there is and every role there will be
--! fix: revoke all on {object} from public and grant to roles
select rel.schema, rel.name, rel.title, format('PUBLIC may %s', string_agg(distinct lower(g.privilege), ', ')), ''
from rel join g on g.rel = rel.oid and g.grantee = 0 group by rel.schema, rel.name, rel.title
