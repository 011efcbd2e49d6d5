create role {{role}} nologin bypassrls;
grant pg_read_all_data to {{role}};
do $workroom$
declare
  given record;
begin
  for given in
    select format('grant temporary on database %I', current_database()) as what
      where not has_database_privilege({{name}}, current_database(), 'temporary')
    union all
    select format('grant execute on routine %s', routine.oid::regprocedure)
      from pg_proc as routine join pg_namespace as schema on schema.oid = routine.pronamespace
      where schema.nspname !~ '^pg_' and routine.prokind <> 'a' and not has_function_privilege({{name}}, routine.oid, 'execute')
        and not (routine.prosecdef and exists (select from pg_roles as owner where owner.oid = routine.proowner and owner.rolsuper))
    union all
    select format('grant usage on sequence %s', number.oid::regclass)
      from pg_class as number
      -- In this order: what is no sequence is an error.
      where case when number.relkind = 'S' then not has_sequence_privilege({{name}}, number.oid, 'usage') end
    union all
    select format('grant usage on type %s', kind.oid::regtype)
      from pg_type as kind where kind.typtype in ('d', 'e', 'c', 'r') and not has_type_privilege({{name}}, kind.oid, 'usage')
        and (kind.typrelid = 0 or exists (select from pg_class as row where row.oid = kind.typrelid and row.relkind = 'c'))
  loop
    execute format('%s to %I', given.what, {{name}});
  end loop;
end
$workroom$;
