-- Two tenants alike, "north" and "south": whatever one has, the other has too, so that a leak always shows.
-- Written by the superuser with triggers on, as a load without a signed-in user would.
create function id_of(name text) returns uuid
language sql immutable strict parallel safe
return md5(name)::uuid;

-- A vector with exactly the given cosine similarity to near(1).
create function near(similarity double precision, axis integer default 2) returns vector
language sql immutable strict
return (
  select array_agg(
    case position when 1 then similarity when axis then sqrt(1 - similarity ^ 2) else 0 end order by position
  )::real[]::vector
  from generate_series(1, 1536) as position
);

-- A deployment may have closed what is created after it.
grant usage on schema public to public;
grant execute on function id_of(text), near(double precision, integer) to public;

create view tenants as
select name, id_of(name) as id from unnest(array['north', 'south']) as name;

-- "elsewhere" is on the team of the campaign gala, the plain ones on that of launch; the writer is on no team.
create view people as
select tenant.name || ' ' || person as name, tenant.name as tenant, tenant.id as tenant_id, person, position
from tenants as tenant
cross join unnest(array[
  'finance', 'leadership', 'pm', 'admin', 'account', 'creative',
  'pm elsewhere', 'account elsewhere', 'creative elsewhere', 'creative writer', 'pm unassigned'
]) with ordinality as listed (person, position);

insert into auth.users (id, email)
select id_of(name), replace(name, ' ', '.') || '@example.com' from people;

insert into agency.employees
  (tenant_id, id, user_id, employee_code, full_name, email, title, department, cost_rate, bill_rate)
select
  tenant_id, id_of(name || ' employee'), id_of(name), 'E' || position, initcap(person),
  replace(name, ' ', '.') || '@example.com', 'Title', 'creative', 57.31, 143.17
from people;

insert into agency.clients (tenant_id, id, code, name, sector, account_owner_id, tags)
select tenant.id, id_of(tenant.name || ' ' || code), code, initcap(code), 'retail', id_of(tenant.name || ' account'), '{key}'::text[]
from tenants as tenant cross join unnest(array['acme', 'globex']) as code;

insert into agency.brands (tenant_id, id, client_id, code, name)
select id, id_of(name || ' brand'), id_of(name || ' acme'), 'brand', 'Brand' from tenants;

insert into procure.project_quotes (tenant_id, id, quote_number, title, status, total_amount)
select id, id_of(name || ' quote'), 'Q1', 'Quote', 'accepted', 9000 from tenants;

insert into agency.campaigns (
  tenant_id, id, client_id, brand_id, code, name, status, start_date, end_date, budget_amount, budget_hours,
  account_director_id, project_manager_id, creative_director_id, procure_quote_id
)
select
  id, id_of(name || ' launch'), id_of(name || ' acme'), id_of(name || ' brand'), 'launch', 'Launch', 'active',
  current_date - 30, current_date + 20, 88111.11, 100,
  id_of(name || ' account'), id_of(name || ' pm'), id_of(name || ' creative'), id_of(name || ' quote')
from tenants
union all
select
  id, id_of(name || ' gala'), id_of(name || ' globex'), null, 'gala', 'Gala', 'planned',
  current_date, current_date + 60, 88222.22, 50,
  id_of(name || ' account elsewhere'), id_of(name || ' pm elsewhere'), id_of(name || ' creative elsewhere'), null
from tenants;

insert into agency.campaign_phases (tenant_id, id, campaign_id, phase_type, position, name, status, start_date, end_date)
select
  tenant.id, id_of(tenant.name || ' ' || campaign || ' phase'), id_of(tenant.name || ' ' || campaign), 'strategy', 1,
  'Strategy', 'active', current_date - 30, current_date - 17
from tenants as tenant cross join unnest(array['launch', 'gala']) as campaign;

insert into agency.artifacts (tenant_id, id, campaign_id, owner_id, artifact_type, title, content, tags, created_by)
select id, id_of(name || ' brief'), id_of(name || ' launch'), id_of(name || ' creative writer'), 'brief', 'Brief',
  name || ' brief text', '{launch}'::text[], id_of(name || ' creative writer')
from tenants
union all
select id, id_of(name || ' script'), id_of(name || ' gala'), id_of(name || ' creative elsewhere'), 'script', 'Script',
  name || ' script text', '{gala}'::text[], id_of(name || ' creative elsewhere')
from tenants;

