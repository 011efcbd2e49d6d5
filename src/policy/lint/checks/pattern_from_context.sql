--! level: error
--! after: P19
--! why: a context of % matches every row
--! fix: compare with =, with lower() on both sides if need be
select p.schema, p.relation, p.object, 'a pattern is taken from the session', p.text
from p where regexp_replace(p.text, '''([^'']|'''')*''', '''''', 'g') ~ '(~~\*?|~\*?) [^;]*current_setting'
