--! level: error
--! after: P33, splinter 0028
--! why: new functions can be called by everybody, and this one runs with its owner's rights
--! fix: revoke execute on function {object} from public
select fn.schema, fn.name, fn.title, 'everybody may call a security definer function', ''
from fn join callers on callers.fn = fn.oid and callers.name = 'PUBLIC' where fn.is_definer and not fn.is_trigger
