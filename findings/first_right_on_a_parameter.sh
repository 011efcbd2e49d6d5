#!/usr/bin/env bash
# PostgreSQL 18.4: two sessions each give a role of their own the right to set the same parameter.
#
# One would guess that the later one waits for the earlier one and then succeeds, as it does for rights on a table, or at
# worst is told that a tuple was concurrently updated. The first right on a parameter makes a row for the parameter, which
# belongs to the whole server: the later session waits and then ends with a duplicate key of a system catalog, a state
# (23505) that programs take for a mistake in their own data. The same statement succeeds when it is sent again.
#
# Prints what the later session is told, at first and when it asks again; fails when that changes.
set -euo pipefail
. "$(dirname "$0")/support/postgres.sh"
psql -d postgres -c "create role earlier; create role later"
psql -d postgres -c "begin; grant set on parameter lc_messages to earlier; select pg_sleep(3); commit" >/dev/null &
until [ "$(psql -d postgres -Atc "select count(*) from pg_stat_activity where query like '%pg_sleep(3)%' and wait_event = 'PgSleep'")" = 1 ]; do
  sleep 0.1
done
give="grant set on parameter lc_messages to later"
at_first=$(psql -d postgres -v VERBOSITY=verbose -c "$give" 2>&1 | head -1 || true)
wait
again=$(psql -d postgres -v VERBOSITY=verbose -c "$give" 2>&1 | head -1 || true)
echo "at first: ${at_first:-given}"
echo "again: ${again:-given}"
[[ "$at_first" == *"23505"*"pg_parameter_acl_parname_index"* ]] || { echo "the later session is told something else"; exit 1; }
[ -z "$again" ] || { echo "asking again does not help"; exit 1; }
