//! What lies in a project's folders and belongs to none of its systems.

use super::config::Config;
use crate::error::{Error, Place, Result};
use crate::files::{PROJECT_FILE, TextFile, Tree};

/// Folders under `top` that are no system's, and files that lie loose in it.
pub(super) fn folders(
    tree: &Tree,
    top: &str,
    config: &Config,
    file: &TextFile,
) -> Result<Vec<Error>> {
    let strangers = tree
        .list(top)?
        .unwrap_or_default()
        .into_iter()
        .filter_map(|entry| {
            let path = format!("{top}/{}", entry.name);
            if !entry.is_folder {
                return Some(
                    Error::project(format!("{path} belongs to no system"))
                        .at(Place::file(&path))
                        .hint(format!(
                            "move it into a system's folder, {top}/<system>/, or out of {top}/"
                        )),
                );
            }
            let known = config
                .systems
                .keys()
                .any(|name| *name.get_ref() == entry.name);
            (!known).then(|| {
                Error::project(format!("the folder {path} belongs to no system"))
                    .at(Place::file(&path))
                    .because(format!("{} has no [systems.{}]", file.path, entry.name))
                    .hint(format!(
                        "add [systems.{}] to {}, or remove the folder",
                        entry.name, file.path
                    ))
            })
        });
    Ok(strangers.collect())
}

/// Files under `top` that are not `<system>.<ending>`. Folders are left to their features.
pub(super) fn files(tree: &Tree, top: &str, ending: &str, config: &Config) -> Result<Vec<Error>> {
    let strangers =
        tree.list(top)?
            .unwrap_or_default()
            .into_iter()
            .filter_map(|entry| {
                let known = entry.is_folder
                    || entry.name.rsplit_once('.').is_some_and(|(stem, found)| {
                        found == ending
                            && config.systems.keys().any(|name| name.get_ref() == stem)
                    });
                let path = format!("{top}/{}", entry.name);
                (!known).then(|| {
                    Error::project(format!("{path} belongs to no system"))
                    .at(Place::file(&path))
                    .hint(format!(
                        "name it {top}/<system>.{ending} after a system of {PROJECT_FILE}, or remove it"
                    ))
                })
            });
    Ok(strangers.collect())
}
