--! level: warning
--! after: P05
--! why: before any set role it has the rights of all of them at once, and so has whoever forgets it
--! fix: let {object} inherit nothing: grant the roles with inherit false (before Postgres 16: alter role … noinherit), and set local role in each transaction
select '', '', r.rolname::text, format('the login inherits %s', string_agg(distinct format('%I', target.rolname), ', ')), ''
from given join pg_roles as r on r.rolcanlogin and not r.rolsuper and not r.rolcreaterole
join pg_auth_members as m on m.member = r.oid and coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, r.rolinherit)
join pg_roles as target on target.oid = m.roleid and target.rolname = any (given.roles) and target.oid not in (select oid from trusted)
join pg_database as d on d.datname = current_database()
where r.oid not in (select oid from trusted) and r.oid <> d.datdba
group by r.rolname having count(distinct target.oid) > 1
