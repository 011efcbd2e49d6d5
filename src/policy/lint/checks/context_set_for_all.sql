--! level: error
--! after: P53
--! why: a session that sets nothing acts as the tenant or role that the setting names
--! fix: alter database … reset, or alter role … reset, of the setting named
select '', '', found.place, format('a session that sets nothing has %s', string_agg(found.name, ', ')), ''
from (
  select concat_ws(' in ', case s.setrole when 0 then 'every role' else 'role ' || pg_get_userbyid(s.setrole) end,
    case s.setdatabase when 0 then 'every database' else 'this database' end) as place, c.name
  from pg_db_role_setting as s cross join lateral unnest(s.setconfig) as e,
    given cross join lateral unnest(given.context) as c (name)
  where s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
    and lower(split_part(e, '=', 1)) = lower(c.name) and s.setrole not in (select oid from pg_roles where rolsuper)
  union
  select 'this session', c.name from given cross join lateral unnest(given.context) as c (name)
  where nullif(current_setting(c.name, true), '') is not null
    and not exists (select from pg_db_role_setting as s cross join lateral unnest(s.setconfig) as e where lower(split_part(e, '=', 1)) = lower(c.name))
) as found group by found.place
