//! Rails: `db/migrate/20240504090241_name.rb`, which are programs, and `db/structure.sql` where the schema is kept as SQL;
//! `schema_migrations`.

use super::format::{Code, Folder};
use super::{Format, Reader, code};
use crate::error::Result;
use crate::files::Tree;

pub(super) const FORMAT: Format = Format {
    name: "rails",
    folder: "db",
    table: "schema_migrations",
    beside: &["ar_internal_metadata"],
    read: Reader::Whole(read),
    history: |table| {
        format!("select h.version, 'applied', null, session_user, 0 from {table} as h;")
    },
    mend: "run `bin/rails db:migrate`",
};

const SCHEMA: &str = "structure.sql";

fn read(tree: &Tree) -> Result<Folder> {
    let mut steps = Vec::new();
    for entry in tree.list("migrate")?.unwrap_or_default() {
        let Some(stem) = entry.name.strip_suffix(".rb") else {
            continue;
        };
        let version = stem.split('_').next().unwrap_or_default();
        if !version.is_empty() && version.bytes().all(|one| one.is_ascii_digit()) {
            let path = format!("migrate/{}", entry.name);
            steps.push((path, version.to_owned()));
        }
    }
    let mut folder = code::folder(steps, Vec::new());
    if let Some(code) = folder.code.take() {
        let schema = tree.exists(SCHEMA).then(|| tree.read(SCHEMA)).transpose()?;
        folder.code = Some(Code {
            schema: schema.map(|file| (SCHEMA.to_owned(), schema_of(&file.text))),
            ..code
        });
    }
    Ok(folder)
}

/// What `pg_dump` sets for the session that reads its script; other servers may not know it.
const SETTINGS: [&str; 11] = [
    "client_encoding",
    "client_min_messages",
    "default_table_access_method",
    "default_tablespace",
    "idle_in_transaction_session_timeout",
    "lock_timeout",
    "row_security",
    "search_path",
    "statement_timeout",
    "transaction_timeout",
    "xmloption",
];

/// What `pg_dump` wrote, without what psql alone understands and the rows of the history, which Rails puts at the end.
fn schema_of(text: &str) -> String {
    let text = match text.find("INSERT INTO \"schema_migrations\"") {
        Some(end) => &text[..end],
        None => text,
    };
    let is_of_the_session = |line: &str| {
        let set = line.strip_prefix("SET ");
        let name = set.and_then(|rest| rest.split(' ').next());
        name.is_some_and(|name| SETTINGS.contains(&name))
    };
    let lines = text.split_inclusive('\n').filter(|line| {
        !line.starts_with("\\restrict")
            && !line.starts_with("\\unrestrict")
            && !is_of_the_session(line)
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_structure_is_taken_without_its_history() {
        let text = "\\restrict x\n\nSET lock_timeout = 0;\ncreate table public.a ();\nupdate x\nSET a = 1;\nSET search_path TO \"$user\", public;\n\n\
                    INSERT INTO \"schema_migrations\" (version) VALUES\n('1');\n\n";
        assert_eq!(
            schema_of(text),
            "\ncreate table public.a ();\nupdate x\nSET a = 1;\n\n"
        );
    }
}
