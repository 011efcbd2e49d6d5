//! What an import writes.

use super::plans::{Object, Plan};
use crate::error::{Error, Result};
use crate::files::TextFile;
use crate::project::{Project, System, mistakes_of};

/// What an import writes.
pub(super) struct Files {
    /// Path and text.
    pub(super) all: Vec<(String, String)>,
    /// Whether another database was imported before, so that they are in the project.
    pub(super) are_there: bool,
}

impl Files {
    /// Files that are there already have to be those that would be written; new ones have to be good.
    pub(super) fn of(
        project: &Project,
        system: &System,
        plans: &[Plan],
        repeatables: &[Object],
    ) -> Result<Self> {
        let migrations = plans.iter().map(|plan| (&plan.target, &plan.text));
        let objects = repeatables
            .iter()
            .map(|object| (&object.target, &object.text));
        let all: Vec<(String, String)> = migrations
            .chain(objects)
            .map(|(path, text)| (path.clone(), text.clone()))
            .collect();
        let are_there = !system.migrations.is_empty();
        if !are_there {
            let mistakes = plans.iter().flat_map(|plan| {
                let file = TextFile::new(plan.target.as_str(), plan.text.as_str());
                let mistakes = mistakes_of(&file).into_iter();
                mistakes.map(|mistake| mistake.because(format!("it comes from {}", plan.source)))
            });
            Error::all(mistakes.collect())?;
            return Ok(Self { all, are_there });
        }
        let is_same = |(path, text): &&(String, String)| {
            let file = project.tree.exists(path).then(|| project.tree.read(path));
            file.and_then(Result::ok)
                .is_some_and(|file| file.text == TextFile::new(path.as_str(), text.as_str()).text)
        };
        match all.iter().find(|file| !is_same(file)) {
            None => Ok(Self { all, are_there }),
            Some((path, _)) => Err(Error::refused(format!(
                "system `{}` has migrations already",
                system.name
            ))
            .because(format!("{path} is not among them as the import would write it"))
            .hint("import into the same database and from the same folder as before, or declare a system of its own in workroom.toml and name it with `--system NAME`")),
        }
    }
}
