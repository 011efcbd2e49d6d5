-- Pins what the deparsed text of an expression depends on, so that the same object always reads the same.
-- Everything is local to the transaction: the implicit one of this batch, or the caller's, where
-- restore.sql puts the values back.
select pg_catalog.set_config('workroom.saved_' || s.name, pg_catalog.current_setting(s.name), true)
from (values
  ('search_path'), ('timezone'), ('datestyle'), ('intervalstyle'), ('extra_float_digits'),
  ('bytea_output'), ('quote_all_identifiers'), ('jit')
) as s (name);

select pg_catalog.set_config(s.name, s.value, true)
from (values
  ('search_path', ''), ('timezone', 'UTC'), ('datestyle', 'ISO, MDY'), ('intervalstyle', 'postgres'),
  ('extra_float_digits', '1'), ('bytea_output', 'hex'), ('quote_all_identifiers', 'off'), ('jit', 'off')
) as s (name, value);
