--! level: error
--! after: P28
--! why: truncate empties the table for every tenant, references and trigger attach to it, and no policy is asked
--! fix: revoke truncate, references, trigger on {object} from the roles named
select rel.schema, rel.name, rel.title, format('%s may %s, which policies do not bind', string_agg(distinct g.grantee_name, ', '), string_agg(distinct lower(g.privilege), ', ')), ''
from rel join g on g.rel = rel.oid and g.privilege in ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN') where rel.kind in ('r', 'p', 'f', 'v', 'm')
group by rel.schema, rel.name, rel.title
