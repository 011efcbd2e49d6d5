//! Which databases there are: those of `workroom.toml`, those that a directory lists, or those of a server by a pattern.

use std::collections::BTreeSet;

use crate::database::{Connect, Session, Target};
use crate::error::{Error, Kind, Place, Result};
use crate::project::{Fleet, Project};
use crate::sql::literal;

/// A database of the fleet.
#[derive(Clone, Debug)]
pub struct Member {
    /// What it is called in reports.
    pub name: String,
    /// How it is reached.
    pub target: Target,
    /// Its server, by host and port.
    pub server: String,
    /// Whether it comes first.
    pub is_canary: bool,
}

/// Where to look for databases.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The project.
    pub project: &'a Project,
    /// The database that the command names.
    pub named: Option<&'a Target>,
    /// The surroundings: what a variable holds.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// Names of databases on that one's server, as `like` has them; nothing else is looked at then.
    pub pattern: Option<&'a str>,
    /// Those that are meant; all when empty.
    pub only: &'a [String],
    /// Those that come first, beside those of `workroom.toml`.
    pub canaries: &'a [String],
}

/// The databases in the order of names, canaries first.
///
/// # Errors
/// With all mistakes: a variable that is not set, a URL that cannot be read, a name twice, a canary that does not exist;
/// and when the directory cannot be asked.
pub async fn members(source: &Source<'_>, connect: &Connect<'_>) -> Result<Vec<Member>> {
    let nothing = Fleet::default();
    let fleet = source.project.fleet.as_ref().unwrap_or(&nothing);
    let file = &source.project.file;
    let mut mistakes = Vec::new();
    let mut found = Vec::new();
    if source.pattern.is_none() {
        for one in &fleet.targets {
            let place = || Some(file.place(one.span()));
            let one = one.get_ref();
            match of_variable(&one.url_env, source.variable) {
                Ok(target) => found.push((one.name.clone(), target)),
                Err(error) => mistakes.push(located(error, place())),
            }
        }
    }
    let listed = match (source.pattern, &fleet.directory) {
        (Some(pattern), _) => Some((None, of_server(pattern), None)),
        (None, Some(directory)) => {
            let place = file.place(directory.span());
            let directory = directory.get_ref();
            Some((
                directory.url_env.as_deref(),
                directory.query.clone(),
                Some(place),
            ))
        }
        (None, None) => None,
    };
    if let Some((url_env, query, place)) = listed {
        let directory = match (url_env, source.named) {
            (Some(variable), _) => of_variable(variable, source.variable).map_err(|error| located(error, place.clone())),
            (None, Some(named)) => Ok(named.clone()),
            (None, None) => Err(Error::new(Kind::Usage, "no database is named that lists the others")
                .hint("name one with `--database-url URL`, or give its variable as `url_env` under [fleet.directory]")),
        };
        match directory {
            Ok(directory) => {
                let session = connect(directory.clone()).await?;
                let rows = rows(&session, &query)
                    .await
                    .map_err(|error| located(error, place))?;
                for row in rows {
                    let name = row.name.clone();
                    match row.target(&directory, source.variable) {
                        Ok(target) => found.push((name, target)),
                        Err(error) => mistakes
                            .push(error.because(format!("the directory lists it as {name}"))),
                    }
                }
            }
            Err(error) => mistakes.push(error),
        }
    } else if fleet.targets.is_empty() {
        mistakes.push(
            Error::new(Kind::Usage, "no database of the fleet is named")
                .hint("list them in workroom.toml: [[fleet.targets]], or a query under [fleet.directory]")
                .hint("or take those of a server: `--databases 'tenant_%'`"),
        );
    }
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    for pair in found.windows(2) {
        if pair[0].0 == pair[1].0 {
            mistakes.push(Error::project(format!(
                "two databases of the fleet are called {}",
                pair[0].0
            )));
        }
    }
    let names: BTreeSet<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    let canaries = fleet
        .canaries
        .iter()
        .map(|one| (one.get_ref(), Some(file.place(one.span()))));
    let canaries: Vec<(&String, Option<Place>)> = canaries
        .chain(source.canaries.iter().map(|one| (one, None)))
        .collect();
    let wanted = canaries
        .iter()
        .cloned()
        .chain(source.only.iter().map(|one| (one, None)));
    for (name, place) in wanted {
        if mistakes.is_empty() && !names.contains(name.as_str()) {
            let error = Error::new(
                Kind::Usage,
                format!("there is no database {name} in the fleet"),
            )
            .hint("`workroom fleet status -v` lists them");
            mistakes.push(located(error, place));
        }
    }
    Error::all(mistakes)?;
    let mut members: Vec<Member> = found
        .into_iter()
        .filter(|(name, _)| source.only.is_empty() || source.only.contains(name))
        .map(|(name, target)| Member {
            server: target.server(),
            is_canary: canaries.iter().any(|(canary, _)| **canary == name),
            name,
            target,
        })
        .collect();
    members.sort_by_key(|member| !member.is_canary);
    Ok(members)
}

fn located(error: Error, place: Option<Place>) -> Error {
    match place {
        Some(place) => error.at(place),
        None => error,
    }
}

/// The database whose URL a variable holds.
fn of_variable(variable: &str, value: &dyn Fn(&str) -> Option<String>) -> Result<Target> {
    let Some(url) = value(variable) else {
        return Err(
            Error::new(Kind::Usage, format!("the variable {variable} is not set")).hint(format!(
                "set it to a database URL: {variable}=postgres://user@host:5432/database"
            )),
        );
    };
    Target::parse(&url)
        .map_err(|error| error.because(format!("it stands in the variable {variable}")))
}

/// A row of the directory.
struct Row {
    name: String,
    database: Option<String>,
    url: Option<String>,
    url_env: Option<String>,
}

impl Row {
    fn target(&self, directory: &Target, value: &dyn Fn(&str) -> Option<String>) -> Result<Target> {
        match (&self.database, &self.url, &self.url_env) {
            (Some(database), None, None) => Ok(directory.with_database(database)),
            (None, Some(url), None) => Target::parse(url),
            (None, None, Some(variable)) => of_variable(variable, value),
            _ => Err(Error::project(
                "a database of the fleet has none, or several, of database, url and url_env",
            )
            .hint("give each row one of the three")),
        }
    }
}

/// The databases of a server whose names fit.
fn of_server(pattern: &str) -> String {
    format!(
        "select datname as name, datname as database from pg_catalog.pg_database \
         where datname like {} and not datistemplate and datallowconn",
        literal(pattern)
    )
}

/// Asks a directory. The query is one statement, and may change nothing.
async fn rows(session: &Session, query: &str) -> Result<Vec<Row>> {
    let read_only = "set default_transaction_read_only = on; set statement_timeout = '60s';";
    session.run("asking the directory", read_only).await?;
    let failed = |cause: String| {
        Error::database("the directory of the fleet cannot be asked")
            .because(cause)
            .hint("the query is one statement with a row for each database: select name, database from …")
    };
    let rows = session.texts(query).await.map_err(failed)?;
    let read = rows.into_iter().map(|mut row| {
        let name = row.remove("name").ok_or_else(|| {
            Error::project("the fleet's directory has a row without a name")
                .hint("its query gives the columns name and one of database, url, url_env")
        })?;
        Ok(Row {
            name,
            database: row.remove("database"),
            url: row.remove("url"),
            url_env: row.remove("url_env"),
        })
    });
    read.collect()
}
