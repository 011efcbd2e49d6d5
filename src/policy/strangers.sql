declare
  given record;
begin
  for given in
    with own as (
      select * from pg_namespace where nspname = any ({{schemas}})
    ),
    part as (
      select classid, objid from pg_depend where deptype = 'e'
    ),
    open (what, grantee) as (
      select format('revoke all on schema %I', own.nspname), acl.grantee
      from own cross join lateral aclexplode(own.nspacl) as acl where acl.grantee <> own.nspowner
      union
      select format('revoke all on %I.%I', own.nspname, relation.relname), acl.grantee
      from own
      join pg_class as relation on relation.relnamespace = own.oid and relation.relkind in ('r', 'p', 'f', 'v', 'm', 'S')
      cross join lateral (
        select * from aclexplode(relation.relacl)
        union select field.* from pg_attribute as part cross join lateral aclexplode(part.attacl) as field where part.attrelid = relation.oid
      ) as acl
      where acl.grantee <> relation.relowner and ('pg_class'::regclass, relation.oid) not in (select * from part)
      union
      select format('revoke all on routine %I.%I(%s)', own.nspname, routine.proname, pg_get_function_identity_arguments(routine.oid)), acl.grantee
      from own join pg_proc as routine on routine.pronamespace = own.oid
      cross join lateral aclexplode(routine.proacl) as acl
      where acl.grantee <> routine.proowner and ('pg_proc'::regclass, routine.oid) not in (select * from part)
      union
      select format(
          'alter default privileges for role %I in schema %I revoke all on %s', pg_get_userbyid(born.defaclrole), own.nspname,
          case born.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'routines' else 'types' end
        ), acl.grantee
      from own join pg_default_acl as born on born.defaclnamespace = own.oid and pg_has_role(born.defaclrole, 'usage')
      cross join lateral aclexplode(born.defaclacl) as acl where acl.grantee <> born.defaclrole
    )
    select open.what, role.rolname from open join pg_roles as role on role.oid = open.grantee
    where role.rolname <> all ({{kept}})
    order by 1, 2
  loop
    raise notice '% from %', given.what, quote_ident(given.rolname);
    execute format('%s from %I', given.what, given.rolname);
  end loop;
end
