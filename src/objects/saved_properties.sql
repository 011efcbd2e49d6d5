-- How to drop some objects and create them again as they are. {views}, {functions} and {policies} are arrays of oids.
select
  'pg_class', c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname), pg_catalog.format('%I.%I', n.nspname, c.relname),
  pg_catalog.format('drop view %I.%I', n.nspname, c.relname),
  pg_catalog.format(
    'create view %I.%I%s as %s', n.nspname, c.relname,
    ' with (' || pg_catalog.array_to_string(c.reloptions, ', ') || ')',
    pg_catalog.rtrim(pg_catalog.pg_get_viewdef(c.oid), ';')
  )
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where c.oid = any ({views})
union all
select
  'pg_proc', p.oid, i.name, i.named,
  pg_catalog.format('drop %s %s', i.kind, i.name),
  pg_catalog.rtrim(pg_catalog.pg_get_functiondef(p.oid), E';\n')
from pg_catalog.pg_proc as p
join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
cross join lateral (
  select
    case p.prokind when 'p' then 'procedure' else 'function' end as kind,
    pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)) as name,
    pg_catalog.format(
      '%I.%I(%s)', n.nspname, p.proname,
      (
        select pg_catalog.string_agg(pg_catalog.format_type(a.type, null), ', ' order by a.position)
        from pg_catalog.unnest(p.proargtypes::pg_catalog.oid[]) with ordinality as a (type, position)
      )
    ) as named
) as i
where p.oid = any ({functions})
union all
select
  'pg_policy', p.oid, pg_catalog.format('%I on %I.%I', p.polname, n.nspname, c.relname), '',
  pg_catalog.format('drop policy %I on %I.%I', p.polname, n.nspname, c.relname),
  pg_catalog.format(
    'create policy %I on %I.%I as %s for %s to %s%s%s', p.polname, n.nspname, c.relname,
    case when p.polpermissive then 'permissive' else 'restrictive' end,
    case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
    (
      select pg_catalog.string_agg(
        case r.role when 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r.role)) end, ', '
      )
      from pg_catalog.unnest(p.polroles) as r (role)
    ),
    ' using (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')',
    ' with check (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')'
  )
from pg_catalog.pg_policy as p
join pg_catalog.pg_class as c on c.oid = p.polrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where p.oid = any ({policies});

