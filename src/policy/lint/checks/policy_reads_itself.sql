--! level: error
--! after: P39
--! why: a policy that reads its own table fails with infinite recursion, or, through a definer function under force, with a stack overflow
--! fix: ask a security definer function of a role with a policy of its own
select p.schema, p.relation, p.object, 'the policy reads its own table', p.text
from p where p.text ~ ('\mFROM \(*' || replace(p.title, '.', '\.') || '\M')
