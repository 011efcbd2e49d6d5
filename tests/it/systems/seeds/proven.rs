//! Policies hold on demo data as they stand, not only on rows that were made up.

use super::done;
use crate::support::server::{execute, offer_pgcrypto, own_server};

#[test]
fn policies_are_proven_on_a_part_of_the_demo_data() {
    // A proof on the database itself acts as every role of the server.
    offer_pgcrypto(18);
    let server = own_server(18);
    for system in ["approvals", "sage", "worktrackr", "needthisdone"] {
        execute(&server.url(), &format!("create database {system}"));
        let url = server.connection().url_of(system);
        for words in [
            &["db", "migrate"][..],
            &["seed", "run", "--scale", "0.1", "--into", system],
            &["policy", "prove", "--here"],
        ] {
            done(
                std::process::Command::new(env!("CARGO_BIN_EXE_workroom"))
                    .args(words)
                    .args(["--project", env!("CARGO_MANIFEST_DIR"), "--no-color"])
                    .args(["--database-url", &url, "--system", system]),
            );
        }
    }
}
