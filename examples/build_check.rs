//! What a `build.rs` may hold: a migration that cannot be read fails the build, with all mistakes at once and their
//! places. It needs no database. `cargo run --example build_check --no-default-features -- examples/start_up`

use workroom::Project;

/// Every mistake of a project's files, as `cargo` shows them: none when all is well.
#[must_use]
pub fn mistakes(folder: &str) -> Vec<String> {
    let Err(error) = Project::from_dir(folder) else {
        return Vec::new();
    };
    let all = error.iter();
    all.map(|error| format!("cargo::error={error}")).collect()
}

#[allow(clippy::print_stdout, dead_code, reason = "a program of its own")]
fn main() {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "db".to_owned());
    println!("cargo::rerun-if-changed={folder}");
    for line in mistakes(&folder) {
        println!("{line}");
    }
}
