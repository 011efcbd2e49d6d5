-- Versions are for `extensions` of workroom.toml: every server has its own.
select own.nspname as schema, pg_catalog.concat('extension ', pg_catalog.quote_ident(made.extname)) as object, null as part,
  pg_catalog.quote_ident(own.nspname) as "schema of its objects"
from own join pg_catalog.pg_extension as made on made.extnamespace = own.oid
