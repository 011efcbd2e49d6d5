//! An object that a migration moves out of its way, and how it comes back.

use super::definition::Definition;
use super::saved_properties::Kept;
use crate::error::Error;
use crate::sql::literal;

/// A repeatable object of the project, and what the database has of it.
#[derive(Clone, Copy, Debug)]
pub struct ManagedObject<'a> {
    /// Its system.
    pub system: &'a str,
    /// All objects of its system.
    pub of_system: &'a [Definition<'a>],
    /// The object.
    pub definition: &'a Definition<'a>,
    /// Whether its file means what was applied.
    pub unchanged: bool,
}

/// How an object comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// By its file.
    File,
    /// As it was.
    AsItWas,
    /// With the other repeatable objects, after the migrations that its file needs.
    Later,
    /// Not at all: its file is gone, and what it was does not fit any more.
    Never,
}

/// An object that is dropped, and the ways in which it may come back.
pub(super) struct Moving<'a> {
    /// What it was.
    pub(super) kept: Kept,
    /// Its file.
    pub(super) standing: Option<ManagedObject<'a>>,
    /// The ways left, the best one last.
    pub(super) ways: Vec<How>,
    /// Why its file could not be applied.
    pub(super) failed: Option<Error>,
}

impl<'a> Moving<'a> {
    pub(super) fn new(kept: Kept, standing: &[ManagedObject<'a>], may_wait: bool) -> Self {
        let managed = kept.dependant.managed.clone();
        let standing = standing.iter().copied().find(|standing| {
            managed.as_ref().is_some_and(|(system, name)| {
                standing.system == system && standing.definition.qualified() == *name
            })
        });
        let ways = match (standing, &managed) {
            // The file is what a new database would have.
            (
                Some(ManagedObject {
                    unchanged: true, ..
                }),
                _,
            ) if may_wait => {
                vec![How::Later, How::AsItWas, How::File]
            }
            (
                Some(ManagedObject {
                    unchanged: true, ..
                }),
                _,
            ) => vec![How::AsItWas, How::File],
            // A changed file may need later migrations.
            (Some(_), _) if may_wait => vec![How::Later, How::File, How::AsItWas],
            (Some(_), _) => vec![How::File, How::AsItWas],
            (None, Some(_)) => vec![How::Never, How::AsItWas],
            (None, None) => vec![How::AsItWas],
        };
        Self {
            kept,
            standing,
            ways,
            failed: None,
        }
    }

    pub(super) fn way(&self) -> How {
        self.ways.last().copied().unwrap_or(How::AsItWas)
    }

    /// A statement that keeps what the object had until its file is applied.
    pub(super) fn remember(&self) -> String {
        let definition = self.standing.map(|standing| standing.definition);
        let statements = self.kept.restore(definition);
        self.of_row(&format!(
            "update workroom.objects set restore = {}",
            literal(&statements.join(";"))
        ))
    }

    pub(super) fn forget(&self) -> String {
        self.of_row("delete from workroom.objects")
    }

    fn of_row(&self, what: &str) -> String {
        let (system, name) = self.kept.dependant.managed.clone().unwrap_or_default();
        format!(
            "{what} where system = {} and name = {}",
            literal(&system),
            literal(&name)
        )
    }
}
