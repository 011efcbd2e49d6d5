--! level: error
--! after: P14
--! why: an explicit with check (true) takes the place of using for new rows: rows of other tenants can be inserted
--! fix: drop the with check clause, or repeat the condition of using in it
select p.schema, p.relation, p.object, 'a restrictive policy restricts nothing: ' || case when p.qual = 'true' then 'using (true)' else 'with check (true)' end, p.text
from p where not p.permissive and (p.checked = 'true' or p.qual = 'true')
