//! A run without a database: the embedded server is for people at their desk, and never a guess. Where the surroundings
//! say that another database is meant, or that nobody is there to notice, the run is refused.

use std::path::Path;

use crate::error::{Error, Kind, Result};
use crate::files::suggest::distance;

/// The word that stands for the project's embedded server in the place of a URL.
pub(super) const EMBEDDED: &str = "embedded";

/// The variable that names the database.
const VARIABLE: &str = "DATABASE_URL";

/// What libpq connects by; `PGUSER` and `PGDATABASE` alone say nothing of a server.
const OF_LIBPQ: [&str; 3] = ["PGHOST", "PGHOSTADDR", "PGSERVICE"];

/// Refuses to take the embedded server where another database seems to be meant. `folders` may hold a `.env`.
///
/// # Errors
/// When they do; the hints say how to name either.
pub(super) fn refuse_guess<'a>(
    variables: impl Iterator<Item = (String, String)>,
    folders: impl Iterator<Item = &'a Path>,
) -> Result<()> {
    let mut all: Vec<(String, String)> = variables.filter(|(_, value)| !value.is_empty()).collect();
    all.sort();
    let value = |name: &str| {
        let found = all.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    };
    let is_url = |text: &str| {
        ["postgres://", "postgresql://"]
            .iter()
            .any(|it| text.starts_with(it))
    };
    let misspelt = all.iter().find(|(name, value)| {
        is_url(value) && name != VARIABLE && distance(&name.to_ascii_uppercase(), VARIABLE) <= 2
    });
    if let Some((name, _)) = misspelt {
        return Err(unnamed(format!(
            "the variable {name} holds a database URL, and {VARIABLE} is not set"
        ))
        .hint(format!(
            "write {VARIABLE}, or say `--database-url \"${name}\"`"
        )));
    }
    if let Some(name) = OF_LIBPQ.iter().find(|name| value(name).is_some()) {
        return Err(unnamed(format!("{name} is set, which names a server to psql"))
            .hint("say `--database-url postgres://`, which takes server, user and database from the PG… variables"));
    }
    for folder in folders {
        let file = folder.join(".env");
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let names = text.lines().any(|line| {
            let line = line.trim_start().trim_start_matches("export ");
            line.split_once('=')
                .is_some_and(|(name, _)| name.trim() == VARIABLE)
        });
        if names {
            return Err(unnamed(format!(
                "`{}` names one, and is read when asked",
                file.display()
            ))
            .hint(format!("say so: `--env-file {}`", file.display())));
        }
    }
    if value("CI").is_some_and(|it| !matches!(it, "false" | "0")) {
        return Err(unnamed(
            "CI is set: what is deployed to an embedded server there is gone after the job"
                .to_owned(),
        )
        .hint(format!(
            "set {VARIABLE}; a secret that a job may not read is empty"
        )));
    }
    Ok(())
}

fn unnamed(cause: String) -> Error {
    Error::new(Kind::Usage, "no database is named")
        .because(cause)
        .hint(format!(
            "or say that the project's embedded server is meant: `--database-url {EMBEDDED}`"
        ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(variables: &[(&str, &str)]) -> Option<String> {
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let result = refuse_guess(variables, std::iter::empty());
        result.err().map(|error| error.causes.join(" "))
    }

    #[test]
    fn surroundings_that_mean_another_database_are_noticed() {
        for (variables, cause) in [
            (
                &[("DATABSE_URL", "postgres://ann:secret@prod/x")][..],
                "DATABSE_URL holds",
            ),
            (
                &[("DATABASE_URI", "postgresql://prod/x")],
                "DATABASE_URI holds",
            ),
            (&[("PGHOST", "prod")], "PGHOST is set"),
            (&[("PGSERVICE", "prod")], "PGSERVICE is set"),
            (&[("CI", "true")], "CI is set"),
        ] {
            let found = refused(variables).unwrap_or_default();
            assert!(
                found.contains(cause) && !found.contains("secret"),
                "{found}"
            );
        }
    }

    #[test]
    fn others_are_not() {
        for variables in [
            &[][..],
            &[("CI", "false")],
            &[("PGHOST", "")],
            &[("PGUSER", "ann")],
            &[("STAGING_DATABASE_URL", "postgres://staging/x")],
            &[("DATABSE_URL", "mysql://x")],
        ] {
            assert_eq!(refused(variables), None);
        }
    }

    #[test]
    fn a_file_of_variables_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join(".env"),
            "# x\nexport DATABASE_URL=postgres://ann:secret@prod/x\n",
        )
        .unwrap();
        let error = refuse_guess(std::iter::empty(), std::iter::once(folder.path())).unwrap_err();
        assert!(error.causes[0].contains(".env"), "{error:?}");
        assert!(!format!("{error:?}").contains("secret"));
    }
}
