//! The tables of `docs/seeds.md` have what the code has: every generator, every function, every name, and no more.

use std::collections::BTreeSet;

use super::export::{Form, table};
use super::expression::Function;
use super::grammar::KINDS;
use super::spec::PLACES;
use super::{Options, SeedFile};
use crate::catalog::{Catalog, Objects, Properties};
use crate::files::{TextFile, Tree};

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

/// A boolean column for each condition, beside the columns that they speak of.
fn catalog(conditions: usize) -> Catalog {
    let properties = |pairs: &[(&str, &str)]| -> Properties {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    };
    let mut columns: Vec<(String, &str)> = [("n", "integer"), ("s", "text"), ("t", "boolean")]
        .map(|(name, data_type)| (name.to_owned(), data_type))
        .to_vec();
    columns.extend([
        ("f".to_owned(), "boolean"),
        ("nothing".to_owned(), "integer"),
    ]);
    columns.extend((0..conditions).map(|at| (format!("c{at}"), "boolean")));
    let mut objects = Objects::new();
    let table = objects.entry("table t.facts".to_owned()).or_default();
    let order: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    table.properties = properties(&[("column order", &order.join(", "))]);
    for (name, data_type) in &columns {
        let part = properties(&[("type", data_type)]);
        table.parts.insert(format!("column {name}"), part);
    }
    Catalog::written(&objects).unwrap()
}

#[test]
fn the_words_of_conditions_come_to_what_the_document_says() {
    let cases = crate::sql::truths::truths(include_str!("../../docs/words.md"));
    assert!(cases.len() > 50, "{}", cases.len());
    let mut file = "[seed]\nformat = 1\nas_of = 2026-03-31\n[table.\"t.facts\"]\nrows = 1\n\
                    [table.\"t.facts\".set]\nn = 5\ns = \"open\"\nt = true\nf = false\n"
        .to_owned();
    for (at, (condition, _)) in cases.iter().enumerate() {
        file.push_str(&format!("c{at} = {{ value = \"{condition}\" }}\n"));
    }
    let tree = Tree::Folder(env!("CARGO_MANIFEST_DIR").into());
    let file = SeedFile::read("t", &TextFile::new("seeds/t.toml", file), &tree).unwrap();
    let (rows, options) = (std::collections::BTreeMap::new(), Options::default());
    let data = file.compile(&catalog(cases.len()), &rows, options).unwrap();
    // Cell by cell, and in a block, in the binary form.
    let (mut cells, mut block) = (Vec::new(), Vec::new());
    table(&data, 0, Form::Csv, &mut cells).unwrap().unwrap();
    table(&data, 0, Form::Copy, &mut block).unwrap().unwrap();
    let cells = String::from_utf8(cells).unwrap();
    let cells = cells.trim_end().split(',').map(|cell| match cell {
        "true" | "t" => Some(true),
        "false" | "f" => Some(false),
        _ => None,
    });
    let cells: Vec<Option<bool>> = cells.skip(5).collect();
    let mut at = super::encode::binary::HEADER.len() + 2;
    let mut fields = Vec::new();
    while at + 4 <= block.len() {
        let length = i32::from_be_bytes(block[at..at + 4].try_into().unwrap());
        let end = at + 4 + usize::try_from(length).unwrap_or(0);
        fields.push(
            block
                .get(at + 4)
                .filter(|_| length == 1)
                .map(|byte| *byte == 1),
        );
        at = end;
    }
    for (at, (condition, truth)) in cases.iter().enumerate() {
        assert_eq!(cells[at], *truth, "{condition}");
        assert_eq!(fields[at + 5], *truth, "{condition}, in a block");
    }
}
