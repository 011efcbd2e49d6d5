--! level: error
--! after: none
--! why: nothing was looked at, so nothing is known
--! fix: workroom db migrate, or name the database that is meant
select '', '', (select string_agg(s, ', ') from given, unnest(given.schemas) as s), 'nothing to check: the database has no table and no function there', ''
where not exists (select from rel) and not exists (select from fn)
