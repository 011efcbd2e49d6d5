--! level: note
--! after: P06, splinter 0008
--! why: with row-level security on, a command without a permissive policy touches no rows: the grant promises what nobody gets
--! fix: write a permissive policy for the command, or revoke the grant
select t.schema, t.name, t.title, format('%s may %s and no permissive policy lets them: %s', string_agg(distinct wanted.grantee_name, ', '), lower(wanted.privilege), 'every row is denied'), ''
from t join (
  select distinct g.rel, g.grantee, g.grantee_name, g.privilege,
    case g.privilege when 'SELECT' then 'r' when 'INSERT' then 'a' when 'UPDATE' then 'w' else 'd' end as cmd
  from g where g.privilege in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
) as wanted on wanted.rel = t.oid
where t.rls and not exists (
  select from p where p.rel = t.oid and p.permissive and p.cmd in ('*', wanted.cmd::"char")
    and (p.roles = '{0}' or wanted.grantee = 0 or exists (
      select from reach where reach.role = wanted.grantee and reach.reached = any (p.roles)))
)
group by t.schema, t.name, t.title, wanted.privilege
