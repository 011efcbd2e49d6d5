//! Supabase: `supabase/migrations/20240504090241_name.sql`; `supabase_migrations.schema_migrations`.

use super::convert::{by_text, by_text_sql, found};
use super::{Format, Read, Reader};
use crate::error::Result;
use crate::files::TextFile;

pub(super) const FORMAT: Format = Format {
    name: "supabase",
    folder: "supabase/migrations",
    // The platform's own services have tables of that name, too.
    table: "supabase_migrations.schema_migrations",
    beside: &[],
    read: Reader::Files(read),
    history: |table| {
        format!(
            "select {}, 'applied', null, session_user, 0 from {table} as h;",
            by_text_sql("h.version")
        )
    },
    mend: "run `supabase migration repair`",
};

fn read(file: &TextFile) -> Result<Read> {
    let file_name = file.path.rsplit('/').next().unwrap_or_default();
    let parts = file_name
        .strip_suffix(".sql")
        .and_then(|stem| stem.split_once('_'));
    let is_version = |text: &str| !text.is_empty() && text.bytes().all(|one| one.is_ascii_digit());
    match parts.filter(|(version, _)| is_version(version)) {
        Some((version, words)) => {
            found(file, &by_text(version), words, &file.text, &[]).map(Read::Migration)
        }
        None => Ok(Read::Left(
            "not named like a migration, so that it never ran",
        )),
    }
}
