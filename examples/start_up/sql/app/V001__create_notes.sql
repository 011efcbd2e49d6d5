create schema app;
comment on schema app is 'What the service keeps.';

create table app.notes (
  id bigint generated always as identity,
  body text not null,
  created_at timestamptz not null default now(),
  constraint notes_pkey primary key (id)
);
comment on table app.notes is 'One row a note.';
