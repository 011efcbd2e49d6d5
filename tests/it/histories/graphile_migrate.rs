//! graphile-migrate.

use super::{BODIES, NAMES, Tool, ends_equal_from_everywhere};
use crate::support::workspace::Workspace;

fn committed(at: usize, body: &str) -> (String, String) {
    let slug = if at == 1 {
        String::new()
    } else {
        format!("-{}", NAMES[at].replace('_', "-"))
    };
    let path = format!("migrations/committed/00000{}{slug}.sql", at + 1);
    let header = if at == 2 { "--! no-transaction\n" } else { "" };
    let text = format!(
        "--! Previous: -\n--! Hash: sha1:{at}\n--! Message: {}\n\n{header}{body}",
        NAMES[at]
    );
    (path, text)
}

#[test]
fn committed_files_are_taken_over_without_their_headers() {
    let files = BODIES
        .iter()
        .enumerate()
        .map(|(at, body)| committed(at, body));
    let mut files: Vec<_> = files.collect();
    files.push((
        "migrations/current.sql".to_owned(),
        "select 1 / 0;\n".to_owned(),
    ));
    ends_equal_from_everywhere(&Tool {
        name: "graphile-migrate",
        files,
        history: |count| {
            let rows = (0..count).map(|at| format!("('sha1:{at}', '00000{}.sql')", at + 1));
            format!(
                "create schema graphile_migrate; create table graphile_migrate.migrations (hash text primary key, \
                 previous_hash text references graphile_migrate.migrations, filename text not null, date timestamptz not null default now()); \
                 insert into graphile_migrate.migrations (hash, filename) values {};",
                rows.collect::<Vec<_>>().join(", ")
            )
        },
    });
}

#[test]
fn a_placeholder_is_refused_at_its_place() {
    let workspace = Workspace::new();
    let (path, text) = committed(
        0,
        "select now()::TEXT;\ngrant usage on schema public to :DATABASE_OWNER;\n",
    );
    workspace.write(&path, &text);
    let said = workspace
        .run(&[
            "--system",
            "shop",
            "db",
            "import",
            "--from",
            "graphile-migrate",
        ])
        .refused();
    assert!(said.contains("000001-create-orders.sql:6:33"), "{said}");
}
