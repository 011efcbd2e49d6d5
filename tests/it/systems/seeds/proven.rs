//! Policies hold on demo data as they stand, not only on rows that were made up.

use super::done;
use crate::support::server::{execute, own_server};

#[test]
fn policies_are_proven_on_a_part_of_the_demo_data() {
    // A proof on the database itself acts as every role of the server.
    let server = own_server(18);
    // The online shop is proven on its clone: on rows with a balance, a definer function that lets people spend their own
    // points is taken for a breach, and the policy file has no words yet for what a function may write.
    for system in ["approvals", "sage", "worktrackr"] {
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
