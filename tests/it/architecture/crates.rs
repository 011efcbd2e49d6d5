//! Each outside crate has one home.

use super::{assert_exists, belongs, imports, sources};

/// Outside crate → the modules that may name it. The same as the comments in `Cargo.toml`.
const HOMES: &[(&str, &[&str])] = &[
    ("annotate_snippets", &["output/diagnostic"]),
    ("anyhow", &["main"]),
    ("clap", &["cli", "commands", "main"]),
    ("clap_complete", &["commands/completions"]),
    ("comfy_table", &["output/table"]),
    ("fastrand", &["database"]),
    ("futures_util", &["database"]),
    ("hmac", &["sync/webhook"]),
    ("httparse", &["sync/webhook"]),
    ("include_dir", &["files", "shipped"]),
    ("indicatif", &["output/progress"]),
    ("quick_xml", &["output/junit"]),
    (
        "rustix",
        &["server", "files/owner", "files/inside", "output/style"],
    ),
    ("rustls", &["database/tls"]),
    ("rustls_native_certs", &["database/tls"]),
    (
        "serde_json",
        &[
            "data/json",
            "import/drizzle",
            "measure/stats",
            "output/json",
            "output/lines",
            "output/sarif",
            "prove/claims",
            "sync",
            "verify/manifest",
        ],
    ),
    ("sha2", &["files", "sync/webhook"]),
    ("squawk_syntax", &["sql/tree"]),
    ("siphasher", &["migrate/history"]),
    ("similar", &["migrate/mismatch"]),
    ("tera", &["policy/render"]),
    ("tokio_postgres", &["database", "catalog", "objects/apply"]),
    ("tokio_postgres_rustls", &["database/tls"]),
    ("toml", &["files/toml"]),
    ("ureq", &["sync/notion"]),
];

/// Whether code names a crate: as the beginning of a path, not as a part of another.
fn names_crate(code: &str, name: &str) -> bool {
    code.match_indices(&format!("{name}::")).any(|(at, _)| {
        !code[..at].ends_with(|before: char| before.is_alphanumeric() || "_:.".contains(before))
    })
}

/// Whether code uses a module of a module: `crate::module::inner`, also inside `use crate::module::{…}`.
fn uses_of(code: &str, module: &str, inner: &str) -> bool {
    code.contains(&format!("crate::{module}::{inner}"))
        || imports(code, &format!("use crate::{module}::{{"), inner)
}

#[test]
fn each_outside_crate_has_its_home() {
    let sources = sources();
    for (name, homes) in HOMES {
        for home in *homes {
            assert_exists(&sources, home);
        }
        let mut is_used = false;
        for source in &sources {
            let code = source.code.split("#[cfg(test)]").next().unwrap();
            // `toml::` is also our own module, imported by name.
            let is_ours = *name == "toml" && uses_of(code, "files", "toml");
            if names_crate(code, name) && !is_ours {
                is_used = true;
                assert!(
                    homes.iter().any(|home| belongs(&source.path, home)),
                    "src/{} uses {name}, whose home is src/{}",
                    source.path,
                    homes.join(", src/")
                );
            }
        }
        assert!(is_used, "{name} has a home and is not used");
    }
}
