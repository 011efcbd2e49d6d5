--! level: error
--! after: P53
--! why: a session without a context gets that of somebody
--! fix: return null when the setting is missing or empty
select fn.schema, fn.name, fn.title, 'a context function falls back to a constant', md5(fn.body)
from fn where not fn.is_trigger and fn.body ~* 'coalesce\((nullif\()?current_setting\(''[^'']*''(::text)?, true\)(, ''''(::text)?\))?, *\(?(''[^'']+''|[0-9]+)'
