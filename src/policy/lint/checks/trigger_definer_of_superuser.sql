--! level: warning
--! after: P35
--! why: a trigger runs as whoever writes, unless its function is security definer: then it runs as the owner and may write anywhere
--! fix: give the function to a role with only the rights it needs
select fn.schema, fn.name, fn.title, format('the trigger function runs as the superuser %I', fn.owner_name), ''
from fn join pg_roles as o on o.oid = fn.owner and o.rolsuper where fn.is_definer and fn.is_trigger
