//! `[[accept]]`: findings that are known and may stay.

use serde::Deserialize;

use crate::catalog::Function;
use crate::files::fingerprint;
use crate::files::toml::Spanned;

/// A finding that is known and accepted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceptEntry {
    /// The finding's identifier.
    pub id: Spanned<String>,
    /// Why it may stay.
    pub reason: String,
    /// Fingerprint of what was accepted: a change of it asks again.
    pub fingerprint: String,
}

impl AcceptEntry {
    /// The fingerprint that an entry has to name for what it accepts, written out.
    pub(crate) fn print_of(accepted: &str) -> String {
        fingerprint(accepted)[..16].to_owned()
    }

    /// The id and the fingerprint of an entry that takes it as meant that a function runs with the rights of an owner whom
    /// the file does not name: only what it is, and for whom, is left to whoever wrote it.
    pub(crate) fn of_definer(function: &Function) -> (String, String) {
        let definition = function.definition.as_deref().unwrap_or_default();
        let print = Self::print_of(&format!("{} {definition}", function.owner));
        (format!("definer:{}", function.label()), print)
    }
}
