//! The tables of `docs/seeds.md` have what the code has: every generator, every function, every name, and no more.

use std::collections::BTreeSet;

use super::expression::Function;
use super::grammar::KINDS;
use super::spec::PLACES;

fn document() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/seeds.md");
    std::fs::read_to_string(path).unwrap()
}

/// The code in the first column of the tables under a heading.
fn firsts(document: &str, heading: &str) -> Vec<String> {
    let (_, part) = document.split_once(&format!("\n### {heading}\n")).unwrap();
    let part = part.split("\n### ").next().unwrap_or(part);
    let rows = part.lines().filter_map(|line| line.strip_prefix("| "));
    let firsts = rows.filter_map(|row| row.split(" | ").next());
    firsts
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_generator_is_in_the_document() {
    let written: BTreeSet<String> = firsts(&document(), "Generators")
        .iter()
        .filter_map(|code| code.strip_prefix("{ ")?.split_once(" = "))
        .map(|(name, _)| name.to_owned())
        .collect();
    let known: BTreeSet<String> = KINDS.map(|(name, _)| name.to_owned()).into();
    assert_eq!(written, known);
}

#[test]
fn every_function_and_every_name_of_expressions_is_in_the_document() {
    let codes = firsts(&document(), "Conditions and expressions");
    let functions: BTreeSet<&str> = codes
        .iter()
        .filter(|code| code.ends_with(')') && !code.contains(' ') || code.contains(", "))
        .filter_map(|code| code.split_once('('))
        .map(|(name, _)| name)
        .filter(|name| !name.contains(' '))
        .collect();
    let known: BTreeSet<&str> = Function::ALL.iter().map(|(name, ..)| *name).collect();
    assert_eq!(functions, known);
    for (name, _, meaning) in PLACES {
        let row = format!("| `{name}` | {meaning} |");
        assert!(document().contains(&row), "{row}");
    }
}
