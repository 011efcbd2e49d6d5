# drizzle-kit 1.0: folders, and names in the history.
. "$here/drizzle_kit.sh" 1.0.0-rc.5 1.0.0-rc.5
schema_of '' && kit part generate --name create && sleep 1
schema_of ', age: integer().default(1)' && kit part generate --name age && sleep 1
kit part migrate
schema_of ', age: integer().default(1), note: text() }, (t) => [index("by_name").on(t.name)]); export const other = pgTable("other", { id: integer()' && kit part generate --name later
kit whole migrate
import_everywhere
