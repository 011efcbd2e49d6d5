# graphile-migrate commits a file at a time, and needs databases to try it on.
npm init -y >/dev/null && npm install --silent graphile-migrate pg >/dev/null
version=$(node -p "JSON.parse(require('fs').readFileSync('node_modules/graphile-migrate/package.json')).version")
for name in shadow root; do psql -d postgres -c "create database ${tool}_$name"; done
gm() { DATABASE_URL=$(url_of "$1") SHADOW_DATABASE_URL=$(url_of shadow) ROOT_DATABASE_URL=$(url_of root) npx graphile-migrate "${@:2}" >log 2>&1 || { cat log; exit 1; }; }
gm whole init
commit() { printf '%s\n' "$2" > migrations/current.sql; gm whole commit --message "$1"; }
commit create 'create table people (id int primary key, name text);'
commit index '--! no-transaction
create index concurrently by_name on people (name);'
gm part migrate
commit note 'alter table people add column note text;
create function twice(n int) returns int language sql as $$ select n * 2; $$;'
import whole --from graphile-migrate --yes >/dev/null
import part --from graphile-migrate --yes | grep -q "2 of them adopted"
import empty --from graphile-migrate --yes >/dev/null
migrate whole | grep -q "nothing to do"
migrate part >/dev/null && migrate empty >/dev/null
