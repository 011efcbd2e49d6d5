-- Two tenants where the same six people work, with something of everything.
insert into auth.users (id, email)
select ('00000000-0000-0000-0000-00000000000' || n)::uuid, 'user' || n || '@example.com' from generate_series(1, 6) as n;

do $$
declare
  tenant uuid;
  people uuid[];
  users uuid[] := array(select id from auth.users order by id);
  client uuid;
  campaign uuid;
  other uuid;
  artifact uuid;
  elsewhere uuid;
  document uuid;
  talk uuid;
begin
  foreach tenant in array array['aaaaaaaa-0000-0000-0000-000000000000', 'bbbbbbbb-0000-0000-0000-000000000000']::uuid[] loop
    perform set_config('app.current_tenant', tenant::text, false);
    insert into agency.employees (tenant_id, user_id, employee_code, full_name, email, title, department, cost_rate, bill_rate)
    select tenant, users[n], 'E' || n, 'Person ' || n, 'person' || n || '@example.com', 'Title', 'creative', 50 + n, 100 + n
    from generate_series(1, 6) as n;
    people := array(select id from agency.employees where tenant_id = tenant order by employee_code);

    insert into agency.clients (tenant_id, code, name, sector, account_owner_id)
    values (tenant, 'C1', 'Client', 'retail', users[5]) returning id into client;
    insert into agency.brands (tenant_id, client_id, code, name) values (tenant, client, 'B1', 'Brand');
    -- One campaign whose team is pm, account and creative, and one with nobody on it.
    insert into agency.campaigns
      (tenant_id, client_id, code, name, start_date, end_date, account_director_id, project_manager_id, creative_director_id)
    values (tenant, client, 'P1', 'Campaign', '2025-01-01', '2025-12-31', users[5], users[3], users[6]) returning id into campaign;
    insert into agency.campaigns (tenant_id, client_id, code, name, start_date, end_date)
    values (tenant, client, 'P2', 'Other', '2025-01-01', '2025-12-31') returning id into other;
    insert into agency.campaign_phases (tenant_id, campaign_id, phase_type, position, name, start_date, end_date)
    values (tenant, campaign, 'strategy', 1, 'Strategy', '2025-01-01', '2025-02-01'),
      (tenant, other, 'strategy', 1, 'Strategy', '2025-01-01', '2025-02-01');

    insert into agency.artifacts (tenant_id, campaign_id, owner_id, artifact_type, title, content)
    values (tenant, campaign, users[6], 'brief', 'Brief', 'text') returning id into artifact;
    -- Of a campaign without a team, by somebody of finance.
    insert into agency.artifacts (tenant_id, campaign_id, owner_id, artifact_type, title, content)
    values (tenant, other, users[1], 'deck', 'Deck', 'text') returning id into elsewhere;
    insert into agency.artifact_comments (tenant_id, artifact_id, author_id, body)
    values (tenant, artifact, users[6], 'mine'), (tenant, elsewhere, users[1], 'theirs');

    insert into agency.timesheet_entries (tenant_id, employee_id, campaign_id, work_date, hours, status)
    select tenant, people[n], campaign, '2025-03-03', 8, status
    from generate_series(1, 6) as n, unnest(array['draft', 'submitted']) as status;
    insert into agency.timesheet_entries (tenant_id, employee_id, campaign_id, work_date, hours, status, approved_at)
    values (tenant, people[6], campaign, '2025-03-04', 8, 'approved', now());
    insert into agency.team_allocations (tenant_id, employee_id, campaign_id, week_start_date, planned_hours)
    select tenant, people[n], campaign, '2025-03-10', 10 from generate_series(1, 6) as n;

    insert into agency.knowledge_documents (tenant_id, title, source_type, status)
    values (tenant, 'Playbook', 'playbook', 'active') returning id into document;
    insert into agency.knowledge_chunks (tenant_id, document_id, chunk_index, content) values (tenant, document, 0, 'text');
    for n in 1..6 loop
      insert into agency.ai_conversations (tenant_id, user_id) values (tenant, users[n]) returning id into talk;
      insert into agency.ai_messages (tenant_id, conversation_id, position, role, content)
      values (tenant, talk, 1, 'user', 'hello');
    end loop;

    insert into procure.project_quotes (tenant_id, quote_number, title) values (tenant, 'Q1', 'Quote');
    insert into te.expense_lines (tenant_id, category, description, expense_date, amount, agency_campaign_id)
    values (tenant, 'travel', 'Train', '2025-03-03', 100, campaign);
  end loop;
  perform set_config('app.current_tenant', '', false);
end
$$;
