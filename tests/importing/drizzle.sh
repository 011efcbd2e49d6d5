# drizzle-kit 0.31 makes the files and applies them; drizzle-orm applies the journal's first ones in part.
. "$here/drizzle_kit.sh" 0.31 0.45
schema_of '' && kit part generate --name create
schema_of ', age: integer().default(1)' && kit part generate --name age
kit part migrate
kit part generate --custom --name nothing
schema_of ', age: integer().default(1), note: text() }, (t) => [index("by_name").on(t.name)]); export const other = pgTable("other", { id: integer()' && kit part generate --name later
kit whole migrate
import_everywhere
