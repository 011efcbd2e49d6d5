# node-pg-migrate with programs.
npm init -y >/dev/null && npm install --silent node-pg-migrate pg >/dev/null
version=$(node -p "JSON.parse(require('fs').readFileSync('node_modules/node-pg-migrate/package.json')).version")
mkdir migrations
echo 'exports.up = (pgm) => { pgm.createTable("people", { id: "id", name: { type: "text", notNull: true } }); };' > migrations/1714813361123_create.js
echo 'exports.up = (pgm) => { pgm.noTransaction(); pgm.createIndex("people", "name", { concurrently: true }); };' > migrations/1714813361124_index.js
up() { DATABASE_URL=$(url_of "$1") npx node-pg-migrate up "${@:2}" >log 2>&1 || { cat log; exit 1; }; }
up whole
up part 1
own_tables=pgmigrations
import whole --from node-pg-migrate --yes >/dev/null
! import part --from node-pg-migrate --yes 2>said || exit 1
grep -q "has not applied all" said
up part
import part --from node-pg-migrate --yes | grep -q "1 of them adopted"
import empty --from node-pg-migrate --yes >/dev/null
migrate empty >/dev/null
