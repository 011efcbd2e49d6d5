-- What belongs to a database and is not in it, as rows of a kind and three texts.
with own as materialized (
  select place.*, pg_catalog.to_jsonb(place) as whole from pg_catalog.pg_database as place where place.datname = {{database}}
)
select 'owner' as kind, pg_catalog.pg_get_userbyid(own.datdba)::text as one, own.datconnlimit::text as two,
  (select room.spcname::text from pg_catalog.pg_tablespace as room where room.oid = own.dattablespace) as three
from own
union all
select 'encoding', pg_catalog.pg_encoding_to_char(own.encoding)::text, own.datcollate, own.datctype from own
union all
-- Names and codes have changed from version to version.
select 'provider', case own.datlocprovider when 'i' then 'icu' when 'b' then 'builtin' else 'libc' end,
  coalesce(own.whole ->> 'datlocale', own.whole ->> 'daticulocale'), own.whole ->> 'daticurules'
from own
union all
select 'comment', pg_catalog.shobj_description(own.oid, 'pg_database'), null, null from own
union all
select 'acl', 'given', null, null from own where own.datacl is not null
union all
select 'grant', pg_catalog.pg_get_userbyid(nullif(given.grantee, 0))::text, pg_catalog.lower(given.privilege_type), given.is_grantable::text
from own cross join lateral pg_catalog.aclexplode(own.datacl) as given
where given.grantee <> own.datdba
union all
select 'setting', pg_catalog.pg_get_userbyid(nullif(setting.setrole, 0))::text, pg_catalog.split_part(entry, '=', 1),
  pg_catalog.substr(entry, pg_catalog.strpos(entry, '=') + 1)
from own
join pg_catalog.pg_db_role_setting as setting on setting.setdatabase = own.oid
cross join lateral pg_catalog.unnest(setting.setconfig) as entry;
