//! Notion's webhook: who may give a hint, and what becomes of it.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use super::sage_pull::{delivered, select, statuses};
use super::sage_sync::sync;
use crate::support::command::{Running, eventually};
use crate::support::notion::Notion;
use crate::support::server::TestDatabase;

const TOKEN: &str = "secret_of_a_hook";

/// What it says of the status is not so.
const EVENT: &str = r#"{"type":"page.properties_updated","entity":{"id":"page-3","type":"page"},"data":{"Status":"closed"}}"#;
const UNKNOWN: &str = r#"{"type":"page.created","entity":{"id":"page-99","type":"page"}}"#;

/// By Python's `hmac.new(b"secret_of_a_hook", body, "sha256").hexdigest()`.
const SIGNED: &str = "42aa3b7e53b6ab1bbc64ee1d6e1bc156e147c03b6cbbdc29477c81bf6eff64c5";
const SIGNED_UNKNOWN: &str = "0aae09c995becb10fc847c2d077e3d0872e3e9c6074394e4cd0944568f6bbda4";

/// Listens on a free port.
fn listen(database: &TestDatabase, notion: &Notion, token: &str) -> (Running, String) {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let running = sync(database, notion, &["--listen", &address])
        .env("NOTION_VERIFICATION_TOKEN", token)
        .start();
    eventually("it listens", || TcpStream::connect(&address).is_ok());
    (running, address)
}

/// The status with which a body with this signature is answered.
fn post(address: &str, signature: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "POST /notion HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         X-Notion-Signature: sha256={signature}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().to_owned()
}

#[test]
fn a_signed_event_has_its_page_looked_at_and_is_not_believed() {
    let (database, notion) = delivered();
    let edit = |page: &str, status: &str| {
        let mut state = notion.state.lock().unwrap();
        state.edit(page, "Status", select(status));
    };
    // Nobody listens yet.
    edit("page-2", "closed");
    let (running, address) = listen(&database, &notion, TOKEN);
    eventually("what was edited before is there", || {
        statuses(&database)[0] == "closed"
    });
    notion.take_requests();
    edit("page-3", "completed");
    let (wrong, cut) = (SIGNED.replace('4', "5"), &SIGNED[2..]);
    for signature in ["", &wrong, cut, SIGNED_UNKNOWN] {
        assert_eq!(post(&address, signature, EVENT), "401", "{signature}");
    }
    assert_eq!(post(&address, SIGNED_UNKNOWN, UNKNOWN), "200");
    eventually("the page that nobody knows was asked for", || {
        !notion.state.lock().unwrap().requests.is_empty()
    });
    assert_eq!(notion.take_requests(), ["GET /v1/pages/page-99"]);
    assert_eq!(statuses(&database), ["closed", "in_progress false"]);

    assert_eq!(post(&address, SIGNED, EVENT), "200");
    eventually("what was edited is there", || {
        statuses(&database)[1] == "completed true"
    });
    assert_eq!(notion.take_requests(), ["GET /v1/pages/page-3"]);
    // The same hint another time changes nothing.
    assert_eq!(post(&address, SIGNED, EVENT), "200");
    running.interrupt();
    let said = running.finish();
    assert_eq!(said.matches("in Notion: taken over").count(), 2, "{said}");
    assert!(!said.contains(TOKEN), "{said}");
    let waiting = "select count(*) from sage.notion_outbox where status <> 'delivered'";
    assert_eq!(database.query(waiting), ["0"]);
}

#[test]
fn a_token_is_shown_to_a_person_and_before_it_is_set_no_event_counts() {
    let (database, notion) = delivered();
    let (running, address) = listen(&database, &notion, "");
    let verification = format!(r#"{{"verification_token":"{TOKEN}"}}"#);
    assert_eq!(post(&address, SIGNED, EVENT), "401");
    assert_eq!(post(&address, "", &verification), "200");
    std::thread::sleep(std::time::Duration::from_millis(200));
    running.interrupt();
    let said = running.finish();
    assert!(
        said.contains("the verification token is secret_of_a_hook: paste it in Notion"),
        "{said}"
    );
}

#[test]
fn an_address_that_is_none_of_ours_is_an_error() {
    let (database, notion) = delivered();
    let said = sync(&database, &notion, &["--listen", "192.0.2.1:80"]).run();
    assert!(
        said.contains("nobody can listen on 192.0.2.1:80") && said.ends_with("exit status: 2\n"),
        "{said}"
    );
}
