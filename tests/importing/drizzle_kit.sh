# What both releases of drizzle-kit need: `. drizzle_kit.sh KIT ORM`, the versions to install.
npm init -y >/dev/null && npm install --silent "drizzle-kit@$1" "drizzle-orm@$2" pg >/dev/null
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
# What is imported, and what comes of it.
import_everywhere() {
  import whole --from drizzle --yes >/dev/null
  import part --from drizzle --yes | grep -q "2 of them adopted"
  import empty --from drizzle --yes >/dev/null
  migrate whole | grep -q "nothing to do"
  migrate part >/dev/null && migrate empty >/dev/null
}
