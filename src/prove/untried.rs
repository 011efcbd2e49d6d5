//! What was not tried, and how the policy file accepts that: an acceptance ends when what it rests on changes.

use crate::files::toml;
use crate::policy::Policies;

/// Something that was not tried.
#[derive(Clone, Debug)]
pub(super) struct Untried {
    pub(super) says: String,
    pub(super) id: String,
    pub(super) fingerprint: String,
}

/// How to accept what is not accepted; none where it is.
pub(super) fn how_to_accept(policies: &Policies, id: &str, print: &str) -> Option<String> {
    let mut entries = policies.accept.iter();
    match entries.find(|one| one.id.get_ref() == id) {
        None => Some(format!(
            "if that is meant: [[accept]] id = {}, fingerprint = \"{print}\", and a reason",
            toml::quoted(id)
        )),
        Some(entry) if entry.fingerprint == print => None,
        Some(entry) => Some(format!(
            "it was accepted as {}, and what it rests on has changed since: it is {print} now",
            entry.fingerprint
        )),
    }
}
