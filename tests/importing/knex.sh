# knex, whose migrations are programs.
npm init -y >/dev/null && npm install --silent knex pg >/dev/null
version=$(node -p "JSON.parse(require('fs').readFileSync('node_modules/knex/package.json')).version")
mkdir migrations
echo 'module.exports = { client: "pg", connection: process.env.URL_OF };' > knexfile.js
echo 'exports.up = (k) => k.schema.createTable("people", (t) => { t.increments(); t.text("name").notNullable(); t.enu("kind", ["a", "b"]); });
exports.down = () => {};' > migrations/20240504090241_create.js
echo 'exports.up = (k) => k.raw("create index concurrently by_name on people (name)");
exports.down = () => {};
exports.config = { transaction: false };' > migrations/20240504090242_index.js
up() { URL_OF=$(url_of "$1") npx knex "migrate:$2" >log 2>&1 || { cat log; exit 1; }; }
up whole latest
up part up
own_tables="knex_migrations, knex_migrations_lock"
import whole --from knex --yes >/dev/null
! import part --from knex --yes 2>said || exit 1
grep -q "has not applied all" said
up part latest
import part --from knex --yes | grep -q "1 of them adopted"
import empty --from knex --yes >/dev/null
migrate empty >/dev/null
