//! TypeORM.

use super::programs::becomes_a_baseline;
use super::{NAMES, Tool};

#[test]
fn classes_become_a_baseline() {
    let files = (0..5).map(|at| {
        let moment = 1_714_813_361_123_u64 + at as u64;
        let text = format!("export class Step{moment} implements MigrationInterface {{\n}}\n");
        (format!("src/migrations/{moment}-{}.ts", NAMES[at]), text)
    });
    becomes_a_baseline(&Tool {
        name: "typeorm",
        files: files.collect(),
        history: |count| {
            let rows = (0..count).map(|at| {
                let moment = 1_714_813_361_123_u64 + at as u64;
                format!("({moment}, 'Step{moment}')")
            });
            format!(
                "create table public.migrations (id serial primary key, \"timestamp\" bigint not null, name varchar not null); \
                 insert into public.migrations (\"timestamp\", name) values {};",
                rows.collect::<Vec<_>>().join(", ")
            )
        },
    });
}
