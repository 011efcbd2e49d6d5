do $workroom$
begin
  -- `if not exists` asks for the right to create one even where there is one.
  if pg_catalog.to_regnamespace('workroom') is null then
    create schema workroom;
  end if;
end
$workroom$;

create table if not exists workroom.policies (
  system text not null,
  inputs text not null,
  schemas oid[] not null,
  relations oid[] not null,
  routines oid[] not null,
  roles oid[] not null,
  stamp numeric,
  attributes jsonb,
  applied_at timestamptz not null default clock_timestamp(),
  applied_by text not null default session_user,
  by_hand jsonb,
  looked_at timestamptz,
  constraint policies_pkey primary key (system)
);
comment on table workroom.policies is 'Grants and policies as they were last applied, one row a system.';
comment on column workroom.policies.inputs is 'SHA-256 over the policy file, its templates and what they are checked against.';
comment on column workroom.policies.stamp is 'Sum over the versions of the catalog rows that grants and policies consist of; another sum means that something was changed since.';
comment on column workroom.policies.attributes is 'Owners, options and memberships as they were left: what `policy drift` compares with.';
comment on column workroom.policies.by_hand is 'What was not as it was left when the last deployment began: what it was left as, and what it was found as.';
comment on column workroom.policies.looked_at is 'When that was looked for; before applied_at when policies were applied since.';
