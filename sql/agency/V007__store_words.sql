-- Under policies no index on words can be used, since Postgres does not let `@@` look at a row before they do: it is asked
-- of every work of the tenant. Made each time, the words of a work take a hundred times as long as all else; so they are kept.
-- workroom: allow add-column-rewrites because 8,000 works are written anew in three seconds, and a load rests the triggers that could fill it
alter table agency.artifacts add column words tsvector generated always as (
  setweight(to_tsvector('pg_catalog.english'::regconfig, title), 'A')
    || setweight(to_tsvector('pg_catalog.english'::regconfig, content), 'B')
) stored;
comment on column agency.artifacts.words is 'The words of title and text, for search_artifacts().';

-- What is derived from the text is not copied into the log, as the text is not.
create or replace trigger artifacts_audit after insert or update or delete on agency.artifacts
  for each row execute function agency.record_audit_event('artifacts', 'content', 'content_preview', 'words');