-- What they have besides: (class, oid, what it is, statement, whether to run it at all), to be run in this order once they exist again.
with things as (
  select
    'pg_class' as class, c.oid, 'view' as kind, 'table' as grant_kind,
    pg_catalog.format('%I.%I', n.nspname, c.relname) as name,
    c.relowner as owner, c.relacl as acl, pg_catalog.acldefault('r', c.relowner) as default_acl,
    pg_catalog.format('%I.%I', n.nspname, c.relname) as named
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  where c.oid = any ({views})
  union all
  select
    'pg_proc', p.oid, i.kind, i.kind, i.name, p.proowner, p.proacl, pg_catalog.acldefault('f', p.proowner),
    pg_catalog.format(
      '%I.%I(%s)', n.nspname, p.proname,
      (
        select pg_catalog.string_agg(pg_catalog.format_type(a.type, null), ', ' order by a.position)
        from pg_catalog.unnest(p.proargtypes::pg_catalog.oid[]) with ordinality as a (type, position)
      )
    )
  from pg_catalog.pg_proc as p
  join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
  cross join lateral (
    select
      case p.prokind when 'p' then 'procedure' else 'function' end as kind,
      pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)) as name
  ) as i
  where p.oid = any ({functions})
),
columns as (
  select
    t.*, a.attnum, a.attname, a.attacl,
    -- The column may be gone by then.
    pg_catalog.format(
      'begin if exists (select from pg_catalog.pg_attribute where attrelid = %L::pg_catalog.regclass and attname = %L '
      'and attnum > 0 and not attisdropped) then ', t.name, a.attname
    ) as guard
  from things as t
  join pg_catalog.pg_attribute as a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
  where t.class = 'pg_class'
),
-- Grants of others than the owner come last: they hold by the grant options that the owner gave.
grants as (
  select
    x.class, x.oid, x.column_name,
    pg_catalog.string_agg(
      pg_catalog.format(
        case when x.grantor = x.owner then '%1$s' else 'set local role %2$I; %1$s reset role;' end,
        pg_catalog.format(
          'grant %s%s on %s %s to %s%s;', x.privilege_type,
          case when x.column_name is null then '' else pg_catalog.format(' (%I)', x.column_name) end,
          x.grant_kind, x.name,
          case x.grantee when 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) end,
          case when x.is_grantable then ' with grant option' else '' end
        ),
        pg_catalog.pg_get_userbyid(x.grantor)
      ),
      ' ' order by x.grantor <> x.owner, x.position
    ) as statements
  from (
    select t.*, null::pg_catalog.name as column_name, e.*
    from things as t
    cross join lateral pg_catalog.aclexplode(coalesce(t.acl, t.default_acl))
      with ordinality as e (grantor, grantee, privilege_type, is_grantable, position)
    union all
    select t.class, t.oid, t.kind, t.grant_kind, t.name, t.owner, t.acl, t.default_acl, t.named, t.attname, e.*
    from columns as t
    cross join lateral pg_catalog.aclexplode(t.attacl)
      with ordinality as e (grantor, grantee, privilege_type, is_grantable, position)
  ) as x
  group by x.class, x.oid, x.column_name
)
select s.class, s.oid, s.what, s.statement, s.condition
from (
  select
    t.class, t.oid, 10 as step, 0 as position, 'options' as what,
    case when c.reloptions is null
      then pg_catalog.format('alter view %s reset (security_barrier, security_invoker, check_option)', t.name)
      else pg_catalog.format('alter view %s set (%s)', t.name, pg_catalog.array_to_string(c.reloptions, ', '))
    end as statement,
    null as condition
  from things as t
  join pg_catalog.pg_class as c on t.class = 'pg_class' and c.oid = t.oid
  union all
  select t.class, t.oid, 20, 0, 'owner', pg_catalog.format('alter %s %s owner to %I', t.kind, t.name, pg_catalog.pg_get_userbyid(t.owner)), null
  from things as t
  where pg_catalog.pg_get_userbyid(t.owner) <> session_user
  union all
  select
    t.class, t.oid, 30, 0, 'grants',
    pg_catalog.format(
      'do %L',
      pg_catalog.format(
        'declare holder text; begin if %1$s::pg_catalog.text is distinct from %2$L then '
        'for holder in select ''public'' union select pg_catalog.quote_ident(%3$L) union '
        'select case e.grantee when 0 then ''public'' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(e.grantee)) end '
        'from pg_catalog.aclexplode(%1$s) as e '
        'loop execute pg_catalog.format(''revoke all on %4$s %5$s from %%s'', holder); end loop; %6$s end if; end',
        case t.class
          when 'pg_class' then pg_catalog.format('(select relacl from pg_catalog.pg_class where oid = %L::pg_catalog.regclass)', t.named)
          else pg_catalog.format('(select proacl from pg_catalog.pg_proc where oid = %L::pg_catalog.regprocedure)', t.named)
        end, t.acl::pg_catalog.text, pg_catalog.pg_get_userbyid(t.owner), t.grant_kind,
        -- Inside a literal and a format.
        pg_catalog.replace(pg_catalog.replace(t.name, '''', ''''''), '%', '%%'),
        coalesce(g.statements, '')
      )
    ), null
  from things as t
  left join grants as g on g.class = t.class and g.oid = t.oid and g.column_name is null
  union all
  select t.class, t.oid, 40, t.attnum, 'grants',
    pg_catalog.format('do %L', t.guard || g.statements || ' end if; end'), null
  from columns as t
  join grants as g on g.class = t.class and g.oid = t.oid and g.column_name = t.attname
  union all
  select t.class, t.oid, 50, 0, 'comment', pg_catalog.format('comment on %s %s is %L', t.kind, t.name, d.description),
    pg_catalog.format(
      'pg_catalog.obj_description(%L::pg_catalog.%s, %L) is null', t.named, case t.class when 'pg_class' then 'regclass' else 'regprocedure' end, t.class
    )
  from things as t
  join pg_catalog.pg_description as d on d.objoid = t.oid and d.objsubid = 0
    and d.classoid = ('pg_catalog.' || t.class)::pg_catalog.regclass
  union all
  select t.class, t.oid, 50, t.attnum, 'comment',
    pg_catalog.format(
      'do %L',
      t.guard || pg_catalog.format('comment on column %s.%I is %L;', t.name, t.attname, d.description) || ' end if; end'
    ),
    pg_catalog.format(
      'not exists (select from pg_catalog.pg_attribute as a where a.attrelid = %L::pg_catalog.regclass and a.attname = %L '
      'and pg_catalog.col_description(a.attrelid, a.attnum) is not null)', t.name, t.attname
    )
  from columns as t
  join pg_catalog.pg_description as d on d.objoid = t.oid and d.objsubid = t.attnum
    and d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
  union all
  select t.class, t.oid, 60, t.attnum, 'default',
    pg_catalog.format(
      'do %L',
      t.guard || pg_catalog.format(
        'alter view %s alter column %I set default %s;', t.name, t.attname, pg_catalog.pg_get_expr(d.adbin, d.adrelid)
      ) || ' end if; end'
    ), null
  from columns as t
  join pg_catalog.pg_attrdef as d on d.adrelid = t.oid and d.adnum = t.attnum
  union all
  select t.class, t.oid, 70, 0, 'rule', pg_catalog.rtrim(pg_catalog.pg_get_ruledef(r.oid), ';'), null
  from things as t
  join pg_catalog.pg_rewrite as r on t.class = 'pg_class' and r.ev_class = t.oid and r.rulename <> '_RETURN'
  union all
  select t.class, t.oid, 80, 0, 'comment', pg_catalog.format('comment on rule %I on %s is %L', r.rulename, t.name, d.description), null
  from things as t
  join pg_catalog.pg_rewrite as r on t.class = 'pg_class' and r.ev_class = t.oid and r.rulename <> '_RETURN'
  join pg_catalog.pg_description as d on d.objoid = r.oid and d.classoid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
  union all
  select t.class, t.oid, 70, 1, 'trigger', pg_catalog.pg_get_triggerdef(g.oid), null
  from things as t
  join pg_catalog.pg_trigger as g on t.class = 'pg_class' and g.tgrelid = t.oid and not g.tgisinternal
  union all
  select t.class, t.oid, 80, 1, 'comment', pg_catalog.format('comment on trigger %I on %s is %L', g.tgname, t.name, d.description), null
  from things as t
  join pg_catalog.pg_trigger as g on t.class = 'pg_class' and g.tgrelid = t.oid and not g.tgisinternal
  join pg_catalog.pg_description as d on d.objoid = g.oid and d.classoid = 'pg_catalog.pg_trigger'::pg_catalog.regclass
  union all
  select 'pg_policy', p.oid, 80, 0, 'comment', pg_catalog.format('comment on policy %I on %I.%I is %L', p.polname, n.nspname, c.relname, d.description), null
  from pg_catalog.pg_policy as p
  join pg_catalog.pg_class as c on c.oid = p.polrelid
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  join pg_catalog.pg_description as d on d.objoid = p.oid and d.classoid = 'pg_catalog.pg_policy'::pg_catalog.regclass
  where p.oid = any ({policies})
) as s
order by s.class, s.oid, s.step, s.position;
