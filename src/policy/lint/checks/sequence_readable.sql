--! level: note
--! after: P42
--! why: last_value tells how many rows all tenants have together
--! fix: revoke select on sequence {object} from the roles named; identity columns need no grant
select rel.schema, rel.name, rel.title, format('%s may read the sequence', string_agg(distinct g.grantee_name, ', ')), ''
from rel join g on g.rel = rel.oid and g.privilege = 'SELECT' where rel.kind = 'S' group by rel.schema, rel.name, rel.title
