--! lock-timeout: 100ms
-- Ties campaigns to what sibling applications know about them: quotes, ledger projects, expenses, equipment.
-- Each sibling is optional; one that is missing is left out and named in a notice.
alter table agency.campaigns add column procure_quote_id uuid;
-- workroom: allow create-index-blocks-writes because V001 to V005 are one release: campaigns is empty when this runs
create index campaigns_tenant_id_procure_quote_id_idx on agency.campaigns (tenant_id, procure_quote_id);
comment on column agency.campaigns.procure_quote_id is 'The quote in procure.project_quotes that the client accepted.';

do $$
declare
  neighbour record;
  shares_tenant boolean;
begin
  for neighbour in
    select
      listed.schema_name, listed.table_name, found.oid,
      format('%I.%I', listed.schema_name, listed.table_name) as name
    from (
      values
        ('procure', 'project_quotes'), ('finance_ppm', 'projects'), ('te', 'expense_lines'), ('gear', 'checkouts')
    ) as listed (schema_name, table_name)
    left join (
      pg_catalog.pg_class as found
      join pg_catalog.pg_namespace as schema on schema.oid = found.relnamespace
    ) on schema.nspname = listed.schema_name and found.relname = listed.table_name and found.relkind in ('r', 'p')
    order by listed.schema_name
  loop
    if neighbour.oid is null then
      raise notice '% is missing: campaigns are not linked to it', neighbour.name;
      continue;
    end if;

    if neighbour.schema_name = 'procure' then
      -- A reference needs a key to point at, and inside one tenant at that.
      select exists (
        select
        from pg_catalog.pg_index as key
        where key.indrelid = neighbour.oid and key.indisunique and key.indimmediate
          and key.indpred is null and key.indexprs is null
          and array['id', 'tenant_id'] = array(
            select field.attname::text
            from pg_catalog.pg_attribute as field
            where field.attrelid = key.indrelid and field.attnum = any (key.indkey) and field.atttypid = 'uuid'::regtype
            order by field.attname::text
          )
          and key.indnkeyatts = 2 and key.indnatts = 2
      ) into shares_tenant;
      if shares_tenant then
        -- workroom: allow add-foreign-key-scans because the column is new, so that every row of it is null
        alter table agency.campaigns add constraint campaigns_procure_quote_id_fkey
          foreign key (tenant_id, procure_quote_id) references procure.project_quotes (tenant_id, id);
      end if;
    else
      if not exists (
        select
        from pg_catalog.pg_attribute as field
        where field.attrelid = neighbour.oid and field.attname = 'agency_campaign_id' and not field.attisdropped
      ) then
        execute format('alter table %s add column agency_campaign_id uuid', neighbour.name);
        execute format(
          'comment on column %s.agency_campaign_id is %L', neighbour.name, 'The campaign in agency.campaigns it belongs to.'
        );
      end if;

      select exists (
        select
        from pg_catalog.pg_attribute as field
        where field.attrelid = neighbour.oid and field.attname = 'tenant_id' and not field.attisdropped
          and field.atttypid = 'uuid'::regtype
      ) into shares_tenant;
      if shares_tenant then
        execute format(
          'create index if not exists %I on %s (tenant_id, agency_campaign_id)',
          neighbour.table_name || '_tenant_id_agency_campaign_id_idx', neighbour.name
        );
        if not exists (
          select
          from pg_catalog.pg_constraint as reference
          where reference.conrelid = neighbour.oid and reference.confrelid = 'agency.campaigns'::regclass
        ) then
          execute format(
            'alter table %s add constraint %I foreign key (tenant_id, agency_campaign_id) '
            'references agency.campaigns (tenant_id, id)',
            neighbour.name, neighbour.table_name || '_agency_campaign_id_fkey'
          );
        end if;
      end if;
    end if;

    if not shares_tenant then
      raise notice '% has no tenant key: campaigns are linked to it without a foreign key', neighbour.name;
    end if;
  end loop;
end
$$;

