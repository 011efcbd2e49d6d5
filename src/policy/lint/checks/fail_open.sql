--! level: error
--! after: P16
--! why: a session without a context sees every row
--! fix: let a missing context compare as null, which denies
select p.schema, p.relation, p.object, 'the condition holds when the context is missing', p.text
from p where (p.text ~* '(current_setting|current_tenant\w*|current_user\w*|auth\.\w+|jwt)[^;]{0,120}\) IS NULL(?!\)* AND)' and p.text ~ '\mOR\M' and p.permissive)
  or (p.text ~* '(current_setting|current_tenant\w*|auth\.\w+|jwt)[^;]{0,120}\) IS NULL(?!\)* AND)' and p.text ~ '\mOR\M' and not p.permissive)
  or p.text ~* 'IS NOT DISTINCT FROM [^;]*(current_setting|current_tenant)'
  or exists (
    select from pg_attribute as a where a.attrelid = p.rel and a.attnum > 0 and not a.attisdropped
      and p.text ~* ('COALESCE\(.*(current_setting|current_tenant|auth\.).*, \(?' || a.attname || '\M')
  )
