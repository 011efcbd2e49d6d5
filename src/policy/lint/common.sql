-- What checks look at. The caller puts `given` before it; a check's own query follows.
own as materialized (
  select n.oid, n.nspname::text as schema, n.nspowner, n.nspacl
  from given join pg_namespace as n on n.nspname = any (given.schemas)
),
-- Roles whose rights are declared to be beyond policies, and superusers, whom nothing binds.
trusted as materialized (
  select r.oid from given join pg_roles as r on r.rolsuper or r.rolname = any (given.trusted)
),
role_names as (select 0::oid as oid, 'PUBLIC' as name union all select r.oid, r.rolname::text from pg_roles as r),
-- Tables that the policy file leaves as they are, with their partitions and children.
unmanaged (oid) as (
  select c.oid
  from given cross join lateral unnest(given.listed_schemas, given.listed_names, given.listed_classes) as l (schema, name, class)
  join own on own.schema = l.schema
  join pg_class as c on c.relnamespace = own.oid and c.relname = l.name
  where l.class = 'unmanaged'
  union
  select i.inhrelid from unmanaged join pg_inherits as i on i.inhparent = unmanaged.oid
),
rel as materialized (
  select c.oid, own.schema, c.relname::text as name, format('%I.%I', own.schema, c.relname) as title,
    c.relkind as kind, c.relrowsecurity as rls, c.relforcerowsecurity as forced, c.relowner as owner, c.relacl as acl,
    coalesce(c.reloptions && array['security_invoker=true', 'security_invoker=on', 'security_invoker=1', 'security_invoker=yes'], false) as is_invoker,
    c.relispartition or exists (select from pg_inherits as i where i.inhrelid = c.oid) as is_child
  from own join pg_class as c on c.relnamespace = own.oid and c.relkind in ('r', 'p', 'f', 'v', 'm', 'S')
  where not exists (
    select from pg_depend as d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
  )
  and c.oid not in (select unmanaged.oid from unmanaged)
),
-- Tables with their tenant's column: as the policy file says, otherwise the project's.
t as materialized (
  select rel.*, listed.class, a.attnum as tenant, a.attname::text as tenant_name, a.attnotnull as tenant_not_null
  from given cross join rel
  left join lateral (
    select l.class, l.tenant
    from unnest(given.listed_schemas, given.listed_names, given.listed_tenants, given.listed_classes)
      as l (schema, name, tenant, class)
    where l.schema = rel.schema and l.name = rel.name
  ) as listed on true
  left join pg_attribute as a on a.attrelid = rel.oid and a.attnum > 0 and not a.attisdropped
    and a.attname = case when listed.class is null then given.tenant else nullif(listed.tenant, '') end
  where rel.kind in ('r', 'p', 'f')
),
-- Grants on relations and columns to anybody but the owner and the trusted.
g as materialized (
  select rel.oid as rel, a.grantee, role_names.name as grantee_name, a.privilege_type as privilege, a.is_grantable,
    null::text as field
  from rel cross join lateral aclexplode(rel.acl) as a
  join role_names on role_names.oid = a.grantee
  where a.grantee <> rel.owner and a.grantee not in (select oid from trusted)
  union all
  select rel.oid, a.grantee, role_names.name, a.privilege_type, a.is_grantable, f.attname::text
  from rel join pg_attribute as f on f.attrelid = rel.oid and f.attacl is not null and not f.attisdropped
  cross join lateral aclexplode(f.attacl) as a
  join role_names on role_names.oid = a.grantee
  where a.grantee <> rel.owner and a.grantee not in (select oid from trusted)
),
p as materialized (
  select q.oid, q.polrelid as rel, t.schema, t.name as relation, t.title, t.tenant, t.tenant_name, t.rls, t.owner, t.class,
    q.polname::text as name, format('%I on %s', q.polname, t.title) as object,
    q.polpermissive as permissive, q.polcmd as cmd, q.polroles as roles,
    -- Whether it holds for anybody: row-level security does not bind a role that bypasses it.
    exists (
      select from unnest(q.polroles) as r (oid) left join pg_roles as b on b.oid = r.oid
      where r.oid = 0 or not (b.rolsuper or b.rolbypassrls)
    ) as binds,
    pg_get_expr(q.polqual, q.polrelid) as qual, pg_get_expr(q.polwithcheck, q.polrelid) as checked,
    concat_ws(' ; ', pg_get_expr(q.polqual, q.polrelid), pg_get_expr(q.polwithcheck, q.polrelid)) as text,
    exists (
      select from pg_description as d
      where d.classoid = 'pg_policy'::regclass and d.objoid = q.oid and d.description like 'workroom:%'
    ) as managed,
    t.tenant is not null and exists (
      select from pg_depend as d
      where d.classid = 'pg_policy'::regclass and d.objid = q.oid and d.refobjid = q.polrelid and d.refobjsubid = t.tenant
    ) as asks_tenant
  from t join pg_policy as q on q.polrelid = t.oid
),
-- Policy texts without literals, and without their sub-selects: what is evaluated for every row.
peeling as (
  select p.oid, 0 as step, regexp_replace(p.text, '''([^'']|'''')*''', '''''', 'g') as text from p
  union all
  select peeling.oid, peeling.step + 1,
    regexp_replace(regexp_replace(peeling.text, '\( SELECT [^()]*\)', '§', 'g'), '\(([^()]*)\)', '«\1»', 'g')
  from peeling where peeling.step < 40 and peeling.text ~ '[()]'
),
per_row as (
  select distinct on (peeling.oid) peeling.oid, translate(peeling.text, '«»', '()') as text
  from peeling order by peeling.oid, peeling.step desc
),
-- Every function with the search_path that it pins, and what is wrong with it: nothing where names were resolved when it
-- was made, where there are none, or where pg_temp is searched last.
pinned as not materialized (
  select r.oid, r.prosqlbody is not null as is_standard, l.lanname::text as language, given_path.path,
    case
      when r.prosqlbody is not null or l.lanname in ('c', 'internal') then null
      when given_path.path is null then 'the search_path of its caller'
      when given_path.path in ('', '""') then 'an empty search_path, which looks into pg_temp first'
      when given_path.path like '%$user%' then 'a search_path that depends on the user: ' || given_path.path
      when given_path.path !~ '(^|,) *pg_temp *$' or given_path.path ~ 'pg_temp *,'
        then 'a search_path that does not end in pg_temp: ' || given_path.path
    end as weakness
  from pg_proc as r join pg_language as l on l.oid = r.prolang
  left join lateral (
    select substr(s, 13) as path from unnest(r.proconfig) as s where s like 'search\_path=%'
  ) as given_path on true
),
fn as materialized (
  select r.oid, own.schema, r.proname::text as name,
    format('%I.%I(%s)', own.schema, r.proname, pg_get_function_identity_arguments(r.oid)) as title,
    r.prosecdef as is_definer, pinned.is_standard, pinned.language, pinned.path, pinned.weakness,
    r.proowner as owner, o.rolsuper or o.rolbypassrls as owner_bypasses, o.rolname::text as owner_name,
    r.prorettype in ('trigger'::regtype, 'event_trigger'::regtype) as is_trigger, r.provolatile as volatility, r.proleakproof as is_leakproof,
    coalesce(pg_get_function_sqlbody(r.oid), r.prosrc) as body, coalesce(r.proacl, acldefault('f', r.proowner)) as acl
  from own join pg_proc as r on r.pronamespace = own.oid and r.prokind in ('f', 'p')
  join pinned on pinned.oid = r.oid
  join pg_roles as o on o.oid = r.proowner
  where not exists (
    select from pg_depend as d where d.classid = 'pg_proc'::regclass and d.objid = r.oid and d.deptype = 'e'
  )
),
-- Functions of triggers, wherever they lie, on tables whose rows a foreign key changes or deletes with their owner's
-- rights, and that a caller could redirect.
acted as materialized (
  select t.schema, t.name as relation, t.title as relation_title, r.oid as fn,
    format('%I.%I()', n.nspname, r.proname) as title, format('%I', k.conname) as key, pinned.path, pinned.weakness
  from t join pg_constraint as k on k.conrelid = t.oid and k.contype = 'f'
    and (k.confdeltype in ('c', 'n', 'd') or k.confupdtype in ('c', 'n', 'd'))
  join pg_trigger as g on g.tgrelid = t.oid and not g.tgisinternal
  join pg_proc as r on r.oid = g.tgfoid and not r.prosecdef
  join pg_namespace as n on n.oid = r.pronamespace
  join pinned on pinned.oid = r.oid and pinned.weakness is not null
),
callers as materialized (
  select fn.oid as fn, role_names.name
  from fn cross join lateral aclexplode(fn.acl) as a
  join role_names on role_names.oid = a.grantee
  where a.grantee <> fn.owner and a.grantee not in (select oid from trusted)
),
-- Functions that policies call.
policy_calls as materialized (
  select distinct p.oid as policy, r.oid as fn, n.nspname::text as schema, r.proname::text as name, r.provolatile as volatility,
    r.prolang, format('%I.%I', n.nspname, r.proname) as title
  from p join pg_depend as d on d.classid = 'pg_policy'::regclass and d.objid = p.oid and d.refclassid = 'pg_proc'::regclass
  join pg_proc as r on r.oid = d.refobjid
  join pg_namespace as n on n.oid = r.pronamespace and n.nspname <> 'pg_catalog'
),
-- A restrictive policy for every role and command that asks for the tenant.
floored as (
  select distinct p.rel from p where not p.permissive and p.cmd = '*' and p.roles = '{0}' and p.asks_tenant
),
-- Owners whom forcing does not bind, and from whom nobody inherits whom it would.
free_owners as materialized (
  select o.oid from pg_roles as o where (o.rolsuper or o.rolbypassrls) and not exists (
    select from pg_auth_members as m join pg_roles as r on r.oid = m.member
    where m.roleid = o.oid and not (r.rolsuper or r.rolbypassrls))
),
-- What a role may become or inherits from, itself included.
reach as (
  select r.oid as role, r.oid as reached from pg_roles as r
  union
  select reach.role, m.roleid from reach join pg_auth_members as m on m.member = reach.reached
),
-- Roles of clients: those of the policy file, those with grants here, and whoever inherits from them.
clients as materialized (
  select reach.role as oid from reach
  where reach.reached in (
    select r.oid from given join pg_roles as r on r.rolname = any (given.roles)
    union select g.grantee from g where g.grantee <> 0
  ) and reach.role not in (select oid from trusted)
),
-- Schemas of no system of the project.
elsewhere as materialized (
  select n.oid, n.nspname::text as schema
  from given join pg_namespace as n on n.nspname <> all (given.project) and n.nspname not in ('workroom', 'information_schema')
    and n.nspname not like 'pg\_%' and n.oid not in (select oid from own)
),
-- What reads the rows of protected tables, directly or through others: views, and rules of other tables.
readers (oid, source, title) as (
  select t.oid, t.oid, t.title from t where t.rls
  union
  select w.ev_class, readers.source, readers.title from readers
  join pg_depend as d on d.refclassid = 'pg_class'::regclass and d.refobjid = readers.oid and d.classid = 'pg_rewrite'::regclass
  join pg_rewrite as w on w.oid = d.objid and w.ev_class <> readers.oid
)
