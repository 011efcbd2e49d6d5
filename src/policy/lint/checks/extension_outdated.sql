--! level: note
--! after: splinter 0022
--! why: what newer versions of an extension mend, security included, is installed on the server and not in use
--! fix: alter extension {object} update
select '', '', e.extname::text, format('version %s is installed, the server has %s', e.extversion, a.default_version), e.extversion
from given join pg_extension as e on true
join pg_available_extensions as a on a.name = e.extname and a.default_version <> e.extversion
