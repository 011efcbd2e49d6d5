-- Tries statements one after the other, each in a subtransaction that is rolled back, under somebody's role.
-- With outcomes that are wanted, it stops at the first that is another, and returns only that.
-- Temporary: it goes with the session.
create or replace function pg_temp.workroom_probe(
  persona text, settings text[], probes text[], before text, replica text, wanted text[], is_new boolean
)
returns table (at integer, state text, message text, touched bigint, keys text)
language plpgsql
as $workroom$
declare
  is_hunt constant boolean := pg_catalog.cardinality(wanted) > 0;
  answer text;
  is_found boolean := false;
begin
  if is_hunt and pg_catalog.current_setting('workroom.found', true) = 'yes' then
    return;
  end if;
  -- A plan may hold what another role was allowed to call.
  if is_new then
    discard plans;
  end if;
  -- Triggers and foreign keys are not what is asked about, unless they are. A change makes the server forget all
  -- that it has planned, so there is none without need.
  if replica <> '' and pg_catalog.current_setting('session_replication_role') <> replica then
    perform pg_catalog.set_config('session_replication_role', replica, true);
  end if;
  if before <> '' then
    execute before;
  end if;
  for setting in 1 .. pg_catalog.cardinality(settings) / 2 loop
    perform pg_catalog.set_config(settings[2 * setting - 1], settings[2 * setting], true);
  end loop;
  perform pg_catalog.set_config('role', persona, true);
  for probe in 1 .. pg_catalog.cardinality(probes) / 2 loop
    at := probe;
    state := '';
    message := '';
    touched := 0;
    keys := '';
    begin
      if probes[2 * probe] = '#' then
        execute probes[2 * probe - 1] into answer;
        touched := pg_catalog.split_part(answer, '/', 1)::bigint;
        keys := pg_catalog.substr(answer, pg_catalog.strpos(answer, '/') + 1);
      elsif probes[2 * probe] = '?' then
        execute probes[2 * probe - 1] into keys;
      else
        execute probes[2 * probe - 1];
        get diagnostics touched = row_count;
        if pg_catalog.left(probes[2 * probe], 1) = '!' then
          execute pg_catalog.substr(probes[2 * probe], 2) into keys;
        elsif probes[2 * probe] <> '' then
          perform pg_catalog.set_config('role', 'none', true);
          execute probes[2 * probe] into keys;
        end if;
      end if;
      raise exception using errcode = 'WRBAK';
    exception
      when sqlstate 'WRBAK' then null;
      when others then
        get stacked diagnostics state = returned_sqlstate, message = message_text;
    end;
    if not is_hunt then
      return next;
    elsif not pg_temp.workroom_is_wanted(wanted[probe], state, message, touched, keys) then
      return next;
      is_found := true;
      exit;
    end if;
  end loop;
  perform pg_catalog.set_config('role', 'none', true);
  for setting in 1 .. pg_catalog.cardinality(settings) / 2 loop
    perform pg_catalog.set_config(settings[2 * setting - 1], '', true);
  end loop;
  if replica = 'origin' then
    perform pg_catalog.set_config('session_replication_role', 'replica', true);
  end if;
  if is_found then
    perform pg_catalog.set_config('workroom.found', 'yes', true);
  end if;
end
$workroom$;
-- Whether an outcome is like what is wanted: errors that may be, who may refuse, and what comes of it without an error.
create or replace function pg_temp.workroom_is_wanted(
  wanted text, state text, message text, touched bigint, keys text
)
returns boolean
language plpgsql
as $workroom$
declare
  passes constant text := pg_catalog.split_part(wanted, pg_catalog.chr(31), 3);
begin
  if state <> '' then
    return state like any (pg_catalog.string_to_array(pg_catalog.split_part(wanted, pg_catalog.chr(31), 1), ','))
      or state = '42501' and pg_catalog.split_part(wanted, pg_catalog.chr(31), 2)
        = case when message ~ '^({by_grant})' then 'grant' else 'policy' end;
  elsif pg_catalog.left(passes, 4) = 'with' then
    return coalesce(keys, '') = pg_catalog.substr(passes, 5)
      or coalesce((
        select pg_catalog.string_agg(found.key, pg_catalog.chr(30) order by found.key)
        from (
          select distinct one collate "C" as key
          from pg_catalog.unnest(pg_catalog.string_to_array(keys, pg_catalog.chr(30))) as one
          where one <> ''
        ) as found
      ), '') = pg_catalog.substr(passes, 5);
  elsif pg_catalog.left(passes, 8) = 'touching' then
    return touched = pg_catalog.substr(passes, 9)::bigint;
  end if;
  return passes = 'anyhow';
end
$workroom$;
-- Makes a function of a statement, so that it is planned once for a role and not once for each row. False when
-- that cannot be done.
create or replace function pg_temp.workroom_shape(number integer, statement text, after text, parameters integer)
returns boolean
language plpgsql
as $workroom$
declare
  kinds text := '';
  body text;
