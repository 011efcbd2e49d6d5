//! Which database a run works on: what the command line says, an environment of `workroom.toml`, a file of variables, or the
//! embedded server of the project. What the command line names goes before what the surroundings say.

use std::path::Path;

use super::global::Global;
use super::unnamed::EMBEDDED;
use super::variables::Variables;
use crate::error::{Error, Kind, Result};
use crate::project::{Environment, Project};

/// The variable that names the database.
const VARIABLE: &str = "DATABASE_URL";

/// What was named, besides the URL.
#[derive(Debug, Default)]
pub(super) struct Named {
    /// Variables of this process and of `--env-file`.
    pub(super) variables: Variables,
    /// Whether the embedded server was named, instead of a database.
    pub(super) means_embedded: bool,
    /// The environment, and whether its content may be thrown away, where it says so.
    pub(super) environment: Option<(String, Option<bool>)>,
}

impl Named {
    /// Finds out; the URL is put where `--database-url` would have put it.
    ///
    /// # Errors
    /// When a file of variables cannot be read, an environment does not exist or its variable is not set, or two databases
    /// are named.
    pub(super) fn of(global: &mut Global, folder: &Path) -> Result<Self> {
        let variables = match &global.env_file {
            Some(file) => Variables::read(&folder.join(file))?,
            None => Variables::default(),
        };
        let mut found = Self {
            variables,
            ..Self::default()
        };
        // clap takes the variable for the option; nobody names the same database twice.
        let ambient = std::env::var(VARIABLE).ok();
        let named = global
            .database_url
            .take()
            .filter(|url| Some(url) != ambient.as_ref());
        let url = match (&global.env, named) {
            (Some(name), Some(_)) => {
                return Err(Error::new(Kind::Usage, "two databases are named")
                    .because(format!(
                        "`--env {name}` names one, `--database-url` another"
                    ))
                    .hint("leave out one of them"));
            }
            (Some(name), None) => {
                let environment = environment(global, folder, name)?;
                found.environment = Some((name.clone(), environment.disposable));
                Some(found.url_of(name, &environment)?)
            }
            (None, Some(url)) => Some(url),
            (None, None) => {
                let of_the_file = found.variables.of_the_file(VARIABLE);
                of_the_file.map(str::to_owned).or(ambient)
            }
        };
        found.means_embedded = url.as_deref() == Some(EMBEDDED);
        global.database_url = url.filter(|_| !found.means_embedded);
        Ok(found)
    }

    fn url_of(&self, name: &str, environment: &Environment) -> Result<String> {
        let Some(variable) = &environment.url_env else {
            return Ok(EMBEDDED.to_owned());
        };
        let value = self.variables.get(variable);
        value.filter(|url| !url.trim().is_empty()).ok_or_else(|| {
            Error::new(
                Kind::Usage,
                format!("the database of environment `{name}` is not known"),
            )
            .because(format!("the variable {variable} is not set, or empty"))
            .hint(format!(
                "set {variable}, or name a file that does: `--env-file FILE`"
            ))
        })
    }
}

/// The environment of this name in `workroom.toml`.
fn environment(global: &Global, folder: &Path, name: &str) -> Result<Environment> {
    let mut project = Project::outline(global.tree(folder)?)?;
    project.environments.remove(name).ok_or_else(|| {
        let names: Vec<&str> = project.environments.keys().map(String::as_str).collect();
        Error::new(
            Kind::Usage,
            format!("workroom.toml has no environment `{name}`"),
        )
        .hint(if names.is_empty() {
            format!("add [environments.{name}] with `url_env`")
        } else {
            format!("there are: {}", names.join(", "))
        })
    })
}
