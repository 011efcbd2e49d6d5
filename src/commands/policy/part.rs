//! The part of the policies that is proven, where the command line asks for one: by tables, or by what has changed.

use std::collections::BTreeSet;

use super::touched::{Change, touched};
use crate::commands::{Context, since};
use crate::error::{Error, Kind, Result};
use crate::files::TextFile;
use crate::files::suggest::suggestion;
use crate::policy::RenderedPolicies;
use crate::project::Project;
use crate::prove::{Part, Proof};

/// Where a project has what policies rest on.
const FOLDERS: [&str; 4] = ["sql", "views", "policies", "workroom.toml"];

/// Names of tables; systems that have none of them are left out.
///
/// # Errors
/// When no policy file describes a table that is named so.
pub(super) fn only(rendered: &mut Vec<RenderedPolicies>, names: &[String]) -> Result<Part> {
    let part = |names: &[String]| Part {
        names: names.iter().cloned().collect(),
        ..Part::default()
    };
    let has = |part: &Part, one: &RenderedPolicies| {
        let mut tables = one.policies.tables.iter();
        tables.any(|table| part.has(&table.schema, &table.name))
    };
    // Which tables a section with a pattern stands for, the database says.
    let is_open = |one: &RenderedPolicies| !one.policies.patterns.is_empty();
    let known: BTreeSet<String> = rendered
        .iter()
        .flat_map(|one| &one.policies.tables)
        .flat_map(|table| [table.title(), table.name.clone()])
        .collect();
    let unknown = names.iter().filter(|name| {
        let part = part(std::slice::from_ref(name));
        !rendered.iter().any(|one| has(&part, one) || is_open(one))
    });
    let errors = unknown.map(|name| {
        let says = format!("no policy file of these systems describes a table `{name}`");
        let error = Error::new(Kind::Usage, says);
        error.hint(suggestion(name, known.iter().map(String::as_str)))
    });
    Error::all(errors.collect())?;
    let part = part(names);
    rendered.retain(|one| has(&part, one) || is_open(one));
    Ok(part)
}

/// What files have to do with that are other than in a commit, and that in words.
///
/// # Errors
/// When the project is in no repository, or the commit is not known.
pub(super) fn changed_since(
    context: &Context,
    project: &Project,
    reference: &str,
) -> Result<(Part, String)> {
    let folder = project.tree.folder().unwrap_or(&context.folder);
    let files = project.tree.project_files()?.into_iter();
    let files = files.filter_map(|(path, bytes)| {
        let text = String::from_utf8(bytes).ok()?.replace("\r\n", "\n");
        let top = path.split('/').next().unwrap_or_default();
        FOLDERS.contains(&top).then(|| TextFile::new(path, text))
    });
    let files: Vec<TextFile> = files.collect();
    let changed = since::changed(folder, reference, files.iter())?;
    let there = files.iter().map(|file| file.path.as_str()).collect();
    let gone = since::gone(folder, reference, &FOLDERS, &there)?;
    let mut changes: Vec<Change<'_>> = Vec::new();
    for (path, before) in changed.iter().chain(&gone) {
        let after = files.iter().find(|file| file.path == *path);
        changes.push(Change {
            path,
            before: before.as_deref(),
            after: after.map(|file| &*file.text),
        });
    }
    let systems: Vec<&str> = project.systems.keys().map(String::as_str).collect();
    let (part, whole) = touched(&changes, &systems);
    let mut says = format!("{} file(s) changed since {reference}", changes.len());
    for change in &changes {
        says.push_str(&format!("\n  {}", change.path));
    }
    for why in whole {
        says.push_str(&format!("\nall of {why}"));
    }
    if part.is_nothing() {
        says.push_str("\nnothing that policies rest on is another: nothing is proven");
    }
    Ok((part, says))
}

/// Which part of a system is proven, and what is left out.
pub(super) fn says(rendered: &RenderedPolicies, proof: &Proof) -> String {
    let all = rendered.policies.tables.len().max(proof.left_out.len());
    let proven = all - proof.left_out.len();
    format!(
        "{}: a part is proven, {proven} of {all} tables with the views and functions that read them, and no mutant\nleft out: {}",
        proof.system,
        proof.left_out.join(", ")
    )
}
