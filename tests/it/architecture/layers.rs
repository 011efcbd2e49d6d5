//! Who may use whom, print and exit.

use super::{assert_exists, belongs, imports, sources};

/// Whether code uses a module of this crate: `crate::module`, also inside `use crate::{…}`.
fn uses(code: &str, module: &str) -> bool {
    code.contains(&format!("crate::{module}::"))
        || code.contains(&format!("crate::{module};"))
        || code.contains(&format!("crate::{module} "))
        || imports(code, "use crate::{", module)
}

const FEATURES: &[&str] = &[
    "data", "docs", "import", "layout", "lint", "measure", "migrate", "objects", "policy", "prove",
    "seed", "sync", "verify",
];

/// The feature that stands above another one, and the one that it may use.
const ABOVE: (&str, &str) = ("prove", "policy");

/// What composes features for many databases: it stands above `deployment`, and nothing but commands uses it.
const FLEET: &str = "fleet";

/// Module → what it must never use.
fn forbidden() -> Vec<(&'static str, Vec<&'static str>)> {
    let above = ["commands", "output", "cli"];
    let features_and_above = [FEATURES, &["deployment", FLEET], &above].concat();
    let servers = ["catalog", "database", "server"];
    let mut rules = vec![
        (
            "clock",
            [
                features_and_above.as_slice(),
                &servers,
                &["project", "files", "sql", "report", "event"],
            ]
            .concat(),
        ),
        (
            "error",
            [
                features_and_above.as_slice(),
                &servers,
                &["project", "files", "sql", "report", "event"],
            ]
            .concat(),
        ),
        (
            "report",
            [
                features_and_above.as_slice(),
                &servers,
                &["project", "files", "sql", "event"],
            ]
            .concat(),
        ),
        (
            "event",
            [
                features_and_above.as_slice(),
                &servers,
                &["project", "files", "sql", "report"],
            ]
            .concat(),
        ),
        (
            "output",
            [
                FEATURES,
                &servers,
                &["commands", "cli", "deployment", FLEET, "project", "sql"],
            ]
            .concat(),
        ),
    ];
    for module in ["project", "files", "sql"] {
        rules.push((module, [features_and_above.as_slice(), &servers].concat()));
    }
    for module in servers {
        rules.push((module, features_and_above.clone()));
    }
    rules.push(("disposable", features_and_above.clone()));
    for feature in FEATURES {
        let others = FEATURES
            .iter()
            .copied()
            .filter(|other| other != feature && (*feature, *other) != ABOVE);
        let over = ["deployment", FLEET].into_iter().chain(above);
        rules.push((feature, others.chain(over).collect()));
    }
    rules.push(("deployment", [[FLEET].as_slice(), &above].concat()));
    rules.push((FLEET, above.to_vec()));
    rules
}

#[test]
fn nobody_uses_what_stands_above() {
    let sources = sources();
    for (module, never) in forbidden() {
        assert_exists(&sources, module);
        for source in sources
            .iter()
            .filter(|source| belongs(&source.path, module))
        {
            // Unit tests below a module may take a shortcut; what is built may not.
            let code = source.code.split("#[cfg(test)]").next().unwrap();
            for other in &never {
                assert!(
                    !uses(code, other),
                    "src/{} uses crate::{other}",
                    source.path
                );
            }
        }
    }
}

#[test]
fn a_forbidden_use_is_noticed() {
    assert!(uses("use crate::output::Style;", "output"));
    assert!(uses("use crate::{error::Error, output};", "output"));
    assert!(uses("let x = crate::output::render();", "output"));
    assert!(!uses("use crate::output_of::Style;", "output"));
}

#[test]
fn nothing_but_main_and_output_prints_or_exits() {
    for source in sources() {
        if source.path == "main.rs" || belongs(&source.path, "output") {
            continue;
        }
        for word in [
            "println!",
            "print!",
            "eprintln!",
            "eprint!",
            "dbg!",
            "process::exit",
            "io::stdout",
            "io::stderr",
        ] {
            assert!(
                !source.code.contains(word),
                "src/{} has {word}",
                source.path
            );
        }
    }
}
