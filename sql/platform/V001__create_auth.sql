-- The identity that every system leans on: who is signed in, read from the request's JWT claims the way
-- PostgREST and Supabase set them. A database that already has an auth schema keeps it untouched.
do $platform$
declare
  -- Postgres 16 can ask whether text is JSON; before that only a caught exception can tell, and a caught
  -- exception is a subtransaction, which no parallel plan may start. The type's name is looked up when it is asked,
  -- so it has its schema: a caller's temporary type of that name would run the caller's code for whoever asks.
  claims_reader constant text := case
    when current_setting('server_version_num')::integer >= 160000 then $sql$
      create function auth.jwt() returns jsonb
      language sql stable parallel safe
      return case
        when pg_input_is_valid(nullif(current_setting('request.jwt.claims', true), ''), 'pg_catalog.jsonb')
        then current_setting('request.jwt.claims', true)::jsonb
      end
    $sql$
    else $sql$
      create function auth.jwt() returns jsonb
      language plpgsql stable parallel unsafe
      set search_path = pg_catalog, pg_temp
      as $body$
      begin
        return nullif(current_setting('request.jwt.claims', true), '')::jsonb;
      exception
        when data_exception or program_limit_exceeded then return null;
      end
      $body$
    $sql$
  end;
begin
  if to_regprocedure('auth.uid()') is not null and to_regclass('auth.users') is not null then
    raise notice 'auth.uid() and auth.users exist already: platform leaves this auth schema as it is';
    return;
  end if;

  -- An empty schema that an administrator made for this role is as good as a new one.
  if exists (
    select
    from pg_catalog.pg_namespace as found
    where found.nspname = 'auth'
      and (
        not pg_has_role(found.nspowner, 'usage')
        or exists (select from pg_catalog.pg_class as part where part.relnamespace = found.oid)
        or exists (select from pg_catalog.pg_proc as part where part.pronamespace = found.oid)
      )
  ) then
    raise exception 'schema auth exists but lacks auth.uid() or auth.users'
      using errcode = 'object_not_in_prerequisite_state',
        hint = 'It belongs to something else, so platform does not touch it: complete it, or deploy into another database.';
  end if;

  if to_regnamespace('auth') is null then
    create schema auth;
  end if;

  execute $ddl$
    comment on schema auth is 'Stand-in for the login service: users, and who is signed in.';

    create table auth.users (
      id uuid not null default gen_random_uuid(),
      email text not null,
      raw_app_meta_data jsonb not null default '{}',
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      constraint users_pkey primary key (id),
      constraint users_email_key unique (email),
      constraint users_email_check check (email = lower(email) and email like '_%@_%'),
      constraint users_raw_app_meta_data_check check (jsonb_typeof(raw_app_meta_data) = 'object')
    );
    comment on table auth.users is
      'One row a person who can sign in, with just the columns that other systems refer to.';
    comment on column auth.users.email is 'Lower case, so that one address is one account.';
    comment on column auth.users.raw_app_meta_data is
      'What the login service copies into the JWT as app_metadata; never writable by the user.';

    create function auth.update_updated_at_column() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $body$
    begin
      new.updated_at := now();
      return new;
    end
    $body$;
    comment on function auth.update_updated_at_column() is 'Keeps updated_at at the time of the last change.';

    create trigger users_stamp before update on auth.users
      for each row execute function auth.update_updated_at_column();
  $ddl$;

  execute claims_reader;

  execute $ddl$
    comment on function auth.jwt() is
      'The claims of the request (request.jwt.claims); null when there are none or they are not JSON.';

    create function auth.uid() returns uuid
    language sql stable
    return substring(
      coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''), auth.jwt() ->> 'sub')
      from '(?i)^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
    )::uuid;
    comment on function auth.uid() is
      'The user who is signed in (claim sub); null when nobody is or the claim is not a UUID.';

    create function auth.role() returns text
    language sql stable
    return coalesce(
      nullif(current_setting('request.jwt.claim.role', true), ''),
      auth.jwt() ->> 'role'
    );
    comment on function auth.role() is 'The role that the claims ask for (claim role), or null.';
  $ddl$;

  -- Callers may run in parallel plans where the reader of the claims may.
  if current_setting('server_version_num')::integer >= 160000 then
    execute 'alter function auth.uid() parallel safe';
    execute 'alter function auth.role() parallel safe';
  end if;
end
$platform$;
