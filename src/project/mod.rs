//! A project as checked values: `workroom.toml`, and what each system has in `sql/`, `views/`, `policies/`, `seeds/`.
//!
//! Reading collects every mistake of every file before it gives up, so that all are mended in one go.

mod config;
mod count;
mod environment;
mod fleet;
mod header;
mod migration;
mod migration_fingerprints;
mod object;
mod order;
#[cfg(test)]
mod reference;
mod refusal;
mod statements;
mod system;
mod threads;
mod undeclared;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

pub use config::{Applied, Expect, Extension, Lint, RowLevelSecurity, excerpt};
pub use count::{Comparison, Count};
pub use environment::Environment;
pub use fleet::{Directory, FailureBudget, Fleet, FleetTarget};
pub use header::{Headers, duration};
pub use migration::{Known, Migration, MigrationFingerprint, mistakes_of, version_of};
pub use migration_fingerprints::MigrationFingerprints;
pub use object::ObjectFile;
pub use refusal::runs_outside_transactions;
pub use statements::Statements;
pub use system::System;

use crate::error::{Error, Kind, Result};
use crate::files::toml::{self, Spanned};
use crate::files::{Dir, Embedded, PROJECT_FILE, TextFile, Tree, refuse_foreign};

/// What the systems of a project make in a database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Makes {
    /// Their schemas.
    pub schemas: Vec<String>,
    /// Extensions that they ask for.
    pub extensions: Vec<String>,
}

/// A folder with `workroom.toml`, read and checked.
#[derive(Debug)]
pub struct Project {
    /// Its name.
    pub name: String,
    /// The system that a command works on when none is named.
    pub default_system: Option<String>,
    /// Where the files lie.
    pub tree: Tree,
    /// The systems by name.
    pub systems: BTreeMap<String, System>,
    /// What `workroom lint` leaves out.
    pub lint: Lint,
    /// Databases of the project, by name.
    pub environments: BTreeMap<String, Environment>,
    /// The databases of `workroom fleet`, where the project has some.
    pub fleet: Option<Fleet>,
    /// `workroom.toml` itself, for places in errors and checks.
    pub file: TextFile,
}

impl Project {
    /// Finds the project at or above a folder and reads it.
    ///
    /// # Errors
    /// When there is none, or with all mistakes of its files.
    pub fn find(start: &Path) -> Result<Self> {
        Self::read(Self::locate(start)?)
    }

    /// Reads the project in a folder.
    ///
    /// # Errors
    /// With all mistakes of its files.
    pub fn from_dir(folder: impl Into<PathBuf>) -> Result<Self> {
        Self::read(Tree::Folder(folder.into()))
    }

    /// Reads a project that lies inside the program: a folder with a `workroom.toml`.
    ///
    /// # Errors
    /// With all mistakes of its files.
    pub fn embedded(folder: &'static Dir<'static>) -> Result<Self> {
        Self::read(Tree::Embedded(Embedded::new().with("", folder)))
    }

    /// What the systems make in a database.
    #[must_use]
    pub fn makes(&self) -> Makes {
        let extensions = self.systems.values().flat_map(|system| &system.extensions);
        Makes {
            schemas: self.schemas(),
            extensions: extensions.map(|wanted| wanted.name.clone()).collect(),
        }
    }

    /// Its folder, for who writes files of it.
    ///
    /// # Errors
    /// When the project lies inside the program.
    pub fn writable_folder(&self) -> Result<&Path> {
        self.tree.folder().ok_or_else(|| {
            Error::refused("the project lies inside the program, where nothing can be written")
                .hint("write its files to a folder with `workroom init DIR --from SYSTEM`, and run this there")
        })
    }

    /// The schemas of all systems.
    #[must_use]
    pub fn schemas(&self) -> Vec<String> {
        let systems = self.systems.values();
        systems.flat_map(System::all_schemas).cloned().collect()
    }

    /// Finds the project at or above a folder.
    ///
    /// # Errors
    /// When there is none, or one that belongs to somebody else.
    pub fn locate(start: &Path) -> Result<Tree> {
        let start = std::path::absolute(start).unwrap_or_else(|_| start.to_path_buf());
        let found = Tree::find_above(&start);
        if let Some(folder) = found.as_ref().and_then(Tree::folder) {
            refuse_foreign(folder, &start)?;
        }
        found.ok_or_else(|| {
            Error::new(
                Kind::Project,
                format!(
                    "there is no {PROJECT_FILE} in {} or above it",
                    start.display()
                ),
            )
            .hint("run `workroom init` to start a project here, or name one with `--project DIR`")
            .hint("run `workroom demo` to see a shipped system at work")
        })
    }

    /// Reads the project of a tree.
    ///
    /// # Errors
    /// With all mistakes of its files.
    pub fn read(tree: Tree) -> Result<Self> {
        let (project, mistakes) = Self::read_what_can_be(tree)?;
        Error::all(mistakes)?;
        Ok(project)
    }

    /// The same, for who has looked it over and knows which migrations have run: those are not read again.
    ///
    /// # Errors
    /// With all mistakes of the other files.
    pub fn read_after(looked_over: &MigrationFingerprints, known: &Known<'_>) -> Result<Self> {
        let tree = looked_over.project().tree.clone();
        let (project, mistakes) = Self::read_all(tree, known, Some(looked_over))?;
        Error::all(mistakes)?;
        Ok(project)
    }

