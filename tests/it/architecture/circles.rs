//! Files do not import one another in circles. A file may use the modules that it lies in; what these make of it does
//! not count.

use std::collections::{BTreeMap, BTreeSet};

use super::{Source, sources};

/// `a::b`, by parts.
type Module = Vec<String>;

fn module_of(path: &str) -> Module {
    let stem = path.strip_suffix(".rs").unwrap_or(path);
    let mut parts: Module = stem.split('/').map(str::to_owned).collect();
    if ["mod", "lib", "main"].contains(&parts[parts.len() - 1].as_str()) {
        parts.pop();
    }
    parts
}

/// What a `use` names: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn expanded(tree: &str) -> Vec<Module> {
    let tree = tree.trim();
    let Some((head, rest)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        let parts = path.split("::").map(|part| part.trim().to_owned());
        return vec![parts.filter(|part| !part.is_empty()).collect()];
    };
    let inner = rest.trim_end().strip_suffix('}').unwrap_or(rest);
    let head = expanded(head).remove(0);
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for letter in inner.chars() {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        if letter == ',' && depth == 0 {
            parts.push(String::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(letter);
        }
    }
    let parts = parts.iter().filter(|part| !part.trim().is_empty());
    let all = parts.flat_map(|part| expanded(part));
    all.map(|path| [head.clone(), path].concat()).collect()
}

/// The `use` declarations of a file, and the rest of it.
fn split_uses(code: &str) -> (Vec<Module>, String) {
    let (mut uses, mut rest) = (Vec::new(), String::new());
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        let trimmed = line.trim_start();
        let begins = ["use ", "pub use ", "pub(crate) use ", "pub(super) use "];
        let Some(begin) = begins.iter().find(|begin| trimmed.starts_with(**begin)) else {
            rest.push_str(line);
            rest.push('\n');
            continue;
        };
        let mut text = trimmed[begin.len()..].to_owned();
        while !text.contains(';') {
            text.push_str(lines.next().unwrap_or(";"));
        }
        uses.extend(expanded(text.trim_end().trim_end_matches(';')));
    }
    (uses, rest)
}

/// Paths in code: `crate::a::b`, `module::item`.
fn paths_in(code: &str) -> Vec<Module> {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    let words = code.split(|letter: char| !is_part(letter));
    let paths = words.filter(|word| word.contains("::") && !word.starts_with(':'));
    paths
        .map(|path| path.split("::").map(str::to_owned).collect())
        .collect()
}

/// The files of the source, and what each names.
struct House {
    /// Module → file.
    files: BTreeMap<Module, String>,
    /// File → what its `use` declarations name.
    uses: BTreeMap<String, Vec<Module>>,
}

impl House {
    /// The file in which what a path names is defined; re-exports are followed.
    fn resolve(&self, from: &str, path: &[String], depth: usize) -> Option<&String> {
        let mut module = module_of(from);
        let mut path = path;
        match path.first()?.as_str() {
            "crate" => (module, path) = (Module::new(), &path[1..]),
            "self" => path = &path[1..],
            "super" => {
                while path.first().is_some_and(|part| part == "super") {
                    module.pop();
                    path = &path[1..];
                }
            }
            first => {
                let own = [module.clone(), vec![first.to_owned()]].concat();
                if !self.files.contains_key(&own) {
                    return None;
                }
            }
        }
        while let Some(first) = path.first() {
            let inner = [module.clone(), vec![first.clone()]].concat();
            if !self.files.contains_key(&inner) {
                break;
            }
            (module, path) = (inner, &path[1..]);
        }
        let file = self.files.get(&module)?;
        if let (Some(name), true) = (path.first(), depth < 6) {
            let named = self.uses[file]
                .iter()
                .filter(|one| one.last() == Some(name));
            for other in named {
                if let Some(found) = self.resolve(file, other, depth + 1) {
                    return Some(found);
                }
            }
        }
        Some(file)
    }
}

/// File → files that it uses, but for the modules that it lies in.
fn arrows(sources: &[Source]) -> BTreeMap<String, BTreeSet<String>> {
    let mut house = House {
        files: BTreeMap::new(),
        uses: BTreeMap::new(),
    };
    let mut named = BTreeMap::new();
    for source in sources.iter().filter(|one| one.path != "main.rs") {
        let code = source.code.split("#[cfg(test)]\nmod").next().unwrap();
        let (uses, rest) = split_uses(code);
        house
            .files
            .insert(module_of(&source.path), source.path.clone());
        house.uses.insert(source.path.clone(), uses);
        named.insert(source.path.clone(), paths_in(&rest));
    }
    let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (file, paths) in named {
        let uses = &house.uses[&file];
        // `module::item`, where the module was imported.
        let through = paths.iter().filter_map(|path| {
            let import = uses.iter().find(|one| one.last() == path.first())?;
            Some([import, &path[1..]].concat())
        });
        let through: Vec<Module> = through.collect();
        for path in uses.iter().chain(&paths).chain(&through) {
            let Some(other) = house.resolve(&file, path, 0) else {
                continue;
            };
            if !module_of(&file).starts_with(&module_of(other)) {
                arrows
                    .entry(file.clone())
                    .or_default()
                    .insert(other.clone());
            }
        }
    }
    arrows
}

/// Files from which a file is reached again, itself among them.
fn circle(arrows: &BTreeMap<String, BTreeSet<String>>, start: &str) -> BTreeSet<String> {
    let reach = |from: &str| {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut open = vec![from];
        while let Some(at) = open.pop() {
            for next in arrows.get(at).into_iter().flatten() {
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        seen
    };
    let forward = reach(start);
    let back = forward.iter().filter(|other| reach(other).contains(start));
    back.map(|other| (*other).to_owned()).collect()
}

#[test]
fn files_do_not_import_one_another_in_circles() {
    let sources = sources();
    let arrows = arrows(&sources);
    assert!(arrows.values().map(BTreeSet::len).sum::<usize>() > 500);
    let mut circles: BTreeSet<BTreeSet<String>> = BTreeSet::new();
    for file in arrows.keys() {
        circles.insert(circle(&arrows, file));
    }
    circles.remove(&BTreeSet::new());
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn a_circle_through_a_re_export_and_through_an_imported_module_is_noticed() {
    let source = |path: &str, code: &str| Source {
        path: path.to_owned(),
        code: code.to_owned(),
    };
    let files = |one: &str| {
        [
            source("lib.rs", "pub mod a;\npub mod b;"),
            source("a/mod.rs", "mod inner;\npub use inner::Thing;"),
            source("a/inner.rs", one),
            source("b.rs", "use crate::a::Thing;\npub fn f() {}"),
        ]
    };
    let found = |one: &str| circle(&arrows(&files(one)), "b.rs").len();
    assert_eq!(found("pub struct Thing;"), 0);
    assert_eq!(found("use crate::b;\nfn g() { b::f() }"), 2);
    assert_eq!(found("fn g() { crate::b::f() }"), 2);
    assert_eq!(found("use super::Other;"), 0);
}
