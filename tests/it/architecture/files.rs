//! Files say what they are for and stay short; what names files names files that exist.

use std::fs;

use super::{paths_below, root};

#[test]
fn every_file_says_what_it_is_for_and_is_short() {
    let paths = ["src", "tests/it"].map(|folder| paths_below(&root().join(folder)));
    assert!(paths[0].len() > 50);
    for path in paths.iter().flatten() {
        let text = fs::read_to_string(path).unwrap();
        let shown = path.display();
        // Cases are read by tests, not compiled into them.
        if path.components().any(|part| part.as_os_str() == "cases") {
            continue;
        }
        assert!(text.starts_with("//! "), "{shown} does not begin with //!");
        let lines = text.lines().count();
        assert!(
            lines <= 400,
            "{shown} has {lines} lines: past 400 a file is split by noun"
        );
    }
}

#[test]
fn the_paths_that_documents_name_exist() {
    let mut documents = vec![
        root().join("README.md"),
        root().join("ARCHITECTURE.md"),
        root().join("CONTRIBUTING.md"),
    ];
    let docs = fs::read_dir(root().join("docs")).unwrap();
    documents.extend(docs.map(|entry| entry.unwrap().path()));
    let mut named = 0;
    for document in documents.iter().filter(|path| path.is_file()) {
        let text = fs::read_to_string(document).unwrap();
        // Every other piece stands between backticks; the fences of blocks have three of them.
        for code in text.replace("```", "").split('`').skip(1).step_by(2) {
            let is_path = ["src/", "tests/", "benches/", "docs/"]
                .iter()
                .any(|folder| code.starts_with(folder))
                && !code.contains(['<', ' ', '*']);
            if is_path {
                named += 1;
                assert!(
                    root().join(code).exists(),
                    "{} names {code}, which does not exist",
                    document.display()
                );
            }
        }
    }
    assert!(named > 20, "{named}");
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
