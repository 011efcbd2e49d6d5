//! Alembic, with two branches that were merged.

use super::programs::becomes_a_baseline;
use super::{NAMES, Tool};

#[test]
fn a_graph_becomes_a_baseline_at_its_head() {
    let before = ["None", "'r0'", "'r0'", "('r1', 'r2')", "'r3'"];
    let files = (0..5).map(|at| {
        let text = format!(
            "\"\"\"{}\"\"\"\nrevision: str = 'r{at}'\ndown_revision: Union[str, None] = {}\n",
            NAMES[at], before[at]
        );
        (format!("alembic/versions/r{at}_{}.py", NAMES[at]), text)
    });
    becomes_a_baseline(&Tool {
        name: "alembic",
        files: files.collect(),
        history: |count| {
            format!(
                "create table public.alembic_version (version_num varchar(32) primary key); \
                 insert into public.alembic_version values ('r{}');",
                count - 1
            )
        },
    });
}
