--! level: warning
--! after: P61
--! why: a volatile function is called for every row and hides what it reads from the planner
--! fix: declare it stable
select distinct p.schema, p.relation, p.object, format('the policy calls %s, which is volatile', c.title), p.text
from p join policy_calls as c on c.policy = p.oid and c.volatility = 'v'
