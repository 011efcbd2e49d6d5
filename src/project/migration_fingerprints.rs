//! A project by the fingerprints of its migrations: all that a run has to know when nothing is to be done.
//!
//! Nine runs of ten find nothing to do. They need no statement of a migration that was applied long ago, and what the
//! history has of it was checked before it ran.

use std::collections::BTreeMap;

use super::migration::{MigrationFingerprint, fingerprint_folder};
use super::{Project, System, object, optional};
use crate::error::{Error, Result};
use crate::files::Tree;

/// Some systems of a project, without the texts of their migrations.
#[derive(Debug)]
pub struct MigrationFingerprints {
    project: Project,
    migrations: BTreeMap<String, Vec<MigrationFingerprint>>,
}

impl MigrationFingerprints {
    /// Looks over the systems that [`Project::select`] would give. Of the others only the policy files are read.
    ///
    /// # Errors
    /// At the first mistake. [`Project::read`] finds all, and some that are not noticed here.
    pub fn read(tree: Tree, names: &[String], all: bool) -> Result<Self> {
        let (mut project, mistakes) = Project::read_with(tree, true, |tree, _, _, system| {
            let mut mistakes = Vec::new();
            system.policy = optional(tree, "policies", &system.name, &mut mistakes);
            mistakes
        })?;
        Error::all(mistakes)?;
        let selected = project.select(names, all)?;
        let selected: Vec<String> = selected.iter().map(|system| system.name.clone()).collect();
        let mut migrations = BTreeMap::new();
        let mut mistakes = Vec::new();
        for name in selected {
            if let Some(system) = project.systems.get_mut(&name) {
                system.objects = object::read_folder(&project.tree, &name, &mut mistakes);
            }
            let fingerprints = fingerprint_folder(&project.tree, &name)?;
            migrations.insert(name, fingerprints);
        }
        Error::all(mistakes)?;
        Ok(Self {
            project,
            migrations,
        })
    }

    /// The project; its systems have no migrations, and objects only where they were looked over.
    #[must_use]
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// The migrations of a system, ascending.
    #[must_use]
    pub fn migrations(&self, system: &System) -> &[MigrationFingerprint] {
        self.migrations.get(&system.name).map_or(&[], Vec::as_slice)
    }
}
