-- What the server writes for a definition, written and read again as often: what it has written may come back otherwise
-- once, and is the same from then on. Nothing runs; views and functions are made and dropped.
create function pg_temp.written(kind text, name text, definition text, rounds int) returns text[]
language plpgsql as $$
declare
  texts text[] := '{}';
begin
  for round in 1 .. rounds loop
    if kind = 'policy' then
      execute concat('create temporary view workroom_written as ', definition);
      definition := rtrim(pg_get_viewdef(to_regclass('pg_temp.workroom_written')), ';');
      execute 'drop view pg_temp.workroom_written';
      texts := texts || definition;
    else
      execute concat('create function pg_temp.', quote_ident(name), definition);
      select substr(
        pg_get_functiondef(routine.oid),
        length(concat('CREATE OR REPLACE FUNCTION ', quote_ident(schema.nspname), '.', quote_ident(routine.proname))) + 1
      ) into strict definition
      from pg_proc as routine join pg_namespace as schema on schema.oid = routine.pronamespace
      where schema.oid = pg_my_temp_schema() and routine.proname = name;
      execute concat('drop function pg_temp.', quote_ident(name));
      -- Postgres 15 cannot run in parallel what later versions can, and templates say so there.
      texts := texts || regexp_replace(definition, ' PARALLEL (SAFE|RESTRICTED)', '');
    end if;
  end loop;
  return texts;
exception when others then
  return texts;
end $$;

create function pg_temp.is_same(kind text, name text, one text, other text) returns bool
language plpgsql as $$
begin
  if one is null or other is null then
    return one is null and other is null;
  end if;
  return pg_temp.written(kind, name, one, 1) && pg_temp.written(kind, name, other, 1)
    or pg_temp.written(kind, name, one, 3) && pg_temp.written(kind, name, other, 3);
end $$;

select wanted.at, case when
    policy.polcmd::text = wanted.command and policy.polpermissive = wanted.is_permissive
    and array(
      select coalesce(role.rolname::text, 'public') collate "C"
      from unnest(policy.polroles) as given (oid) left join pg_roles as role on role.oid = given.oid order by 1
    ) = wanted.roles
    and pg_temp.is_same('policy', '', rows.source || wanted.using_text, rows.source || pg_get_expr(policy.polqual, policy.polrelid))
    and pg_temp.is_same('policy', '', rows.source || wanted.check_text, rows.source || pg_get_expr(policy.polwithcheck, policy.polrelid))
  then 'yes' else 'no' end
from (values {{policies}}) as wanted (at, schema, relation, policy, command, is_permissive, roles, using_text, check_text)
cross join lateral (select format('select 1 as one from %I.%I where ', wanted.schema, wanted.relation)) as rows (source)
join pg_namespace as schema on schema.nspname = wanted.schema
join pg_class as relation on relation.relnamespace = schema.oid and relation.relname = wanted.relation
join pg_policy as policy on policy.polrelid = relation.oid and policy.polname = wanted.policy
union all
select wanted.at, case
    when wanted.owner is null and routine.prosecdef then 'no'
    when not pg_temp.is_same(
      'function', wanted.function, wanted.definition, substr(
        pg_get_functiondef(routine.oid),
        length(concat('CREATE OR REPLACE FUNCTION ', quote_ident(schema.nspname), '.', quote_ident(routine.proname))) + 1
      )
    ) then 'no'
    when wanted.owner <> pg_get_userbyid(routine.proowner) then concat('of ', pg_get_userbyid(routine.proowner))
    else 'yes'
  end
from (values {{functions}}) as wanted (at, schema, function, definition, owner)
join pg_namespace as schema on schema.nspname = wanted.schema
join pg_proc as routine on routine.pronamespace = schema.oid and routine.proname = wanted.function and routine.prokind = 'f';
