-- What happens by itself: on an event, if conditions hold, actions run, and each run is kept.
create function needthisdone.is_flow(canvas jsonb) returns boolean
language sql immutable
return case
  when jsonb_typeof(canvas -> 'nodes') = 'array' and jsonb_typeof(canvas -> 'edges') = 'array'
  -- Each node once, and every edge between nodes that are there.
  then jsonb_array_length(canvas -> 'nodes') = (
      select count(distinct node ->> 'id')
      from jsonb_path_query(
        canvas,
        'strict $.nodes[*] ? (@."id".type() == "string" && @."type".type() == "string" && @."data".type() == "object")'
      ) as node
    )
    and jsonb_array_length(canvas -> 'edges') = (
      select count(*)
      from jsonb_path_query(
        canvas,
        'strict $.edges[*] ? (@."source".type() == "string" && @."target".type() == "string")'
      ) as edge
      where jsonb_path_exists(canvas, '$.nodes[*] ? (@."id" == $"end")', jsonb_build_object('end', edge ->> 'source'))
        and jsonb_path_exists(canvas, '$.nodes[*] ? (@."id" == $"end")', jsonb_build_object('end', edge ->> 'target'))
    )
  else false
end;
comment on function needthisdone.is_flow(jsonb) is
  'Whether a document is what React Flow keeps: nodes with id, type and data, and edges between them.';

