--! level: warning
--! after: P35
--! why: a trigger function that is no security definer writes with the rights of whoever fires it: the write fails, although policies and grants of the table let it
--! fix: grant what it needs, or make the function security definer, owned by a role with only these rights
with fired as (
  select t.schema, t.name, t.title, g.tgname, g.tgtype, r.oid as fn,
    regexp_replace(regexp_replace(r.prosrc, '--[^\n]*', '', 'g'), '/\*.*?\*/', '', 'g') as body
  from t join pg_trigger as g on g.tgrelid = t.oid and not g.tgisinternal and g.tgenabled <> 'D'
  join pg_proc as r on r.oid = g.tgfoid and not r.prosecdef
  join pg_language as l on l.oid = r.prolang and l.lanname = 'plpgsql'
),
-- Names with a schema: of others the path decides.
writes as (
  select fired.*, upper(split_part(m.found[1], ' ', 1)) as privilege, to_regclass(m.found[2])::oid as target
  from fired cross join lateral regexp_matches(
    regexp_replace(fired.body, '\s+', ' ', 'g'), '\m(insert into|update|delete from) (?:only )?([a-z_][a-z0-9_$]*\.[a-z_][a-z0-9_$]*)', 'gi') as m (found)
),
refused as (
  select distinct writes.schema, writes.name, writes.title, writes.tgname, writes.privilege, writes.target, r.rolname
  from writes join t on t.title = writes.title
  join clients on true join pg_roles as r on r.oid = clients.oid
  where writes.target is not null and not (r.rolsuper or r.rolbypassrls)
    and (writes.tgtype & 4 <> 0 and has_any_column_privilege(r.oid, t.oid, 'insert')
      or writes.tgtype & 8 <> 0 and has_table_privilege(r.oid, t.oid, 'delete')
      or writes.tgtype & 16 <> 0 and has_any_column_privilege(r.oid, t.oid, 'update'))
    and not case writes.privilege
      when 'DELETE' then has_table_privilege(r.oid, writes.target, 'delete')
      else has_any_column_privilege(r.oid, writes.target, writes.privilege)
    end
)
select refused.schema, refused.name, format('%I on %s', refused.tgname, refused.title),
  format('the trigger writes to %s (%s), which %s may not', refused.target::regclass, lower(refused.privilege), string_agg(format('%I', refused.rolname), ', ' order by refused.rolname)), ''
from refused group by refused.schema, refused.name, refused.tgname, refused.title, refused.target, refused.privilege
