-- A record of what happened: uploads, payments, and every change to who may do what. Logins and the like are added by
-- the back end, which sees them.
create table sage.audit_log (
  id uuid not null default gen_random_uuid(),
  user_id uuid,
  action text not null,
  resource_type text not null,
  resource_id uuid,
  details jsonb not null default '{}',
  ip_address text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint audit_log_pkey primary key (id),
  constraint audit_log_user_id_fkey foreign key (user_id) references sage.users (id),
  constraint audit_log_action_check check (action <> ''),
  constraint audit_log_details_check check (jsonb_typeof(details) = 'object')
);
create index audit_log_user_id_created_at_idx on sage.audit_log (user_id, created_at desc);
create index audit_log_resource_type_resource_id_created_at_idx
  on sage.audit_log (resource_type, resource_id, created_at desc);
create index audit_log_created_at_idx on sage.audit_log (created_at desc);

comment on table sage.audit_log is
  'System activity. Append-only: no policy lets anybody but the back end write it, nobody may change it.';
comment on column sage.audit_log.user_id is 'Who acted; null for the back end itself.';
comment on column sage.audit_log.action is 'Such as "login", "upload" or "payment".';
comment on column sage.audit_log.resource_id is 'Id of what it was done to. No foreign key: the record outlives it.';

create trigger audit_log_stamp before insert or update on sage.audit_log
  for each row execute function sage.update_updated_at_column();

-- Security definer: pg_temp stands last in its search path, because left out it would come first, and a caller's
-- temporary type named "text" or "jsonb" would run the caller's code with this function's rights.
create function sage.record_activity() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  subject jsonb := case tg_op when 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
  fields constant text[] := tg_argv[2:tg_nargs - 1];
  before jsonb := '{}';
  after jsonb := '{}';
begin
  select jsonb_object_agg(field, to_jsonb(old) -> field)
  into before
  from unnest(fields) as field
  where tg_op <> 'INSERT';
  select jsonb_object_agg(field, to_jsonb(new) -> field)
  into after
  from unnest(fields) as field
  where tg_op <> 'DELETE';
  if before = after then
    return null;
  end if;
  insert into sage.audit_log (user_id, action, resource_type, resource_id, details)
  values (
    -- Not everybody who can sign in need be listed here.
    (select person.id from sage.users as person where person.id = auth.uid()),
    tg_argv[0], tg_argv[1], (subject ->> 'id')::uuid,
    jsonb_strip_nulls(jsonb_build_object('operation', lower(tg_op), 'before', before, 'after', after))
  );
  return null;
end
$$;
comment on function sage.record_activity() is
  'Trigger, after each row: writes the audit log. Arguments: the action, the resource''s type, and the columns whose '
  'change is worth a record. Security definer, because nobody may write the log directly.';

create trigger users_audit after insert or update or delete on sage.users
  for each row execute function sage.record_activity('access', 'user', 'user_type', 'tier');
create trigger projects_audit after insert or update or delete on sage.projects
  for each row execute function sage.record_activity('project', 'project', 'client_id', 'tier', 'status', 'payment_status');
create trigger payments_audit after insert or update or delete on sage.payments
  for each row execute function sage.record_activity('payment', 'payment', 'status', 'amount', 'currency');
create trigger deliverables_audit after insert or delete on sage.deliverables
  for each row execute function sage.record_activity('upload', 'deliverable', 'name', 'file_path');