create table needthisdone.workflows (
  id uuid not null default gen_random_uuid(),
  name text not null,
  description text,
  canvas jsonb not null default '{"nodes": [], "edges": []}',
  is_active boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint workflows_pkey primary key (id),
  constraint workflows_name_key unique (name),
  constraint workflows_name_check check (name <> ''),
  constraint workflows_canvas_check check (needthisdone.is_flow(canvas)),
  constraint workflows_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index workflows_created_by_idx on needthisdone.workflows (created_by);

comment on table needthisdone.workflows is 'A workflow, as drawn in React Flow.';
comment on column needthisdone.workflows.canvas is 'Nodes and edges of React Flow.';
comment on column needthisdone.workflows.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.workflows.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger workflows_stamp before insert or update on needthisdone.workflows
  for each row execute function needthisdone.update_updated_at_column();

create table needthisdone.workflow_triggers (
  id uuid not null default gen_random_uuid(),
  workflow_id uuid not null,
  event text not null,
  config jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint workflow_triggers_pkey primary key (id),
  constraint workflow_triggers_workflow_id_fkey foreign key (workflow_id) references needthisdone.workflows (id) on delete cascade,
  constraint workflow_triggers_event_check check (event in ('order_created', 'order_completed', 'order_canceled', 'review_created', 'product_restocked', 'customer_created', 'quote_accepted')),
  constraint workflow_triggers_config_check check (jsonb_typeof(config) = 'object'),
  constraint workflow_triggers_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index workflow_triggers_workflow_id_event_idx on needthisdone.workflow_triggers (workflow_id, event);
create index workflow_triggers_event_idx on needthisdone.workflow_triggers (event);
create index workflow_triggers_created_by_idx on needthisdone.workflow_triggers (created_by);

comment on table needthisdone.workflow_triggers is 'An event that starts a workflow.';
comment on column needthisdone.workflow_triggers.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.workflow_triggers.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger workflow_triggers_stamp before insert or update on needthisdone.workflow_triggers
  for each row execute function needthisdone.update_updated_at_column();

create table needthisdone.workflow_conditions (
  id uuid not null default gen_random_uuid(),
  workflow_id uuid not null,
  field text not null,
  operator text not null,
  operands jsonb not null default '[]',
  position integer not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint workflow_conditions_pkey primary key (id),
  constraint workflow_conditions_workflow_id_fkey foreign key (workflow_id) references needthisdone.workflows (id) on delete cascade,
  constraint workflow_conditions_workflow_id_position_key unique (workflow_id, position),
  constraint workflow_conditions_field_check check (field ~ '^[a-z_]+(\.[a-z_]+)*$'),
  constraint workflow_conditions_operator_check check (operator in ('equals', 'differs', 'greater', 'less', 'one_of')),
  constraint workflow_conditions_operands_check check (jsonb_typeof(operands) = 'array'),
  constraint workflow_conditions_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index workflow_conditions_created_by_idx on needthisdone.workflow_conditions (created_by);

comment on table needthisdone.workflow_conditions is 'What must hold for a workflow to go on; all of them.';
comment on column needthisdone.workflow_conditions.field is 'A path into the event: order.total.';
comment on column needthisdone.workflow_conditions.operands is
  'What the field is compared with: one value, or the list that must contain it.';
comment on column needthisdone.workflow_conditions.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.workflow_conditions.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger workflow_conditions_stamp before insert or update on needthisdone.workflow_conditions
  for each row execute function needthisdone.update_updated_at_column();

create table needthisdone.workflow_actions (
  id uuid not null default gen_random_uuid(),
  workflow_id uuid not null,
  kind text not null,
  config jsonb not null default '{}',
  position integer not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint workflow_actions_pkey primary key (id),
  constraint workflow_actions_workflow_id_fkey foreign key (workflow_id) references needthisdone.workflows (id) on delete cascade,
  constraint workflow_actions_workflow_id_position_key unique (workflow_id, position),
  constraint workflow_actions_kind_check check (kind in ('send_email', 'add_points', 'notify_team', 'call_webhook', 'wait')),
  constraint workflow_actions_config_check check (jsonb_typeof(config) = 'object'),
  constraint workflow_actions_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index workflow_actions_created_by_idx on needthisdone.workflow_actions (created_by);

comment on table needthisdone.workflow_actions is 'What a workflow does, in turn.';
comment on column needthisdone.workflow_actions.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.workflow_actions.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger workflow_actions_stamp before insert or update on needthisdone.workflow_actions
  for each row execute function needthisdone.update_updated_at_column();

create table needthisdone.workflow_executions (
  id uuid not null default gen_random_uuid(),
  workflow_id uuid not null,
  trigger_id uuid,
  status text not null default 'running',
  is_test boolean not null default false,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  event jsonb not null default '{}',
  log jsonb not null default '[]',
  error text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint workflow_executions_pkey primary key (id),
  constraint workflow_executions_workflow_id_fkey foreign key (workflow_id) references needthisdone.workflows (id) on delete cascade,
  constraint workflow_executions_trigger_id_fkey foreign key (trigger_id) references needthisdone.workflow_triggers (id) on delete set null,
  constraint workflow_executions_status_check check (status in ('running', 'succeeded', 'failed', 'skipped')),
  constraint workflow_executions_finished_at_check check ((status = 'running') = (finished_at is null) and finished_at >= started_at),
  constraint workflow_executions_error_check check ((status = 'failed') = (error is not null)),
  constraint workflow_executions_event_check check (jsonb_typeof(event) = 'object'),
  constraint workflow_executions_log_check check (jsonb_typeof(log) = 'array'),
  constraint workflow_executions_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index workflow_executions_workflow_id_started_at_idx on needthisdone.workflow_executions (workflow_id, started_at desc);
create index workflow_executions_trigger_id_idx on needthisdone.workflow_executions (trigger_id);
create index workflow_executions_running_idx on needthisdone.workflow_executions (started_at) where status = 'running';
create index workflow_executions_created_by_idx on needthisdone.workflow_executions (created_by);

comment on table needthisdone.workflow_executions is 'A run of a workflow, for real or as a test.';
comment on column needthisdone.workflow_executions.event is 'What set it off.';
comment on column needthisdone.workflow_executions.log is 'What each step did.';
comment on column needthisdone.workflow_executions.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.workflow_executions.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger workflow_executions_stamp before insert or update on needthisdone.workflow_executions
  for each row execute function needthisdone.update_updated_at_column();
