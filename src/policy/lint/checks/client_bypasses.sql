--! level: error
--! after: P04
--! why: row-level security does not bind it, nor anything that it is member of
--! fix: alter role {object} nobypassrls, or say bypass_rls = true in the policy file
select distinct '', '', r.rolname::text, 'a role with grants in these schemas bypasses row-level security', ''
from g join pg_roles as r on r.oid = g.grantee where r.rolbypassrls
