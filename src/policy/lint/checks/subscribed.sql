--! level: warning
--! after: P57
--! why: what is subscribed to is written as the owner of the subscription, and its publisher decides for which tenant
--! fix: let a role that policies bind own the subscription {object}, or accept it with the reason
select '', '', s.subname::text, format('it writes as %I, whom policies do not bind', o.rolname), ''
from pg_subscription as s join pg_database as d on d.oid = s.subdbid and d.datname = current_database()
join pg_roles as o on o.oid = s.subowner and (o.rolsuper or o.rolbypassrls)
-- Its tables are not known before it has connected.
where not exists (select from pg_subscription_rel as r where r.srsubid = s.oid)
  or exists (select from pg_subscription_rel as r join t on t.oid = r.srrelid where r.srsubid = s.oid)
