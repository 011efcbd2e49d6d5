select own.nspname as schema,
  pg_catalog.concat(
    'default privileges of ', maker.name, ' for ',
    case privileges.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'
      when 'T' then 'types' when 'n' then 'schemas' else privileges.defaclobjtype::text end,
    ' in ', case privileges.defaclnamespace when 0 then 'the database' else pg_catalog.quote_ident(own.nspname) end
  ) as object,
  null as part,
  pg_catalog.concat('granted to ', coalesce(who.name, one.grantee::text)) as property,
  pg_catalog.string_agg(
    pg_catalog.lower(one.privilege_type) || case when one.is_grantable then ' with grant option' else '' end,
    ', ' order by one.privilege_type collate "C"
  ) as value
from pg_catalog.pg_default_acl as privileges
join own on own.oid = privileges.defaclnamespace or privileges.defaclnamespace = 0
join who as maker on maker.oid = privileges.defaclrole
cross join lateral pg_catalog.aclexplode(privileges.defaclacl) as one
left join who on who.oid = one.grantee
where privileges.defaclnamespace <> 0 or maker.name = '(deployer)'
group by own.nspname, maker.name, privileges.defaclobjtype, privileges.defaclnamespace, who.name, one.grantee