create function agency.get_campaign_expenses(campaign_id uuid)
returns table (
  category text,
  currency text,
  line_count bigint,
  total_amount numeric,
  billable_amount numeric,
  settled_amount numeric,
  first_expense_date date,
  last_expense_date date
)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (
    select
    from pg_catalog.pg_class as ledger
    join pg_catalog.pg_namespace as schema on schema.oid = ledger.relnamespace
    join pg_catalog.pg_attribute as link on link.attrelid = ledger.oid and link.attname = 'agency_campaign_id'
    where schema.nspname = 'te' and ledger.relname = 'expense_lines'
      and has_schema_privilege(schema.oid, 'usage') and has_column_privilege(ledger.oid, link.attnum, 'select')
  ) then
    return;
  end if;

  if not has_column_privilege('te.expense_lines'::regclass, 'amount', 'select') then
    return query
      select
        line.category, line.currency, count(*), null::numeric, null::numeric, null::numeric,
        min(line.expense_date), max(line.expense_date)
      from te.expense_lines as line
      where line.agency_campaign_id = get_campaign_expenses.campaign_id
        and line.status <> 'rejected'
        and exists (
          select
          from agency.campaigns as campaign
          where campaign.tenant_id = line.tenant_id and campaign.id = line.agency_campaign_id
        )
      group by line.category, line.currency
      order by line.category, line.currency;
    return;
  end if;

  return query
    select
      line.category, line.currency, count(*), sum(line.amount),
      coalesce(sum(line.amount) filter (where line.is_billable), 0),
      coalesce(sum(line.amount) filter (where line.status in ('approved', 'reimbursed')), 0),
      min(line.expense_date), max(line.expense_date)
    from te.expense_lines as line
    where line.agency_campaign_id = get_campaign_expenses.campaign_id
      and line.status <> 'rejected'
      and exists (
        select
        from agency.campaigns as campaign
        where campaign.tenant_id = line.tenant_id and campaign.id = line.agency_campaign_id
      )
    group by line.category, line.currency
    order by sum(line.amount) desc, line.category, line.currency;
end
$$;
comment on function agency.get_campaign_expenses(uuid) is
  'What was spent on a campaign according to te.expense_lines, by category and currency, rejected lines left out. '
  'Amounts are null for whoever may not read them. No rows when that table is missing or closed to the caller; otherwise '
  'the caller''s own policies decide.';

create function agency.get_campaign_equipment(campaign_id uuid)
returns table (
  checkout_id uuid,
  asset_tag text,
  equipment_name text,
  category text,
  status text,
  checked_out_by uuid,
  checked_out_at timestamptz,
  due_at timestamptz,
  returned_at timestamptz,
  is_overdue boolean
)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (
    select
    from pg_catalog.pg_class as ledger
    join pg_catalog.pg_namespace as schema on schema.oid = ledger.relnamespace
    join pg_catalog.pg_attribute as link on link.attrelid = ledger.oid and link.attname = 'agency_campaign_id'
    where schema.nspname = 'gear' and ledger.relname = 'checkouts'
      and has_schema_privilege(schema.oid, 'usage') and has_table_privilege(ledger.oid, 'select')
  ) then
    return;
  end if;

  return query
    select
      loan.id, loan.asset_tag, loan.equipment_name, loan.category, loan.status, loan.checked_out_by,
      loan.checked_out_at, loan.due_at, loan.returned_at,
      loan.returned_at is null and loan.status = 'out' and loan.due_at < now()
    from gear.checkouts as loan
    where loan.agency_campaign_id = get_campaign_equipment.campaign_id
      and exists (
        select
        from agency.campaigns as campaign
        where campaign.tenant_id = loan.tenant_id and campaign.id = loan.agency_campaign_id
      )
    order by loan.checked_out_at desc, loan.id;
end
$$;
comment on function agency.get_campaign_equipment(uuid) is
  'What a campaign has borrowed according to gear.checkouts, latest first. '
  'No rows when that table is missing or closed to the caller; otherwise the caller''s own policies decide.';
