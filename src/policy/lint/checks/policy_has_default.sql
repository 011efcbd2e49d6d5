--! level: error
--! after: P53
--! why: a session without a context gets that of somebody
--! fix: let a missing context compare as null, which denies
select p.schema, p.relation, p.object, 'the condition falls back to a constant where the context is missing', p.text
from p
where p.text ~* 'coalesce\(.*(current_setting|current_tenant|auth\.)[^;]*, *\(?(''[^'']+''|-?[0-9]+)(::[a-z ]+)?\)'
