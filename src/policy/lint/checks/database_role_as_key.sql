--! level: warning
--! after: P54
--! why: behind a pool every session has the same database role: the rows of all are the rows of each
--! fix: take the user from the session's context
select p.schema, p.relation, p.object, 'rows are told apart by the database role', p.text
from p where p.text ~ '(= \(?\(?(CURRENT_USER|SESSION_USER)|(CURRENT_USER|SESSION_USER)\)?(::text)?\)? =)'
  and p.text ~* ('(' || (select string_agg(a.attname, '|') from pg_attribute as a where a.attrelid = p.rel and a.attnum > 0 and not a.attisdropped) || ')\)?(::text)? = ')
