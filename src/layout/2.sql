-- 2: which overloads of a function its file has made, so that one with other arguments is not left behind.
do $$
begin
  if pg_catalog.to_regclass('workroom.policies') is not null then
    alter table workroom.policies add column if not exists attributes jsonb;
    comment on column workroom.policies.attributes is 'Owners, options and memberships as they were left: what `policy drift` compares with.';
  end if;
  if pg_catalog.to_regclass('workroom.objects') is not null then
    alter table workroom.objects add column if not exists signatures text[];
    comment on column workroom.objects.signatures is 'Argument types of the functions that the file has made, one text each; null for views, and where nobody knows.';
    update workroom.objects as o set signatures = s.signatures
    from (
      select n.nspname, p.proname, pg_catalog.array_agg(coalesce(a.types, '')) as signatures
      from pg_catalog.pg_proc as p
      join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
      cross join lateral (
        select pg_catalog.string_agg(pg_catalog.format('%I.%I', tn.nspname, t.typname), ',' order by i.position) as types
        from pg_catalog.unnest(p.proargtypes::pg_catalog.oid[]) with ordinality as i (type, position)
        join pg_catalog.pg_type as t on t.oid = i.type
        join pg_catalog.pg_namespace as tn on tn.oid = t.typnamespace
      ) as a
      group by n.nspname, p.proname
    ) as s
    where o.signatures is null and o.kind in ('function', 'procedure')
      and s.nspname = o.schema_name and s.proname = o.object_name and pg_catalog.cardinality(s.signatures) = 1;
  end if;
end
$$;
