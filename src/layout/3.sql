-- 3: what was changed by hand before a deployment, so that applying policies does not take it as the new state.
do $$
begin
  if pg_catalog.to_regclass('workroom.policies') is not null then
    alter table workroom.policies add column if not exists by_hand jsonb;
    alter table workroom.policies add column if not exists looked_at timestamptz;
    comment on column workroom.policies.by_hand is 'What was not as it was left when the last deployment began: what it was left as, and what it was found as.';
    comment on column workroom.policies.looked_at is 'When that was looked for; before applied_at when policies were applied since.';
    -- Columns are recorded from now on: the next deployment does it.
    update workroom.policies set attributes = null, inputs = '' where looked_at is null;
  end if;
end
$$;
