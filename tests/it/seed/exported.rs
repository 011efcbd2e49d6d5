//! Files that psql loads come to the same rows.

use std::process::Command;

use super::{TABLES, content, run, shop};
use crate::support::server::{NEWEST, server};

#[test]
fn every_form_of_export_is_loaded_by_psql_and_comes_to_the_same_rows() {
    let loaded = shop();
    run(&loaded, &[]);
    let expected = content(loaded.database(), &TABLES);
    for form in ["sql", "csv", "copy"] {
        let project = shop();
        let output = project.run(["seed", "export", "-q", "--as", form, "out"]);
        assert!(output.ends_with("exit status: 0\n"), "{output}");
        let psql = Command::new(server(NEWEST).binaries().program("psql"))
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "load.sql"])
            .arg(project.database().url())
            .current_dir(project.folder().join("out"))
            .output()
            .unwrap();
        assert!(
            psql.status.success(),
            "{form}: {}",
            String::from_utf8_lossy(&psql.stderr)
        );
        assert_eq!(content(project.database(), &TABLES), expected, "{form}");
    }
}
