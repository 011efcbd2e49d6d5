create table if not exists workroom.objects (
  system text not null,
  name text not null,
  kind text not null,
  schema_name text not null,
  object_name text not null,
  meaning text not null,
  ground text,
  checked_on text not null,
  restore text,
  signatures text[],
  applied_at timestamptz not null default clock_timestamp(),
  applied_by text not null default session_user,
  made text,
  constraint objects_pkey primary key (system, name)
);
comment on table workroom.objects is 'Repeatable objects as they were last applied, one row each.';
comment on column workroom.objects.name is 'Schema-qualified, quoted where it must be.';
comment on column workroom.objects.kind is 'view, function or procedure.';
comment on column workroom.objects.schema_name is 'Its schema, as in pg_namespace.';
comment on column workroom.objects.object_name is 'Its name in the schema, as in pg_class or pg_proc.';
comment on column workroom.objects.meaning is 'SHA-256 of the file''s tokens: comments and white space do not count.';
comment on column workroom.objects.ground is 'A value of the columns and functions that it stands on: when it moves, the object is applied again.';
comment on column workroom.objects.checked_on is 'When the ground was looked at, as RFC 3339 text.';
comment on column workroom.objects.signatures is 'Argument types of the functions that the file has made, one text each; null for views, and where nobody knows.';
comment on column workroom.objects.made is 'A value of what the server made of the file, and the database in which it counts: another value there means a change by hand.';
comment on column workroom.objects.restore is 'Owner, grants and the like as SQL, while a migration had to drop the object and its file waits for later migrations.';
