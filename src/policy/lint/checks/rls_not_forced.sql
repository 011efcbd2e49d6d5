--! level: error
--! after: P03
--! why: the owner, and every role that inherits from it, is not bound by policies unless they are forced
--! fix: alter table {object} force row level security
select t.schema, t.name, t.title, format('row-level security is not forced: %s and its members see every row', pg_get_userbyid(t.owner)), ''
from t where t.rls and not t.forced
  and (t.class is not null or t.owner not in (select oid from free_owners))