insert into agency.artifact_comments (tenant_id, id, artifact_id, author_id, body)
select id, id_of(name || ' comment'), id_of(name || ' brief'), id_of(name || ' pm'), 'Shorter, please.' from tenants
union all
select id, id_of(name || ' gala comment'), id_of(name || ' script'), id_of(name || ' pm elsewhere'), 'Good.' from tenants;
insert into agency.artifact_comments (tenant_id, id, artifact_id, parent_comment_id, author_id, body)
select id, id_of(name || ' reply'), id_of(name || ' brief'), id_of(name || ' comment'), id_of(name || ' creative writer'), 'Done.'
from tenants;

-- Today's hours, so that every view has something to count.
insert into agency.timesheet_entries (tenant_id, id, employee_id, campaign_id, work_date, hours, status)
select tenant.id, id_of(tenant.name || ' ' || entry), id_of(tenant.name || ' ' || person || ' employee'),
  id_of(tenant.name || ' ' || campaign), current_date, hours, status
from tenants as tenant
cross join (values
  ('draft entry', 'creative writer', 'launch', 3, 'draft'),
  ('submitted entry', 'creative writer', 'launch', 2, 'submitted'),
  ('rejected entry', 'creative writer', 'launch', 1, 'rejected'),
  ('approved entry', 'creative writer', 'launch', 4, 'approved'),
  ('pm entry', 'pm', 'launch', 5, 'draft'),
  ('gala entry', 'creative elsewhere', 'gala', 6, 'submitted')
) as listed (entry, person, campaign, hours, status);

insert into agency.team_allocations (tenant_id, id, employee_id, campaign_id, week_start_date, planned_hours)
select id, id_of(name || ' allocation'), id_of(name || ' creative writer employee'), id_of(name || ' launch'),
  date_trunc('week', current_date + 7)::date, 20
from tenants;

insert into agency.knowledge_documents (tenant_id, id, client_id, title, source_type, status, tags)
select tenant.id, id_of(tenant.name || ' document ' || title), id_of(tenant.name || ' ' || client), title, 'playbook', status, tags
from tenants as tenant
cross join (values
  ('handbook', null, 'active', '{general,how}'::text[]),
  ('acme', 'acme', 'active', '{client}'),
  ('globex', 'globex', 'active', '{client,how}'),
  ('old', null, 'archived', '{general}')
) as listed (title, client, status, tags);

insert into agency.knowledge_chunks (tenant_id, id, document_id, chunk_index, content, embedding)
select tenant.id, id_of(tenant.name || ' ' || chunk), id_of(tenant.name || ' document ' || document), chunk_index,
  chunk, near(similarity)
from tenants as tenant
cross join (values
  ('handbook best', 'handbook', 0, 0.95),
  ('handbook fair', 'handbook', 1, 0.75),
  ('handbook far', 'handbook', 2, 0.10),
  ('acme good', 'acme', 0, 0.90),
  ('globex good', 'globex', 0, 0.85),
  ('old best', 'old', 0, 0.99),
  ('handbook unembedded', 'handbook', 3, null)
) as listed (chunk, document, chunk_index, similarity);

insert into agency.ai_conversations (tenant_id, id, user_id, campaign_id)
select tenant.id, id_of(tenant.name || ' conversation of ' || person), id_of(tenant.name || ' ' || person),
  id_of(tenant.name || ' launch')
from tenants as tenant cross join unnest(array['creative writer', 'pm']) as person;

insert into agency.ai_messages (tenant_id, id, conversation_id, position, role, content, citations)
select tenant.id, id_of(tenant.name || ' message of ' || person), id_of(tenant.name || ' conversation of ' || person),
  1, 'assistant', 'Answer.', jsonb_build_array(jsonb_build_object('chunk_id', id_of(tenant.name || ' handbook best')))
from tenants as tenant cross join unnest(array['creative writer', 'pm']) as person;

insert into finance_ppm.projects (tenant_id, id, project_code, name, agency_campaign_id)
select id, id_of(name || ' project'), 'P1', 'Project', id_of(name || ' launch') from tenants;

insert into te.expense_lines
  (tenant_id, id, category, description, expense_date, amount, is_billable, status, agency_campaign_id)
select tenant.id, id_of(tenant.name || ' expense ' || position), category, 'x', current_date, amount, billable, status,
  id_of(tenant.name || ' launch')
from tenants as tenant
cross join (values
  (1, 'travel', 100.50, true, 'approved'), (2, 'travel', 20, false, 'draft'), (3, 'travel', 999, true, 'rejected'),
  (4, 'meals', 30, false, 'reimbursed')
) as listed (position, category, amount, billable, status);

insert into gear.checkouts (tenant_id, id, asset_tag, equipment_name, category, checked_out_at, due_at, agency_campaign_id)
select id, id_of(name || ' camera'), 'CAM-1', 'Camera', 'camera', now() - interval '9 days', now() - interval '2 days',
  id_of(name || ' launch')
from tenants;

analyze;
