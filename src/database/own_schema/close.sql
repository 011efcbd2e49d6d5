-- What was made in the schema workroom since `workroom.known` was set: nobody else has anything there.
do $workroom$
declare
  own record;
  privilege record;
begin
  for own in
    select pg_catalog.format('workroom.%I', made.relname) as title, made.relkind, made.relrowsecurity,
      made.relforcerowsecurity, made.relowner, made.relacl
    from pg_catalog.pg_class as made
    where made.relnamespace = pg_catalog.to_regnamespace('workroom')::pg_catalog.oid and made.relkind in ('r', 'S')
      and made.oid::pg_catalog.text <> all (
        pg_catalog.string_to_array(pg_catalog.current_setting('workroom.known'), ',')
      )
  loop
    if own.relrowsecurity then
      execute pg_catalog.format('alter table %s disable row level security', own.title);
    end if;
    if own.relforcerowsecurity then
      execute pg_catalog.format('alter table %s no force row level security', own.title);
    end if;
    for privilege in
      select distinct role.rolname
      from pg_catalog.aclexplode(own.relacl) as given
      left join pg_catalog.pg_roles as role on role.oid = given.grantee
      where given.grantee <> own.relowner
    loop
      execute pg_catalog.format('revoke all on %s from %s', own.title, coalesce(pg_catalog.quote_ident(privilege.rolname), 'public'));
    end loop;
  end loop;
  if pg_catalog.current_setting('workroom.known') = '' then
    for privilege in
      select distinct role.rolname
      from pg_catalog.pg_namespace as schema
      cross join lateral pg_catalog.aclexplode(schema.nspacl) as given
      left join pg_catalog.pg_roles as role on role.oid = given.grantee
      where schema.nspname = 'workroom' and given.grantee <> schema.nspowner
        and pg_catalog.pg_has_role(schema.nspowner, 'usage')
    loop
      execute pg_catalog.format('revoke all on schema workroom from %s', coalesce(pg_catalog.quote_ident(privilege.rolname), 'public'));
    end loop;
  end if;
end
$workroom$;
