--! level: warning
--! after: P38
--! why: a rule's statements run with the rights of the table's owner
--! fix: write a trigger instead of a rule
select rel.schema, rel.name, rel.title, format('the rule %I rewrites what is written to it', w.rulename), ''
from rel join pg_rewrite as w on w.ev_class = rel.oid and w.ev_type <> '1'
