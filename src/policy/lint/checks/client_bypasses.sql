--! level: error
--! after: P04
--! why: row-level security does not bind it, nor anything that it is member of
--! fix: alter role {object} nobypassrls, or say bypass_rls = true in the policy file
select distinct '', '', r.rolname::text, 'a role with grants in these schemas bypasses row-level security', ''
from g join pg_roles as r on r.oid = g.grantee where r.rolbypassrls
union
-- Without a grant of its own, by way of `pg_read_all_data` or of another role.
select '', '', r.rolname::text, 'a role that bypasses row-level security may read tables of these schemas', ''
from pg_roles as r where r.rolbypassrls and r.oid not in (select oid from trusted)
  and exists (select from t join own on own.schema = t.schema
    where has_schema_privilege(r.oid, own.oid, 'usage') and has_table_privilege(r.oid, t.oid, 'select'))
