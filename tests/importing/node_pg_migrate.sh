# node-pg-migrate with files in SQL of all three kinds of names.
npm init -y >/dev/null && npm install --silent node-pg-migrate pg >/dev/null
version=$(node -p "JSON.parse(require('fs').readFileSync('node_modules/node-pg-migrate/package.json')).version")
mkdir migrations
printf -- '-- Up Migration\ncreate table people (id int primary key);\n-- Down Migration\ndrop table people;\n' > migrations/1714813361123_create.sql
printf -- '-- Down Migration\nselect 1/0;\n-- Up Migration\nalter table people add column name text;\n' > migrations/20240504090241124_name.sql
printf -- '-- nothing\n' > migrations/1714813361125_nothing.sql
printf -- 'create index by_name on people (name);\n' > migrations/20240504090241126_index.sql
up() { DATABASE_URL=$(url_of "$1") npx node-pg-migrate up "${@:2}" >log 2>&1 || { cat log; exit 1; }; }
up whole
up part 2
own_tables=pgmigrations
import whole --from node-pg-migrate --yes >/dev/null
import part --from node-pg-migrate --yes | grep -q "2 of them adopted"
import empty --from node-pg-migrate --yes >/dev/null
migrate whole | grep -q "nothing to do"
migrate part >/dev/null && migrate empty >/dev/null
