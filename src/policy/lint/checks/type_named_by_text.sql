--! level: warning
--! after: P34, own measurement
--! why: the text is looked up at each call, with the search_path of that moment, even where the body is SQL-standard: a domain in pg_temp answers for it
--! fix: write the type's full name: 'pg_catalog.jsonb'
select fn.schema, fn.name, fn.title, 'a type is named by a text without its schema', md5(fn.body)
from fn where (fn.path is null or fn.path !~ '^"?pg_catalog"?, "?pg_temp"?$')
  and (fn.body ~ 'pg_input_(is_valid|error_info)\([^;]*, *''[a-z_0-9 ]+''' or fn.body ~ '(to_regtype|to_regclass|to_regproc)\( *''[a-z_0-9 ]+''')
