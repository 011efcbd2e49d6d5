-- The counterpart of session.sql, for a caller that goes on with its transaction.
select pg_catalog.set_config(s.name, pg_catalog.current_setting('workroom.saved_' || s.name), true)
from (values
  ('search_path'), ('timezone'), ('datestyle'), ('intervalstyle'), ('extra_float_digits'),
  ('bytea_output'), ('quote_all_identifiers'), ('jit')
) as s (name);
