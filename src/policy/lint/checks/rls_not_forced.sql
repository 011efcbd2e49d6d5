--! level: error
--! after: P03, D02
--! why: the owner, and every role that inherits from it, is not bound by policies unless they are forced
--! fix: alter table {object} force row level security
select t.schema, t.name, t.title, format('row-level security is not forced: %s and its members see every row', pg_get_userbyid(t.owner)), ''
from t where t.rls and not t.forced
