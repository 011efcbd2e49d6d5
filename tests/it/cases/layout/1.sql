-- Layout 1 of workroom's own tables, as version 0.1.0 made them before layouts had numbers.
create schema if not exists workroom;
comment on schema workroom is 'What workroom has deployed to this database. Kept by workroom; read freely, do not edit.';
revoke all on schema workroom from public;

create table if not exists workroom.history_shop (
  version int8 not null,
  name varchar(255) not null,
  applied_on varchar(255) not null,
  checksum varchar(255) not null,
  sha256 text not null,
  applied_at timestamptz not null default clock_timestamp(),
  applied_by text not null default session_user,
  duration_ms numeric(12, 3) not null,
  tool_version text not null,
  sql_text text not null,
  constraint history_shop_pkey primary key (version)
);
comment on table workroom.history_shop is 'Migrations that are applied, one row each; the first four columns are refinery''s.';
comment on column workroom.history_shop.version is 'The number in the file name.';
comment on column workroom.history_shop.name is 'The words in the file name.';
comment on column workroom.history_shop.applied_on is 'When, as RFC 3339 text, for refinery.';
comment on column workroom.history_shop.checksum is 'refinery''s checksum of version, name and text.';
comment on column workroom.history_shop.sha256 is 'SHA-256 of the text with LF line ends: what decides whether the file was changed.';
comment on column workroom.history_shop.applied_at is 'When its transaction was about to commit, by the server''s clock.';
comment on column workroom.history_shop.applied_by is 'The role that was connected.';
comment on column workroom.history_shop.duration_ms is 'How long it ran on the server, in milliseconds.';
comment on column workroom.history_shop.tool_version is 'The workroom that applied it.';
comment on column workroom.history_shop.sql_text is 'The text that ran, so that a later change of the file can be shown.';

create table if not exists workroom.steps (
  system text not null,
  version int8 not null,
  step int4 not null,
  sha256 text not null,
  attempts int4 not null default 1,
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  constraint steps_pkey primary key (system, version, step)
);
comment on table workroom.steps is 'Statements of migrations that run outside of a transaction, one row each, while their migration is under way.';
comment on column workroom.steps.step is 'Which statement of the file, counted from 1.';
comment on column workroom.steps.sha256 is 'SHA-256 of the statement.';
comment on column workroom.steps.finished_at is 'When it was done; null while it runs, and after a crash in the middle of it.';

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
  applied_at timestamptz not null default clock_timestamp(),
  applied_by text not null default session_user,
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
comment on column workroom.objects.restore is 'Owner, grants and the like as SQL, while a migration had to drop the object and its file waits for later migrations.';

create table if not exists workroom.policies (
  system text not null,
  inputs text not null,
  schemas oid[] not null,
  relations oid[] not null,
  routines oid[] not null,
  roles oid[] not null,
  stamp numeric,
  applied_at timestamptz not null default clock_timestamp(),
  applied_by text not null default session_user,
  constraint policies_pkey primary key (system)
);
comment on table workroom.policies is 'Grants and policies as they were last applied, one row a system.';
comment on column workroom.policies.inputs is 'SHA-256 over the policy file, its templates and what they are checked against.';
comment on column workroom.policies.stamp is 'Sum over the versions of the catalog rows that grants and policies consist of; another sum means that something was changed since.';

