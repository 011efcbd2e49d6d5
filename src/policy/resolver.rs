//! What names of a policy file are looked up in.

use std::collections::BTreeMap;

use super::model::{Macro, Role, Span};
use super::spec::Named;
use crate::error::Error;
use crate::files::TextFile;
use crate::sql::{Declared, cut_off};

/// What names are looked up in, and the mistakes found so far.
pub(super) struct Resolver<'file> {
    pub(super) file: &'file TextFile,
    pub(super) schema: String,
    pub(super) roles: Vec<Role>,
    pub(super) declared: Declared,
    pub(super) macros: BTreeMap<String, Macro>,
    /// Whether there is a place for what clients do not reach.
    pub(super) has_private_schema: bool,
    pub(super) mistakes: Vec<Error>,
    /// Whether the tables of a database that patterns fit are known.
    pub(super) sees: bool,
    /// What is worth knowing and no mistake.
    pub(super) notes: Vec<String>,
}

impl Resolver<'_> {
    pub(super) fn mistake(&mut self, at: &Named, message: String, hint: impl Into<String>) {
        self.mistake_at(at.span(), message, hint);
    }

    /// Refuses a name of which the server would keep only the beginning: nothing would be found under it.
    pub(super) fn kept_whole(&mut self, name: &Named) {
        if let Some(why) = cut_off(name.get_ref()) {
            self.mistake(name, why, "choose a shorter name");
        }
    }

    pub(super) fn mistake_at(&mut self, span: Span, message: String, hint: impl Into<String>) {
        let error = Error::project(message).at(self.file.place(span)).hint(hint);
        self.mistakes.push(error);
    }
}
