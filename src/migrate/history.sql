create table if not exists {history} (
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
  unforced text[],
  constraint {pkey} primary key (version)
);
comment on table {history} is 'Migrations that are applied, one row each; the first four columns are refinery''s.';
comment on column {history}.version is 'The number in the file name.';
comment on column {history}.name is 'The words in the file name.';
comment on column {history}.applied_on is 'When, as RFC 3339 text, for refinery.';
comment on column {history}.checksum is 'refinery''s checksum of version, name and text.';
comment on column {history}.sha256 is 'SHA-256 of the text with LF line ends: what decides whether the file was changed.';
comment on column {history}.applied_at is 'When its transaction was about to commit, by the server''s clock.';
comment on column {history}.applied_by is 'The role that was connected.';
comment on column {history}.duration_ms is 'How long it ran on the server, in milliseconds.';
comment on column {history}.tool_version is 'The workroom that applied it.';
comment on column {history}.sql_text is 'The text that ran, so that a later change of the file can be shown.';
comment on column {history}.unforced is 'Tables whose row-level security was not forced upon their owner while it ran, because it was that owner who ran it.';

create table if not exists workroom.steps (
  system text not null,
  version int8 not null,
  step int4 not null,
  sha256 text not null,
  attempts int4 not null default 1,
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  unforced oid[],
  constraint steps_pkey primary key (system, version, step)
);
comment on table workroom.steps is 'Statements of migrations that run outside of a transaction, one row each, while their migration is under way.';
comment on column workroom.steps.step is 'Which statement of the file, counted from 1.';
comment on column workroom.steps.sha256 is 'SHA-256 of the statement.';
comment on column workroom.steps.finished_at is 'When it was done; null while it runs, and after a crash in the middle of it.';
comment on column workroom.steps.unforced is 'Tables whose row-level security is not forced upon their owner while it runs; the next run puts that back.';
