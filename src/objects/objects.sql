create schema if not exists workroom;

create table if not exists workroom.objects (
  system text not null,
  name text not null,
  kind text not null,
  sha256 text not null,
  applied_at timestamptz not null default clock_timestamp(),
  applied_by text not null default session_user,
  constraint objects_pkey primary key (system, name)
);
comment on table workroom.objects is 'Repeatable objects as they were last applied, one row each.';
comment on column workroom.objects.name is 'Schema-qualified, quoted where it must be.';
comment on column workroom.objects.sha256 is 'SHA-256 of the file''s text with LF line ends.';
