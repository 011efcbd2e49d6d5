//! Builds again when a shipped file is added or taken away: `include_dir` only notices changed ones.

fn main() {
    for path in [
        "sql",
        "views",
        "policies",
        "seeds",
        "workroom.toml",
        "build.rs",
    ] {
        println!("cargo:rerun-if-changed={path}");
    }
}
