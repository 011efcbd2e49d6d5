//! Liquibase with formatted SQL: several change sets in a file, in the order of a root changelog.

use super::{BODIES, NAMES, Tool, ends_equal_from_everywhere};

#[test]
fn change_sets_come_in_the_order_of_the_changelog() {
    let set = |at: usize, more: &str| {
        format!(
            "--changeset ann:{} {more}\n{}--rollback select 1 / 0;\n\n",
            NAMES[at], BODIES[at]
        )
    };
    let head = "--liquibase formatted sql\n\n";
    let ignored = "--changeset ann:mysql dbms:mysql\nselect `a`;\n";
    let function = set(3, "splitStatements:true endDelimiter:/")
        .replace("$$;\n", "$$\n/\n")
        .replace(");\n--", ")\n/\n--");
    let files = [
        (
            "db/changelog/root.yaml",
            "databaseChangeLog:\n  - include: { file: z_first.sql, relativeToChangelogFile: true }\n  - include: { file: a_second.sql, relativeToChangelogFile: true }\n".to_owned(),
        ),
        (
            "db/changelog/z_first.sql",
            format!("{head}{}{}{}{ignored}", set(0, ""), set(1, ""), set(2, "runInTransaction:false")),
        ),
        (
            "db/changelog/a_second.sql",
            format!("{head}{function}{}", set(4, "context:\"main or test\"")),
        ),
    ];
    ends_equal_from_everywhere(&Tool {
        name: "liquibase",
        files: files.map(|(path, text)| (path.to_owned(), text)).into(),
        history: |count| {
            let rows = (0..count).map(|at| {
                let file = if at < 3 { "z_first" } else { "a_second" };
                // Its preconditions did not hold.
                let how = if at == 1 { "MARK_RAN" } else { "EXECUTED" };
                format!(
                    "('{}', 'ann', 'db/changelog/{file}.sql', now(), {at}, '{how}')",
                    NAMES[at]
                )
            });
            format!(
                "create table public.databasechangelog (id varchar(255) not null, author varchar(255) not null, filename varchar(255) not null, \
                 dateexecuted timestamp not null, orderexecuted int not null, exectype varchar(10) not null); \
                 create table public.databasechangeloglock (id int primary key, locked boolean not null); \
                 insert into public.databasechangelog values {};",
                rows.collect::<Vec<_>>().join(", ")
            )
        },
    });
}
