create index notes_created_at_idx on app.notes (created_at);
