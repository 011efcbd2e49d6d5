//! node-pg-migrate with files in SQL.

use super::{BODIES, NAMES, Tool, ends_equal_from_everywhere};

#[test]
fn sections_and_both_kinds_of_numbers_are_taken_over() {
    let numbers = [
        "1714813361123",
        "1714813361124",
        "20240504090241125",
        "1714813361126",
        "20240504090241127",
    ];
    let files = BODIES.iter().enumerate().map(|(at, body)| {
        let path = format!("migrations/{}_{}.sql", numbers[at], NAMES[at]);
        let text = match at % 2 {
            0 => format!("-- Up Migration\n{body}\n-- Down Migration\nselect 1 / 0;\n"),
            _ => format!("-- Down Migration\nselect 1 / 0;\n-- Up Migration\n{body}"),
        };
        (path, text)
    });
    ends_equal_from_everywhere(&Tool {
        name: "node-pg-migrate",
        files: files.collect(),
        history: |count| {
            let names = [
                "1714813361123_create_orders",
                "1714813361124_nothing",
                "20240504090241125_index_orders",
                "1714813361126_double",
                "20240504090241127_later",
            ];
            let rows = names[..count]
                .iter()
                .map(|name| format!("('{name}', now())"));
            format!(
                "create table public.pgmigrations (id serial primary key, name varchar(255) not null, run_on timestamp not null); \
                 insert into public.pgmigrations (name, run_on) values {};",
                rows.collect::<Vec<_>>().join(", ")
            )
        },
    });
}
