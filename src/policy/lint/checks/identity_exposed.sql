--! level: error
--! after: splinter 0002
--! why: a view or copy of the table of users shows who they are
--! fix: leave the table out of views that clients may read
select rel.schema, rel.name, rel.title, format('%s may read a view over %s', string_agg(distinct g.grantee_name, ', '), base.oid::regclass), ''
from rel join g on g.rel = rel.oid
join pg_rewrite as w on w.ev_class = rel.oid
join pg_depend as d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_class'::regclass
join pg_class as base on base.oid = d.refobjid and base.oid <> rel.oid and base.relname ~ '^(users|accounts|credentials)$'
join pg_attribute as a on a.attrelid = base.oid and a.attname ~ '(password|encrypted|secret|token)' and a.attnum = d.refobjsubid
where rel.kind in ('v', 'm') group by rel.schema, rel.name, rel.title, base.oid
