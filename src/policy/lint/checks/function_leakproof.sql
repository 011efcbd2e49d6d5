--! level: warning
--! after: §3.3
--! why: a function that is declared leakproof is run on rows before policies filter them
--! fix: alter function {object} not leakproof
select fn.schema, fn.name, fn.title, 'the function is declared leakproof', '' from fn where fn.is_leakproof
