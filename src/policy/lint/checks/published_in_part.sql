--! level: warning
--! after: P57
--! why: a row filter keeps some rows from a subscriber, whatever policies say; the others it gets without any
--! fix: publish what the subscriber may have, and accept it with the reason
select t.schema, t.name, t.title, format('the table is published by %I where %s', b.pubname, pg_get_expr(r.prqual, r.prrelid)), ''
from t join pg_publication_rel as r on r.prrelid = t.oid and r.prqual is not null
join pg_publication as b on b.oid = r.prpubid where t.rls
