--! level: warning
--! after: P28
--! why: who may make members of a role decides who sees what it sees
--! fix: revoke admin option for {object} from the roles named
select '', '', r.rolname::text, format('%s may make others a member', string_agg(distinct format('%I', holder.rolname), ', ')), ''
from given join pg_roles as r on r.rolname = any (given.roles)
join pg_auth_members as m on m.roleid = r.oid and m.admin_option
join pg_database as d on d.datname = current_database()
join pg_roles as holder on holder.oid = m.member and not holder.rolsuper and not holder.rolcreaterole
where holder.oid <> d.datdba and holder.oid not in (select oid from trusted)
group by r.rolname
