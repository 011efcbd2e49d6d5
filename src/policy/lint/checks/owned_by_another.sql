--! level: warning
--! after: P35
--! why: who owns a view or a function can put another in its place, which then runs with the rights of whoever uses it
--! fix: give {object} to the owner of its schema
select found.schema, found.name, found.title, format('%s owns it, and neither the schema nor the database', role_names.name), ''
from (
  select rel.schema, rel.name, rel.title, rel.owner from rel where rel.kind in ('v', 'm')
  -- A definer is given to a role that has only the rights it needs.
  union all select fn.schema, fn.name, fn.title, fn.owner from fn where not fn.is_definer
) as found
join own on own.schema = found.schema
join pg_database as d on d.datname = current_database()
join role_names on role_names.oid = found.owner
where found.owner not in (select oid from trusted) and role_names.name <> session_user
  -- Who is a member of these owners has their rights anyway.
  and not pg_has_role(found.owner, own.nspowner, 'member') and not pg_has_role(found.owner, d.datdba, 'member')
