//! What the layout promises, held by reading the source: who may use whom, where each crate lives, how long a file is.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use workroom::files::Tree;
use workroom::project::Project;

/// A file of `src/` by its path below it, with its text without comments.
struct Source {
    path: String,
    text: String,
    code: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<Source> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut paths = Vec::new();
    let src = root().join("src");
    collect(&src, &mut paths);
    paths.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        Source {
            path: path.strip_prefix(&src).unwrap().display().to_string(),
            code: without_comments(&text),
            text,
        }
    };
    paths.into_iter().map(read).collect()
}

/// Lines that are comments as a whole are taken out; a word after code stays, and counts.
fn without_comments(text: &str) -> String {
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Whether a file is the module itself or lies in its folder.
fn belongs(path: &str, module: &str) -> bool {
    path == format!("{module}.rs") || path.starts_with(&format!("{module}/"))
}

/// The file that a module begins in exists, so that a renamed one does not silence its rule.
fn assert_exists(sources: &[Source], module: &str) {
    assert!(
        sources.iter().any(|source| belongs(&source.path, module)),
        "src/{module} is in a rule of this test and does not exist"
    );
}

/// Whether code uses a module of this crate: `crate::module`, also inside `use crate::{…}`.
fn uses(code: &str, module: &str) -> bool {
    code.contains(&format!("crate::{module}::"))
        || code.contains(&format!("crate::{module};"))
        || code.contains(&format!("crate::{module} "))
        || code.split("use crate::{").skip(1).any(|list| {
            let list = &list[..list.find(';').unwrap_or(list.len())];
            list.split(|part: char| !(part.is_alphanumeric() || part == '_'))
                .any(|word| word == module)
        })
}

const FEATURES: &[&str] = &[
    "import", "layout", "lint", "measure", "migrate", "objects", "policy", "verify",
];

/// Module → what it must never use.
fn forbidden() -> Vec<(&'static str, Vec<&'static str>)> {
    let above = ["commands", "output", "cli"];
    let features_and_above = [FEATURES, &above].concat();
    let servers = ["catalog", "database", "server"];
    let mut rules = vec![
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
            [FEATURES, &servers, &["commands", "cli", "project", "sql"]].concat(),
        ),
    ];
    for module in ["project", "files", "sql"] {
        rules.push((module, [features_and_above.as_slice(), &servers].concat()));
    }
    for module in servers {
        rules.push((module, features_and_above.clone()));
    }
    for feature in FEATURES {
        let others = FEATURES.iter().copied().filter(|other| other != feature);
        rules.push((feature, others.chain(above).collect()));
    }
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

/// Outside crate → the modules that may name it. The same as the comments in `Cargo.toml`.
const HOMES: &[(&str, &[&str])] = &[
    ("annotate_snippets", &["output/diagnostic"]),
    ("anyhow", &["main"]),
    ("clap", &["cli", "commands", "main"]),
    ("clap_complete", &["commands/completions"]),
    ("comfy_table", &["output/table"]),
    ("fastrand", &["database"]),
    ("futures_util", &["database"]),
    ("include_dir", &["files"]),
    ("indicatif", &["output/progress"]),
    ("quick_xml", &["output/junit"]),
    ("refinery_core", &["migrate/history"]),
    ("rustix", &["server", "output/style"]),
    ("rustls", &["database/tls"]),
    ("rustls_native_certs", &["database/tls"]),
    (
        "serde_json",
        &[
            "measure/stats",
            "output/json",
            "output/lines",
            "output/sarif",
        ],
    ),
    ("sha2", &["files"]),
    ("squawk_linter", &["lint/squawk"]),
    ("squawk_syntax", &["lint"]),
    ("similar", &["migrate/mismatch"]),
    ("tokio_postgres", &["database", "catalog", "objects/apply"]),
    ("tokio_postgres_rustls", &["database/tls"]),
    ("toml", &["files/toml", "policy"]),
];

/// Whether code names a crate: as the beginning of a path, not as a part of another.
fn names_crate(code: &str, name: &str) -> bool {
    code.match_indices(&format!("{name}::")).any(|(at, _)| {
        !code[..at].ends_with(|before: char| before.is_alphanumeric() || "_:.".contains(before))
    })
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
            let is_ours = *name == "toml" && code.contains("crate::files::toml");
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

/// Files that are longer all the same; an entry goes as soon as its file is split.
const STILL_TOO_LONG: &[&str] = &[];

#[test]
fn every_file_says_what_it_is_for_and_is_short() {
    let sources = sources();
    assert!(sources.len() > 50);
    for source in sources {
        assert!(
            source.text.starts_with("//! "),
            "src/{} does not begin with //!",
            source.path
        );
        let lines = source.text.lines().count();
        assert_eq!(
            lines > 400,
            STILL_TOO_LONG.contains(&source.path.as_str()),
            "src/{} has {lines} lines: past 400 a file is split by noun",
            source.path
        );
    }
}

/// Names of systems that are words of their own as well: they count only where a literal can mean nothing else.
const ORDINARY_WORDS: &[&str] = &["platform"];

/// Whether code names a system: anywhere in code or literals, or, for an ordinary word, as a whole literal, as a
/// part of a path, or before a dot.
fn names_system(code: &str, name: &str) -> bool {
    if !ORDINARY_WORDS.contains(&name) {
        return words(code).contains(name);
    }
    let lower = code.to_lowercase();
    [
        ("\"", "\""),
        ("/", ""),
        ("", "/"),
        ("\"", "."),
        ("systems.", ""),
    ]
    .iter()
    .any(|(before, after)| lower.contains(&format!("{before}{name}{after}")))
}

/// The words of code, its literals among them.
fn words(code: &str) -> BTreeSet<String> {
    code.split(|part: char| !(part.is_alphanumeric() || part == '_'))
        .map(str::to_lowercase)
        .collect()
}

#[test]
fn no_shipped_system_is_named_in_the_source() {
    let shipped = Project::read(Tree::Shipped).unwrap();
    assert!(shipped.systems.len() >= 3);
    for source in sources() {
        let code = source.code.split("#[cfg(test)]").next().unwrap();
        for name in shipped.systems.keys() {
            assert!(
                !names_system(code, name),
                "src/{} names the system `{name}`",
                source.path
            );
        }
    }
}

#[test]
fn a_name_in_a_literal_is_noticed() {
    assert!(names_system("let x = \"sql/agency/V001\";", "agency"));
    assert!(names_system("enum System { Agency }", "agency"));
    assert!(!names_system("let x = agency_like;", "agency"));
    assert!(names_system("let x = \"platform\";", "platform"));
    assert!(names_system("let x = \"sql/platform\";", "platform"));
    assert!(!names_system(
        "let platform = \"no wheel for this platform\";",
        "platform"
    ));
}

#[test]
fn the_modules_of_the_integration_tests_are_all_listed() {
    let listed = fs::read_to_string(root().join("tests/it/main.rs")).unwrap();
    for entry in fs::read_dir(root().join("tests/it")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let module = name.strip_suffix(".rs").unwrap_or(&name);
        let is_module =
            name.ends_with(".rs") || root().join("tests/it").join(&name).join("mod.rs").exists();
        if is_module && module != "main" {
            assert!(
                listed.contains(&format!("mod {module};")),
                "tests/it/{name} is not in main.rs"
            );
        }
    }
}
