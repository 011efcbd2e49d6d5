//! The shipped systems are data: the source does not name them.

use std::collections::BTreeSet;

use workroom::files::Tree;
use workroom::project::Project;

use super::sources;

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
    let shipped = Project::read(Tree::Folder(super::root())).unwrap();
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