begin
  if parameters > 0 then
    begin
      execute 'prepare workroom_shape as ' || statement;
      select pg_catalog.string_agg(kind.name::text, ', ' order by kind.at) into kinds
      from pg_catalog.pg_prepared_statements as one,
        pg_catalog.unnest(one.parameter_types) with ordinality as kind (name, at)
      where one.name = 'workroom_shape';
      deallocate workroom_shape;
    exception
      when others then
        return false;
    end;
  end if;
  if after = '?' then
    body := statement || ' into workroom_keys;';
  else
    if pg_catalog.left(statement, 7) = 'select ' then
      body := 'perform ' || pg_catalog.substr(statement, 8);
    elsif pg_catalog.strpos(statement, ' returning ') > 0 then
      body := statement || ' into workroom_answer';
    else
      body := statement;
    end if;
    body := body || '; get diagnostics workroom_touched = row_count;';
    if pg_catalog.left(after, 1) = '!' then
      body := body || pg_catalog.substr(after, 2) || ' into workroom_keys;';
    elsif after <> '' then
      body := body || 'perform pg_catalog.set_config(''role'', ''none'', true);' || after || ' into workroom_keys;';
    end if;
  end if;
  execute pg_catalog.format(
    'create function pg_temp.workroom_%s(%s) returns text language plpgsql as %L', number, kinds,
    '#variable_conflict use_column
    declare
      workroom_touched bigint := 0;
      workroom_keys text := '''';
      workroom_answer text;
    begin
      ' || body || '
      return workroom_touched || ''/'' || coalesce(workroom_keys, '''');
    end'
  );
  return true;
exception
  when others then
    return false;
end
$workroom$;
-- Runs the first of some statements that succeeds; says which, or which one was the first to fail in a new way.
create or replace function pg_temp.workroom_first(candidates text[], known text[])
returns table (at integer, state text, message text, failed text)
language plpgsql
as $workroom$
declare
  new_at integer := 0;
  new_state text;
  new_message text;
  new_failed text;
begin
  for candidate in 1 .. pg_catalog.cardinality(candidates) loop
    at := candidate;
    begin
      execute candidates[candidate];
      state := '';
      return next;
      return;
    exception
      when others then
        get stacked diagnostics state = returned_sqlstate, message = message_text, failed = constraint_name;
        if failed = '' then
          get stacked diagnostics failed = column_name;
        end if;
        if new_at = 0 and failed <> all (known) then
          new_at := candidate;
          new_state := state;
          new_message := message;
          new_failed := failed;
        end if;
    end;
  end loop;
  if new_at > 0 then
    at := new_at;
    state := new_state;
    message := new_message;
    failed := new_failed;
  end if;
  return next;
end
$workroom$;
-- Passes every row and remembers it: what a condition of the user's own gets to see before policies have their say.
create or replace function pg_temp.workroom_leak(key text) returns boolean
language plpgsql cost 0.0000001
as $workroom$
begin
  perform pg_catalog.set_config(
    'workroom.leaked', pg_catalog.current_setting('workroom.leaked', true) || pg_catalog.chr(30) || key, true
  );
  return true;
end
$workroom$;
-- Lets one row pass, whichever comes first: a condition that reads no column and therefore needs no right to read.
create or replace function pg_temp.workroom_once() returns boolean
language plpgsql volatile
as $workroom$
begin
  if pg_catalog.current_setting('workroom.once', true) = 'done' then
    return false;
  end if;
  perform pg_catalog.set_config('workroom.once', 'done', true);
  return true;
end
$workroom$;
-- Which of some texts the server takes for a type, by their place: a column of that type is given each.
create or replace function pg_temp.workroom_accepts(kind text, candidates text[]) returns integer[]
language plpgsql
as $workroom$
declare
  accepted integer[] := '{}';
begin
  execute pg_catalog.format('create temporary table workroom_input (value %s)', kind);
  for candidate in 1 .. pg_catalog.cardinality(candidates) loop
    begin
      execute pg_catalog.format('insert into pg_temp.workroom_input values (%L)', candidates[candidate]);
      accepted := accepted || candidate;
    exception
      when others then null;
    end;
  end loop;
  drop table pg_temp.workroom_input;
  return accepted;
end
$workroom$;
-- Which of some statements go through, each as if it were alone: a letter for each.
create or replace function pg_temp.workroom_takes(statements text[]) returns text
language plpgsql
as $workroom$
declare
  letters text := '';
begin
  for at in 1 .. pg_catalog.cardinality(statements) loop
    begin
      execute statements[at];
      raise exception using errcode = 'WRBAK';
    exception
      when sqlstate 'WRBAK' then letters := letters || 't';
      when others then letters := letters || 'f';
    end;
  end loop;
  return letters;
end
$workroom$;
