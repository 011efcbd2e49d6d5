--! level: error
--! after: P17
--! why: "is there an administrator" is true for everybody as soon as there is one
--! fix: compare a column of the sub-select with the caller
select p.schema, p.relation, p.object, 'exists (…) asks for no caller and for no row', p.text
from p where p.permissive and p.text ~ 'EXISTS \( SELECT' and p.text !~* 'current_setting|current_user|session_user|auth\.'
  and p.text !~ ('\m' || p.relation || '\.') and not exists (select from policy_calls where policy_calls.policy = p.oid)