    /// The same, for who wants to know as much as can be known while files have mistakes: a migration with a mistake is
    /// there all the same, as long as it has a version and a text.
    ///
    /// # Errors
    /// When there is no `workroom.toml` that can be read.
    pub fn read_what_can_be(tree: Tree) -> Result<(Self, Vec<Error>)> {
        Self::read_all(tree, &|_, _| false, None)
    }

    fn read_all(
        tree: Tree,
        known: &Known<'_>,
        looked_over: Option<&MigrationFingerprints>,
    ) -> Result<(Self, Vec<Error>)> {
        Self::read_with(tree, true, |tree, file, name, system| {
            let mut mistakes = Vec::new();
            let place = || file.place(name);
            let seen = looked_over.map_or(&[][..], |all| all.migrations(system));
            system.migrations =
                migration::read_folder(tree, &system.name, known, seen, &mut mistakes, place);
            system.objects = object::read_folder(tree, &system.name, &mut mistakes);
            system.policy = optional(tree, "policies", &system.name, &mut mistakes);
            system.seeds = optional(tree, "seeds", &system.name, &mut mistakes);
            mistakes
        })
    }

    /// Reads `workroom.toml` alone: the systems have no files.
    ///
    /// # Errors
    /// With all mistakes of that file.
    pub fn outline(tree: Tree) -> Result<Self> {
        let (project, mistakes) = Self::read_with(tree, false, |_, _, _, _| Vec::new())?;
        Error::all(mistakes)?;
        Ok(project)
    }

    /// Reads `workroom.toml` and looks over the folders, where `with_folders`; `fill` reads what a system has in them, and
    /// is given the place of its name.
    fn read_with(
        tree: Tree,
        with_folders: bool,
        fill: impl Fn(&Tree, &TextFile, Range<usize>, &mut System) -> Vec<Error>,
    ) -> Result<(Self, Vec<Error>)> {
        let file = tree.read(PROJECT_FILE)?;
        let config: config::Config = toml::read(&file)?;
        let mut mistakes = config.mistakes(&file);
        mistakes.extend(order::mistakes(&config, &file));
        if with_folders {
            for top in ["sql", "views"] {
                mistakes.extend(undeclared::folders(&tree, top, &config, &file)?);
            }
            for (top, ending) in [
                ("policies", "toml"),
                ("seeds", "toml"),
                ("manifests", "json"),
            ] {
                mistakes.extend(undeclared::files(&tree, top, ending, &config)?);
            }
        }
        let mut systems = BTreeMap::new();
        for (name, entry) in config.systems {
            let mut system = System::declared(name.get_ref().clone(), entry);
            mistakes.extend(fill(&tree, &file, name.span(), &mut system));
            systems.insert(name.into_inner(), system);
        }
        let project = Self {
            name: config.project.name,
            default_system: config.project.default_system.map(Spanned::into_inner),
            tree,
            systems,
            lint: config.lint,
            environments: config
                .environments
                .into_iter()
                .map(|(name, environment)| (name.into_inner(), environment))
                .collect(),
            fleet: config.fleet,
            file,
        };
        Ok((project, mistakes))
    }

    /// The named systems and everything that they require, requirements first. Without names: the default
    /// system, or the only one.
    ///
    /// # Errors
    /// When a name is not a system of this project, or none is named and there is no default.
    pub fn select(&self, names: &[String], all: bool) -> Result<Vec<&System>> {
        let wanted: Vec<&str> = if all {
            self.systems.keys().map(String::as_str).collect()
        } else if names.is_empty() {
            vec![self.default_name()?]
        } else {
            names.iter().map(String::as_str).collect()
        };
        let unknown = wanted
            .iter()
            .filter(|name| !self.systems.contains_key(**name))
            .map(|name| {
                Error::new(
                    Kind::Usage,
                    format!("there is no system `{name}` in {PROJECT_FILE}"),
                )
                .hint(format!("the systems are: {}", self.names()))
            });
        Error::all(unknown.collect())?;
        Ok(order::with_requirements(self, &wanted))
    }

    fn default_name(&self) -> Result<&str> {
        match (&self.default_system, self.systems.keys().next()) {
            (Some(name), _) => Ok(name),
            (None, Some(only)) if self.systems.len() == 1 => Ok(only),
            _ => Err(Error::new(Kind::Usage, "no system is named")
                .hint(format!(
                    "name one with `--system NAME`, or all with `--all`: {}",
                    self.names()
                ))
                .hint(format!(
                    "or set `default_system` under [project] in {PROJECT_FILE}"
                ))),
        }
    }

    fn names(&self) -> String {
        self.systems
            .keys()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// `<top>/<system>.toml`, if there is one.
fn optional(tree: &Tree, top: &str, system: &str, mistakes: &mut Vec<Error>) -> Option<TextFile> {
    let path = format!("{top}/{system}.toml");
    tree.exists(&path)
        .then(|| tree.read(&path).map_err(|error| mistakes.push(error)).ok())
        .flatten()
}
