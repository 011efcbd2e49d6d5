-- A repeatable object: edit this file, run `workroom db migrate`, and the view is replaced.
create or replace view app.recent_notes with (security_invoker = true) as
select n.id, n.author, n.body, n.created_at
from app.notes as n
where n.created_at > now() - interval '7 days';

comment on view app.recent_notes is 'Notes of the last seven days.';
