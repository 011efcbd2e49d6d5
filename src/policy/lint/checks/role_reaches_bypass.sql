--! level: error
--! after: P05
--! why: set role needs no more than the membership, also inside set local role
--! fix: revoke the membership; give service work a login of its own
select distinct '', '', r.rolname::text, format('can become %s, which %s', string_agg(distinct format('%I', target.rolname), ', '), 'is a superuser or bypasses row-level security'), ''
from pg_roles as r join reach on reach.role = r.oid and reach.reached <> r.oid
join pg_roles as target on target.oid = reach.reached and (target.rolsuper or target.rolbypassrls)
where not r.rolsuper and not r.rolbypassrls and (
  r.oid in (select grantee from g)
  or exists (select from reach as other join g on g.grantee = other.reached where other.role = r.oid))
group by r.rolname
union all
select '', '', r.rolname::text, format('is a member of %s, whose rights are beyond policies', string_agg(distinct target.rolname::text, ', ')), ''
from pg_roles as r join reach on reach.role = r.oid
join pg_roles as target on target.oid = reach.reached and target.rolname in ('pg_read_all_data', 'pg_write_all_data', 'pg_maintain',
  'pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files', 'pg_create_subscription', 'pg_signal_backend')
where not r.rolsuper and not r.rolbypassrls and r.oid in (select oid from clients) and r.rolname not like 'pg\_%'
group by r.rolname
