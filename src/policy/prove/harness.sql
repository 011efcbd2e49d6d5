-- Tries statements one after the other, each in a subtransaction that is rolled back, under somebody's role.
-- Temporary: it goes with the session.
create or replace function pg_temp.workroom_probe(
  persona text, settings text[], probes text[], before text, replica text
)
returns table (at integer, state text, message text, touched bigint, keys text)
language plpgsql
as $workroom$
begin
  -- Triggers and foreign keys are not what is asked about, unless they are.
  perform pg_catalog.set_config('session_replication_role', replica, true);
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
      if probes[2 * probe] = '?' then
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
    return next;
  end loop;
  perform pg_catalog.set_config('role', 'none', true);
  for setting in 1 .. pg_catalog.cardinality(settings) / 2 loop
    perform pg_catalog.set_config(settings[2 * setting - 1], '', true);
  end loop;
  perform pg_catalog.set_config('session_replication_role', 'origin', true);
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
  perform pg_catalog.set_config('session_replication_role', 'replica', true);
  for candidate in 1 .. pg_catalog.cardinality(candidates) loop
    at := candidate;
    begin
      execute candidates[candidate];
      state := '';
      perform pg_catalog.set_config('session_replication_role', 'origin', true);
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
  perform pg_catalog.set_config('session_replication_role', 'origin', true);
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
