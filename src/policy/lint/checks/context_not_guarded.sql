--! level: warning
--! after: P51
--! why: current_setting with one argument fails where the setting was never set, and after a transaction the setting is empty text, not null: a cast of it fails every query
--! fix: nullif(current_setting('…', true), '')::uuid, in one function
select p.schema, p.relation, p.object, case when p.text ~ 'current_setting\(''[^'']*''::text\)' then 'current_setting is called without "missing is null"' else 'an empty setting is cast as it is' end, p.text
from p where p.text ~ 'current_setting\(''[^'']*''::text\)' or p.text ~ '(?<!NULLIF)\(current_setting\(''[^'']*''::text, true\)\)::(uuid|bigint|integer|numeric|boolean)'
