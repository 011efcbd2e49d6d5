select relation.nspname as schema, relation.title as object, pg_catalog.format('policy %I', policy.polname) as part,
  case policy.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end as "for",
  case when not policy.polpermissive then 'restrictive' end as "as",
  (
    select pg_catalog.string_agg(coalesce(who.name, given.role::text), ', ' order by who.name collate "C")
    from pg_catalog.unnest(policy.polroles) as given (role) left join who on who.oid = given.role
  ) as "to",
  pg_catalog.pg_get_expr(policy.polqual, policy.polrelid) as "using",
  pg_catalog.pg_get_expr(policy.polwithcheck, policy.polrelid) as "with check",
  note.description as "comment"
from relations as relation
join pg_catalog.pg_policy as policy on policy.polrelid = relation.oid
left join pg_catalog.pg_description as note
  on note.objoid = policy.oid and note.classoid = 'pg_catalog.pg_policy'::pg_catalog.regclass and note.objsubid = 0
