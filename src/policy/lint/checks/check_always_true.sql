--! level: error
--! after: P14
--! why: with check (true) lets a row be changed into one of somebody else
--! fix: drop the with check clause, so that using holds for the new row, too
select p.schema, p.relation, p.object, 'with check (true) beside a condition in using: rows can be moved to others', p.text
from p where p.permissive and p.binds and not p.managed and p.checked = 'true' and p.qual is not null and p.qual <> 'true'
