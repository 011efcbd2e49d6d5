//! A folder of Postgres programs, and what is wanted of one.

use std::fmt;
use std::path::{Path, PathBuf};

use super::account::Account;
use super::installed;
use crate::error::{Error, Result};

/// The oldest Postgres that workroom supports.
pub const OLDEST_MAJOR: u32 = 15;

/// A version of Postgres, as its programs report it: "18.4".
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The part that decides whether a data folder fits.
    pub major: u32,
    /// The whole, as printed.
    pub text: String,
}

impl Version {
    /// Reads the first word that begins with a digit: "postgres (PostgreSQL) 15.3 (Debian 15.3-1)".
    pub(super) fn parse(output: &str) -> Option<Self> {
        let text = output
            .split_whitespace()
            .find(|word| word.starts_with(|first: char| first.is_ascii_digit()))?;
        let digits = text
            .find(|letter: char| !letter.is_ascii_digit())
            .unwrap_or(text.len());
        Some(Self {
            major: text[..digits].parse().ok()?,
            text: text.to_owned(),
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// A folder of Postgres programs that has been seen to work.
#[derive(Clone, Debug)]
pub struct Binaries {
    /// The folder with `postgres`, `initdb` and usually `psql`.
    pub folder: PathBuf,
    /// Their version.
    pub version: Version,
}

impl Binaries {
    /// Runs `postgres --version` in a folder, under the account that will run the server.
    ///
    /// # Errors
    /// When the folder lacks a program or the account cannot run it.
    pub(super) fn probe(folder: &Path, account: &Account) -> Result<Self> {
        let wrong = |cause: String| {
            Error::database(format!("`{}` holds no usable Postgres", folder.display()))
                .because(cause)
        };
        for program in ["postgres", "initdb"] {
            if !folder.join(program).is_file() {
                return Err(wrong(format!("there is no `{program}` in it")));
            }
        }
        let output = account.command(folder.join("postgres")).arg("--version").output().map_err(|error| {
            let found = wrong(format!("`postgres --version` cannot be run: {error}"));
            match account.name() {
                Some(name) => found.hint(format!(
                    "root's servers run under the account `{name}`; put the folder where that account can read it"
                )),
                None => found,
            }
        })?;
        let printed = String::from_utf8_lossy(&output.stdout);
        match Version::parse(&printed) {
            Some(version) if output.status.success() => Ok(Self {
                folder: folder.to_owned(),
                version,
            }),
            _ => Err(wrong(format!(
                "`postgres --version` failed ({}): {}",
                output.status,
                String::from_utf8_lossy(&output.stderr).trim()
            ))),
        }
    }

    /// One of the programs.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Whether `create extension` will find the extension.
    pub(super) fn has_extension(&self, name: &str) -> bool {
        if name == "plpgsql" {
            return true;
        }
        let control = format!("extension/{name}.control");
        let beside = self.folder.parent().unwrap_or(&self.folder).join("share");
        let debian = PathBuf::from(format!("/usr/share/postgresql/{}", self.version.major));
        [beside.join("postgresql"), beside, debian]
            .into_iter()
            .any(|share| share.join(&control).is_file())
            || installed::printed_folder(&self.program("pg_config"), "--sharedir")
                .is_some_and(|share| share.join(control).is_file())
    }
}

/// What a server must offer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    /// The major version, when it matters.
    pub(super) major: Option<u32>,
    /// Extensions that must be there to be created.
    pub(super) extensions: &'a [String],
}

impl Wanted<'_> {
    /// What a Postgres lacks, in words; nothing when it fits.
    pub(super) fn missing(&self, binaries: &Binaries) -> Option<String> {
        let Version { major, text } = &binaries.version;
        if self.major.is_some_and(|wanted| wanted != *major) || *major < OLDEST_MAJOR {
            let wanted = self.major.map_or_else(
                || format!("{OLDEST_MAJOR} or later"),
                |wanted| wanted.to_string(),
            );
            return Some(format!("it is Postgres {text}, and {wanted} is wanted"));
        }
        let lacking = self
            .extensions
            .iter()
            .find(|name| !binaries.has_extension(name))?;
        Some(format!(
            "Postgres {text} in `{}` has no extension `{lacking}`",
            binaries.folder.display()
        ))
    }

    pub(super) fn fits(&self, binaries: &Binaries) -> bool {
        self.missing(binaries).is_none()
    }

    /// Puts it in words: "Postgres 15 or later with vector".
    pub(super) fn describe(&self) -> String {
        let mut text = match self.major {
            Some(major) => format!("Postgres {major}"),
            None => format!("Postgres {OLDEST_MAJOR} or later"),
        };
        if !self.extensions.is_empty() {
            text.push_str(" with ");
            text.push_str(&self.extensions.join(", "));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_version_also_of_distributions_and_of_versions_in_the_making() {
        let version =
            |output: &str| Version::parse(output).map(|version| (version.major, version.text));
        assert_eq!(
            version("postgres (PostgreSQL) 18.4\n"),
            Some((18, "18.4".into()))
        );
        assert_eq!(
            version("postgres (PostgreSQL) 15.16 (Debian 15.16-0+deb12u1)"),
            Some((15, "15.16".into()))
        );
        assert_eq!(
            version("postgres (PostgreSQL) 19devel"),
            Some((19, "19devel".into()))
        );
        assert_eq!(version("nonsense"), None);
    }
}
