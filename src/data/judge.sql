create temporary table workroom_refusals (
  relation integer not null,
  row_number bigint not null,
  column_number integer,
  state text not null,
  message text not null,
  detail text
) on commit drop;

-- Runs a statement for a range of rows; where it fails, for each half of the range, down to single rows, whose errors are
-- kept. What succeeds stays, so that later rows meet it. An error that is not about rows ends everything.
create function pg_temp.workroom_judge(
  relation integer, column_number integer, statement text, low bigint, high bigint, most bigint, policies_bind boolean
) returns bigint
language plpgsql
as $$
declare
  lows bigint[] := array[low];
  highs bigint[] := array[high];
  top integer;
  first bigint;
  last bigint;
  middle bigint;
  found bigint := 0;
  code text;
  said text;
  detailed text;
begin
  while pg_catalog.cardinality(lows) > 0 loop
    top := pg_catalog.cardinality(lows);
    first := lows[top];
    last := highs[top];
    lows := pg_catalog.trim_array(lows, 1);
    highs := pg_catalog.trim_array(highs, 1);
    begin
      execute statement using first, last;
      continue;
    exception when others then
      get stacked diagnostics code = returned_sqlstate, said = message_text, detailed = pg_exception_detail;
      -- Syntax is refused in values too, such as a tsquery's; the statement's own is right.
      if code operator(pg_catalog.~) '^(08|25|40|42|53|55|57|58|XX)' and code operator(pg_catalog.<>) '42601'
        and not (code operator(pg_catalog.=) '42501' and policies_bind)
      then
        raise;
      end if;
    end;
    if first operator(pg_catalog.=) last then
      insert into pg_temp.workroom_refusals
        values (relation, first, column_number, code, said, nullif(detailed, ''));
      found := found operator(pg_catalog.+) 1;
      exit when found operator(pg_catalog.>=) most;
    else
      middle := first operator(pg_catalog.+) ((last operator(pg_catalog.-) first) operator(pg_catalog./) 2);
      lows := lows operator(pg_catalog.||) (middle operator(pg_catalog.+) 1) operator(pg_catalog.||) first;
      highs := highs operator(pg_catalog.||) last operator(pg_catalog.||) middle;
    end if;
  end loop;
  return found;
end
$$;
