# drizzle-kit 0.31 makes the files and applies them; drizzle-orm applies the journal's first ones in part.
npm init -y >/dev/null && npm install --silent drizzle-kit@0.31 drizzle-orm@0.45 pg >/dev/null
version=$(node -p "JSON.parse(require('fs').readFileSync('node_modules/drizzle-kit/package.json')).version")
schema_of() {
  cat > schema.ts <<TS
import { pgTable, serial, text, integer, index } from "drizzle-orm/pg-core";
export const people = pgTable("people", { id: serial().primaryKey(), name: text().notNull()$1 });
TS
}
kit() { URL_OF=$(url_of "$1") npx drizzle-kit "${@:2}" >log 2>&1 || { cat log; exit 1; }; }
cat > drizzle.config.ts <<'TS'
export default { dialect: "postgresql", schema: "./schema.ts", dbCredentials: { url: process.env.URL_OF } };
TS
schema_of '' && kit part generate --name create
schema_of ', age: integer().default(1)' && kit part generate --name age
kit part migrate
kit part generate --custom --name nothing
schema_of ', age: integer().default(1), note: text() }, (t) => [index("by_name").on(t.name)]); export const other = pgTable("other", { id: integer()' && kit part generate --name later
kit whole migrate
import whole --from drizzle --yes >/dev/null
import part --from drizzle --yes | grep -q "2 of them adopted"
import empty --from drizzle --yes >/dev/null
migrate whole | grep -q "nothing to do"
migrate part >/dev/null && migrate empty >/dev/null
