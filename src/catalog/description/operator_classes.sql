, held (family, text) as (
  select member.amopfamily, pg_catalog.format(
    'operator %s %s %s', member.amopstrategy, member.amopopr::pg_catalog.regoperator, case member.amoppurpose when 'o' then 'for order by' end
  )
  from pg_catalog.pg_amop as member
  union all
  select member.amprocfamily, pg_catalog.format(
    'function %s (%s, %s) %s', member.amprocnum, pg_catalog.format_type(member.amproclefttype, null),
    pg_catalog.format_type(member.amprocrighttype, null), member.amproc::pg_catalog.regprocedure
  )
  from pg_catalog.pg_amproc as member
)
select own.nspname as schema, pg_catalog.format('operator class %I.%I using %s', own.nspname, class.opcname, method.amname) as object,
  null as part, who.name as "owner", pg_catalog.format_type(class.opcintype, null) as "type",
  case when class.opcdefault then 'yes' end as "default class", pg_catalog.format_type(nullif(class.opckeytype, 0), null) as "storage",
  family.opfname::text as "family", null as "members"
from own
join pg_catalog.pg_opclass as class on class.opcnamespace = own.oid
join pg_catalog.pg_opfamily as family on family.oid = class.opcfamily
join pg_catalog.pg_am as method on method.oid = class.opcmethod
left join who on who.oid = class.opcowner
where ('pg_catalog.pg_opclass'::pg_catalog.regclass, class.oid) not in (select extended.classid, extended.objid from extended)
union all
select own.nspname, pg_catalog.format('operator family %I.%I using %s', own.nspname, family.opfname, method.amname),
  null, who.name, null, null, null, null,
  (select pg_catalog.string_agg(held.text, E'\n' order by held.text collate "C") from held where held.family = family.oid)
from own
join pg_catalog.pg_opfamily as family on family.opfnamespace = own.oid
join pg_catalog.pg_am as method on method.oid = family.opfmethod
left join who on who.oid = family.opfowner
where ('pg_catalog.pg_opfamily'::pg_catalog.regclass, family.oid) not in (select extended.classid, extended.objid from extended)
