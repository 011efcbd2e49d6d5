//! Notion's webhook: an event is a hint to look at the page that it names, and nothing of what it says is believed. What
//! was edited while nobody listened is looked for first.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};

use super::notion::{Api, Trouble};
use super::outbox::begin;
use super::pages::{failed, patient};
use super::pull::{Found, ask, function, look_at_all, look_at_page};
use super::settings::Settings;
use super::webhook::{Hint, answer, read};
use crate::database::Session;
use crate::error::{Error, Result};
use crate::event::{Event, Observer};

/// How long a request may take to arrive and to be answered.
const PATIENCE: Duration = Duration::from_secs(10);

/// Connections at a time.
const CONNECTIONS: usize = 64;

/// Hints that wait; whoever sends more is asked to send again.
const WAITING: usize = 10_000;

/// Listens for ever.
///
/// # Errors
/// When the address cannot be listened on, Notion does not take the token, or the database cannot be read.
pub async fn listen(
    session: &Session,
    settings: &Arc<Settings>,
    api: &Arc<Api>,
    address: &str,
    token: Option<String>,
    observer: &dyn Observer,
) -> Result<()> {
    let function = function(settings)?;
    let unusable = |error: std::io::Error| {
        Error::refused(format!("nobody can listen on {address}"))
            .because(error)
            .hint("name an address of this machine and a free port: `--listen 127.0.0.1:8787`")
    };
    let listener = TcpListener::bind(address).await.map_err(unusable)?;
    let own = listener.local_addr().map_err(unusable)?;
    begin(session, settings, false).await?;
    let (sender, mut receiver) = mpsc::channel(WAITING);
    let is_set = token.is_some();
    // Answers wait for no page: who sends hints does not wait long.
    tokio::spawn(accept(listener, token, sender));
    observer.event(&Event::Note(&format!("listening on http://{own}")));
    if !is_set {
        observer.event(&Event::Note(
            "NOTION_VERIFICATION_TOKEN is not set: only a request that brings one is heard; make the subscription in Notion",
        ));
    }
    let mut found = Found::new();
    look_at_all(session, settings, api, function, &mut found).await?;
    tell(&mut found, observer);
    let mut heard = Vec::new();
    while receiver.recv_many(&mut heard, WAITING).await > 0 {
        let mut pages = BTreeSet::new();
        for hint in heard.drain(..) {
            match hint {
                Hint::Page(id) => drop(pages.insert(id)),
                Hint::Token(token) => observer.event(&Event::Note(&format!(
                    "the verification token is {token}: paste it in Notion, export it as NOTION_VERIFICATION_TOKEN, and start again"
                ))),
                Hint::Other => {}
            }
        }
        for id in pages {
            let page = id.clone();
            let read = ask(api, move |api| {
                match patient(api, |deadline| api.read(&page, deadline)) {
                    Err(trouble @ Trouble::Unauthorized(_)) => Err(trouble),
                    other => Ok(other),
                }
            });
            let is_ours = match read.await? {
                Ok(page) => look_at_page(session, settings, function, page, &mut found).await?,
                // A page that this integration may not see, or that is gone.
                Err(Trouble::Refused { .. }) => false,
                Err(trouble) => {
                    let error = failed("it could not be read", trouble);
                    observer.event(&Event::Note(&format!(
                        "page {id}: {error}; `--pull` looks again"
                    )));
                    continue;
                }
            };
            let what = if is_ours {
                "looked at"
            } else {
                "none that something is pulled of"
            };
            observer.event(&Event::Detail(&format!("page {id}: {what}")));
            tell(&mut found, observer);
        }
    }
    Ok(())
}

/// Says what became of pages.
fn tell(found: &mut Found, observer: &dyn Observer) {
    for row in found.take_rows() {
        if let [resource, id, property, here, notion, outcome] = &row[..] {
            observer.event(&Event::Note(&format!(
                "{resource} {id}: {property} is {here:?} here and {notion:?} in Notion: {outcome}"
            )));
        }
    }
}

/// Takes requests and answers them; hands on what is signed.
async fn accept(listener: TcpListener, token: Option<String>, sender: mpsc::Sender<Hint>) {
    let token: Option<Arc<str>> = token.map(Arc::from);
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    while let Ok(permit) = Arc::clone(&room).acquire_owned().await {
        let Ok((mut stream, _)) = listener.accept().await else {
            // No more files may be open, for example.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let (token, sender) = (token.clone(), sender.clone());
        tokio::spawn(async move {
            let exchange = async {
                let status = match read(&mut stream).await {
                    Err(status) => status,
                    Ok(request) => match (&token, request.hint()) {
                        (Some(token), _) if !request.is_signed(token) => 401,
                        (Some(_), hint @ Hint::Page(_)) | (None, hint @ Hint::Token(_)) => {
                            hand_on(hint, &sender)
                        }
                        (Some(_), _) => 200,
                        (None, _) => 401,
                    },
                };
                answer(&mut stream, status).await;
            };
            // Who is too slow is cut off.
            let _ = tokio::time::timeout(PATIENCE, exchange).await;
            drop(permit);
        });
    }
}

fn hand_on(hint: Hint, sender: &mpsc::Sender<Hint>) -> u16 {
    match sender.try_send(hint) {
        Ok(()) => 200,
        Err(_) => 503,
    }
}
