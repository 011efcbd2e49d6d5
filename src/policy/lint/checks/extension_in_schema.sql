--! level: note
--! after: splinter 0014
--! why: whoever may use the schema may call every function of the extension, and no policy file closes them
--! fix: alter extension {object} set schema to one of its own, such as extensions
select own.schema, '', e.extname::text, format('the extension lives in the schema %I, among what clients use', own.schema), ''
from own join pg_extension as e on e.extnamespace = own.oid
