//! Where other programs are started.

use super::{assert_exists, sources};

/// Only there is it decided in which folder, under whom and with which variables a program runs.
const HOME: &str = "server/program";

#[test]
fn every_other_program_is_started_by_one_module() {
    let sources = sources();
    assert_exists(&sources, HOME);
    for source in &sources {
        if source.path == format!("{HOME}.rs") {
            continue;
        }
        for start in ["Command::new(", "set_current_dir", ".current_dir("] {
            let found = source.code.contains(start);
            assert!(
                !found,
                "src/{} has `{start}`: programs are started by src/{HOME}.rs alone",
                source.path
            );
        }
    }
}
