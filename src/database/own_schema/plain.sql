-- Whether the schema and those tables that are there are as workroom makes them, by their own catalog rows alone: null
-- where the schema is missing. Whatever is not plain is looked at closely (`strangers.sql`).
select pg_catalog.bool_and(own.is_plain and (
  pg_catalog.pg_get_userbyid(own.owner) in (current_user, session_user)
  or pg_catalog.current_setting('is_superuser') = 'off' and pg_catalog.pg_has_role(own.owner, 'member')
))
from (
  select schema.nspowner as owner, not exists (
    select from pg_catalog.aclexplode(schema.nspacl) as given
    where given.grantee <> schema.nspowner and given.privilege_type = 'CREATE'
  ) as is_plain
  from pg_catalog.pg_namespace as schema where schema.nspname = 'workroom'
  union all
  select relation.relowner, relation.relkind = 'r' and relation.relnatts = expected.columns
    and not (relation.relrowsecurity or relation.relforcerowsecurity or relation.relhasrules or relation.relhastriggers)
    and not exists (
      select from pg_catalog.aclexplode(relation.relacl) as given
      where given.grantee <> relation.relowner and given.privilege_type <> 'SELECT'
    )
  from (values {tables}) as expected (id, columns)
  join pg_catalog.pg_class as relation on relation.oid = expected.id
) as own;
