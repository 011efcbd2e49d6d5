#!/usr/bin/env bash
# drizzle-kit 0.31.11 with drizzle-orm 0.45.4 (npm) on PostgreSQL 18.4: a migration of a branch that is merged late.
#
# One would guess that a migration in the journal which the database has no row of is pending, and runs with the next
# `drizzle-kit migrate`: the journal lists every file, the table every run. Only the latest moment of the table is looked at.
# A file whose moment lies before that, since it was made on another branch before the last one here was applied, never runs,
# and the command says that all went well. Whoever takes over such a history must not take the number of the last row for all
# before it.
#
# Prints what is said, the rows of the history and the tables; fails when that changes.
set -euo pipefail
. "$(dirname "$0")/support/postgres.sh"
psql -d postgres -c 'create database shop'
npm init -y >/dev/null
npm install --silent drizzle-kit@0.31.11 drizzle-orm@0.45.4 pg@8 >/dev/null
mkdir -p drizzle/meta
echo "export default { dialect: 'postgresql', dbCredentials: { host: '$PGHOST', user: 'tester', database: 'shop', ssl: false } };" > drizzle.config.ts
for name in first second late; do echo "create table $name (id int);" > "drizzle/$name.sql"; done
journal() { # TAG=MOMENT…
  local entries=() at=0
  for one in "$@"; do
    entries+=("{ \"idx\": $at, \"version\": \"7\", \"when\": ${one#*=}, \"tag\": \"${one%=*}\", \"breakpoints\": true }")
    at=$((at + 1))
  done
  local IFS=,
  echo "{ \"version\": \"7\", \"dialect\": \"postgresql\", \"entries\": [${entries[*]}] }" > drizzle/meta/_journal.json
}
journal first=1714813361100 second=1714813361300
npx drizzle-kit migrate >/dev/null
journal first=1714813361100 late=1714813361200 second=1714813361300
said=$(npx drizzle-kit migrate 2>&1 | tr -d '\r' | grep -o 'migrations applied successfully' | head -1)
rows=$(psql -d shop -Atc "select string_agg(created_at::text, ' ' order by created_at) from drizzle.__drizzle_migrations")
tables=$(psql -d shop -Atc "select string_agg(relname, ' ' order by relname) from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'")
echo "said: $said"
echo "rows: $rows"
echo "tables: $tables"
[ "$said" = "migrations applied successfully" ] && [ "$rows" = "1714813361100 1714813361300" ] && [ "$tables" = "first second" ] ||
  { echo "the late one is treated in another way"; exit 1; }
