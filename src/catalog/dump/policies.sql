select 'pg_catalog.pg_policy'::pg_catalog.regclass::pg_catalog.oid as class, policy.oid, 150 as place,
  pg_catalog.format('%s.%I', relation.name, policy.polname) as label,
  pg_catalog.concat(
    pg_catalog.format('create policy %I on %s', policy.polname, relation.name), case when not policy.polpermissive then ' as restrictive' end,
    ' for ', case policy.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
    ' to ', (
      select pg_catalog.string_agg(coalesce(pg_catalog.quote_ident(role.rolname), 'public'), ', ' order by role.rolname)
      from pg_catalog.unnest(policy.polroles) as given (oid) left join pg_catalog.pg_roles as role on role.oid = given.oid
    ),
    E'\n  using (' || pg_catalog.pg_get_expr(policy.polqual, policy.polrelid) || ')',
    E'\n  with check (' || pg_catalog.pg_get_expr(policy.polwithcheck, policy.polrelid) || ')', ';'
  ) as statement
from relations as relation join pg_catalog.pg_policy as policy on policy.polrelid = relation.oid
union all
select 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, found.oid, 160, pg_catalog.format('%s.%I', relation.name, found.stxname),
  pg_catalog.concat(pg_catalog.pg_get_statisticsobjdef(found.oid), ';')
from relations as relation join pg_catalog.pg_statistic_ext as found on found.stxrelid = relation.oid
