//! `workroom lint` as its users run it: whole output, exit status, every format.

use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;

fn lint(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_workroom"))
        .arg("lint")
        .args(arguments)
        .current_dir(folder)
        .env_remove("DATABASE_URL")
        .output()
        .unwrap();
    format!(
        "exit status: {}\n----- stdout -----\n{}----- stderr -----\n{}",
        output.status.code().unwrap(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    )
}

/// A project of one system with these files.
fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = "[project]\nname = \"shop\"\n\n[systems.shop]\ntitle = \"Shop\"\nschemas = [\"shop\"]\ntenant = \"tenant_id\"\n";
    for (path, text) in [("workroom.toml", config)].iter().chain(files) {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

const ORDERS: (&str, &str) = (
    "sql/shop/V001__create_orders.sql",
    "create table shop.orders (\n  tenant_id uuid not null,\n  id uuid not null,\n  amount numeric(10,2),\n  primary key (tenant_id, id)\n);\ncomment on table shop.orders is 'One row an order.';\n",
);

#[test]
fn the_shipped_systems_lint_clean() {
    let said = lint(Path::new(env!("CARGO_MANIFEST_DIR")), &[]);
    assert!(said.starts_with("exit status: 0\n"), "{said}");
    assert!(said.contains("nothing found"), "{said}");
}

#[test]
fn findings_are_shown_with_their_lines_reasons_and_ways_out() {
    let folder = project(&[
        ORDERS,
        (
            "sql/shop/V002__change_orders.sql",
            "alter table shop.orders alter column amount type bigint;\ncreate index größe on shop.orders (amount);\n",
        ),
        (
            "views/shop/open_orders.sql",
            "create or replace view shop.open_orders as select 1 as a;\n",
        ),
        // With policies, which a view may pass by.
        ("policies/shop.toml", ""),
    ]);
    assert_snapshot!(lint(folder.path(), &[]));
}

#[test]
fn every_format_for_machines_names_rule_file_and_line() {
    let folder = project(&[
        ORDERS,
        (
            "sql/shop/V002__drop_index.sql",
            "drop index shop.orders_amount_idx;\n",
        ),
    ]);
    let quiet = lint(folder.path(), &[]);
    assert!(quiet.starts_with("exit status: 0\n"), "{quiet}");
    assert!(quiet.contains("drop-index-blocks-reads (note)"), "{quiet}");
    for format in ["json", "sarif", "github", "junit"] {
        let said = lint(folder.path(), &["--format", format, "--deny", "note"]);
        assert!(said.starts_with("exit status: 1\n"), "{said}");
        assert!(said.contains("drop-index-blocks-reads"), "{said}");
        assert!(said.contains("sql/shop/V002__drop_index.sql"), "{said}");
    }
    let told = ["--format", "github", "--deny", "note"];
    assert_snapshot!(lint(folder.path(), &told));
}

#[test]
fn an_allowed_finding_is_silent_and_an_allow_without_a_reason_or_use_is_not() {
    let folder = project(&[
        ORDERS,
        (
            "sql/shop/V002__drop_note.sql",
            "--! lock-timeout: 100ms\n\
             -- workroom: allow drop-column because nothing reads it since release 41\n\
             alter table shop.orders drop column amount;\n\
             -- workroom: allow drop-table\n\
             -- workroom: allow drop-index-blocks-reads because of nothing in particular\n\
             comment on column shop.orders.id is 'The order.';\n",
        ),
    ]);
    assert_snapshot!(lint(folder.path(), &[]));
}

#[test]
fn named_files_are_read_after_what_comes_before_them() {
    let folder = project(&[
        ORDERS,
        (
            "sql/shop/V002__widen.sql",
            "--! lock-timeout: 100ms\nalter table shop.orders alter column amount type numeric(12,2);\n",
        ),
        ("sql/shop/V003__drop.sql", "drop table shop.orders;\n"),
    ]);
    let said = lint(folder.path(), &["sql/shop/V002__widen.sql"]);
    assert!(said.contains("files linted: 1: nothing found"), "{said}");
}

#[test]
fn a_file_outside_any_project_is_linted_too() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.sql"), "create index i on t (a);\n").unwrap();
    let said = lint(folder.path(), &["a.sql"]);
    assert!(said.starts_with("exit status: 1\n"), "{said}");
    assert!(said.contains("--> a.sql:1:1"), "{said}");
}

#[test]
fn fixing_adds_the_header_without_which_a_file_cannot_run() {
    let index = "create index concurrently orders_amount_idx on shop.orders (tenant_id, amount);\n";
    let mixed = "create index concurrently a on shop.orders (amount);\nselect 1;\n";
    let folder = project(&[
        ORDERS,
        ("sql/shop/V002__index.sql", index),
        ("sql/shop/V003__mixed.sql", mixed),
    ]);
    let said = lint(folder.path(), &["--fix"]);
    let read = |path: &str| std::fs::read_to_string(folder.path().join(path)).unwrap();
    assert_eq!(
        read("sql/shop/V002__index.sql"),
        format!("--! no-transaction\n{index}")
    );
    // A part of it needs a transaction, or may.
    assert_eq!(read("sql/shop/V003__mixed.sql"), mixed);
    assert!(
        said.contains("V003__mixed.sql has a statement that cannot"),
        "{said}"
    );
    assert!(!said.contains("V002__index.sql has a statement"), "{said}");
}

#[test]
fn fixing_changes_files_only_where_they_lint_clean_afterwards() {
    let folder = project(&[
        ORDERS,
        (
            "sql/shop/V002__index.sql",
            "create index orders_amount_idx on shop.orders (amount);\r\n",
        ),
    ]);
    let said = lint(folder.path(), &["--fix"]);
    assert!(said.starts_with("exit status: 0\n"), "{said}");
    assert_eq!(
        std::fs::read_to_string(folder.path().join("sql/shop/V002__index.sql")).unwrap(),
        "--! no-transaction\r\ncreate index concurrently orders_amount_idx on shop.orders (amount);\r\n"
    );
}

#[test]
fn a_rule_is_switched_off_for_a_project_with_a_reason_only() {
    let folder = project(&[(
        "sql/shop/V001__a.sql",
        "create table shop.t (tenant_id int primary key);\n",
    )]);
    let config = folder.path().join("workroom.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let with = |line: &str| {
        std::fs::write(&config, format!("{text}\n[lint.allow]\n{line}\n")).unwrap();
        lint(folder.path(), &["--deny", "note"])
    };
    assert!(lint(folder.path(), &["--deny", "note"]).starts_with("exit status: 1\n"));
    assert!(
        with("missing-comment = \"generated from a model that documents it\"")
            .starts_with("exit status: 0\n")
    );
    assert!(with("missing-comment = \"\"").contains("switched off without a reason"));
    assert!(with("misspelt = \"x\"").contains("there is no rule `misspelt`"));
}

#[test]
fn only_what_is_above_a_version_is_reported_and_what_is_below_it_is_still_known() {
    let folder = project(&[
        ORDERS,
        ("sql/shop/V002__drop.sql", "drop table shop.lines;\n"),
        (
            "sql/shop/V003__widen.sql",
            "alter table shop.orders alter column amount type numeric(12,2);\n",
        ),
    ]);
    let said = lint(folder.path(), &["--after", "2"]);
    assert!(said.starts_with("exit status: 0\n"), "{said}");
    assert!(said.contains("files linted: 1: nothing found"), "{said}");
    assert!(lint(folder.path(), &["--after", "1"]).contains("drop-table"));
}

#[test]
fn rules_explain_themselves() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let rules = lint(root, &["--rules"]);
    for rule in workroom::lint::RULES {
        let page = std::fs::read_to_string(root.join(rule.page())).unwrap();
        assert!(
            rules.contains(rule.name) && rules.contains(workroom::lint::summary(&page)),
            "{}",
            rule.name
        );
    }
    assert!(lint(root, &["--explain", "drop-table"]).contains("## Instead of"));
    assert!(lint(root, &["--explain", "nothing"]).starts_with("exit status: 2\n"));
}
