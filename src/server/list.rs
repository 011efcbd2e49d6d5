//! All kept servers of this account, also those whose project has moved away or is gone.

use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use super::place::Place;
use super::{Options, Status, owned, process, status_of};
use crate::error::Result;
use crate::event::Observer;

/// A kept server and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The project folder that it was made for; none for the one of `workroom demo` and of no project.
    pub project: Option<PathBuf>,
    /// Whether it runs.
    pub status: Status,
}

/// Lists the servers, by the names of their folders.
///
/// # Errors
/// When there is no place for servers.
pub fn list(options: &Options) -> Result<Vec<Listed>> {
    let mut all: Vec<Listed> = places(options)?
        .into_iter()
        .map(|place| Listed {
            project: project(&place.project_file()),
            status: status_of(&place),
        })
        .filter(|listed| listed.status != Status::Missing)
        .collect();
    all.sort_by(|one, other| one.project.cmp(&other.project));
    Ok(all)
}

/// Stops all of them; returns how many ran.
///
/// # Errors
/// When one does not end.
pub fn stop_all(options: &Options, observer: &dyn Observer) -> Result<usize> {
    let mut stopped = 0;
    for place in places(options)? {
        if place.running().is_none() {
            continue;
        }
        let _lock = place.lock(observer)?;
        if let Some(running) = place.running() {
            process::stop(&running, &place.data())?;
            stopped += 1;
        }
    }
    Ok(stopped)
}

fn places(options: &Options) -> Result<Vec<Place>> {
    let of_the_project = Place::of(options)?;
    let folders = fs::read_dir(of_the_project.home());
    let folders = folders.into_iter().flatten().flatten();
    let folders = folders.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    Ok(folders
        .map(|entry| of_the_project.beside(entry.path()))
        .collect())
}

/// What the folder of a server says of its project.
fn project(file: &Path) -> Option<PathBuf> {
    let bytes = owned::read(file, None).ok()?;
    let path = PathBuf::from(std::ffi::OsString::from_vec(bytes));
    Some(fs::canonicalize(&path).unwrap_or(path))
}
