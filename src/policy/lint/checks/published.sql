--! level: warning
--! after: P57
--! why: changes are sent whatever policies say; the first copy is read by the role of the subscription, which policies filter if they bind it; on the other side forced policies can stop what arrives
--! fix: publish what the subscriber may have, with a row filter, or accept it with the reason
select t.schema, t.name, t.title, format('the table is published by %s', string_agg(distinct b.pubname::text, ', ')), ''
from t join (
  select r.prrelid as rel, b.pubname from pg_publication_rel as r join pg_publication as b on b.oid = r.prpubid where r.prqual is null and coalesce(to_jsonb(r) ->> 'prexcept', 'false') = 'false'
  union all select t.oid, b.pubname from t, pg_publication as b where b.puballtables
    and not exists (select from pg_publication_rel as r where r.prpubid = b.oid and r.prrelid = t.oid and to_jsonb(r) ->> 'prexcept' = 'true')
  union all select t.oid, b.pubname from t join own on own.schema = t.schema join pg_publication_namespace as n on n.pnnspid = own.oid join pg_publication as b on b.oid = n.pnpubid
) as b on b.rel = t.oid where t.rls group by t.schema, t.name, t.title
