//! What every `seed` command begins with: what the data depend on, and the seed file of a system.

use clap::Args;

use crate::commands::Context;
use crate::error::{Error, Kind, Result};
use crate::project::{Project, System};
use crate::seed::value::date;
use crate::seed::{Options, Scale, SeedFile, source};

/// What the data depend on beside the file.
#[derive(Clone, Debug, Default, Args)]
pub struct Choices {
    /// So many times the rows of the file, 0.01 to 1000
    #[arg(long, value_name = "FACTOR", value_parser = parse_scale)]
    pub scale: Option<Scale>,

    /// Another seed than the file's: other data of the same kind
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<i64>,

    /// Move all dates by whole weeks, so that the present day is this one (or `today`)
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    pub as_of: Option<i32>,
}

/// A factor with at most three digits after the point.
fn parse_scale(text: &str) -> Result<Scale, String> {
    let wrong = || "a number between 0.01 and 1000 is expected, for example 10 or 0.1".to_owned();
    let number = crate::seed::value::parse_number(text).ok_or_else(wrong)?;
    if (100..=10_000_000).contains(&number) && number % 10 == 0 {
        Ok(Scale((number / 10) as u64))
    } else {
        Err(wrong())
    }
}

fn parse_day(text: &str) -> Result<i32, String> {
    if text == "today" {
        return source::today().map_err(|error| error.to_string());
    }
    date::parse(text)
        .ok_or_else(|| "a date is expected, for example 2026-03-31, or `today`".to_owned())
}

impl Choices {
    /// As the compiler of seed files takes them.
    ///
    /// # Errors
    /// When there is no present day.
    pub fn options(&self) -> Result<Options> {
        Ok(Options {
            scale: self.scale,
            seed: self.seed,
            as_of: self.as_of,
            today: source::today()?,
        })
    }
}

/// The seed files of the systems that are named, in the order of their requirements; with `--all`, of those that have one.
/// Where none is named, that of the last one, which stands for the rest.
///
/// # Errors
/// When one has none.
pub fn files(context: &Context, project: &Project) -> Result<Vec<SeedFile>> {
    let systems = context.systems(project)?;
    let named = &context.global.systems;
    let is_meant = |system: &&&System| match (context.global.all, &named[..]) {
        (true, _) => system.seeds.is_some(),
        (false, []) => systems.last().is_some_and(|last| last.name == system.name),
        (false, named) => named.contains(&system.name),
    };
    let meant: Vec<&&System> = systems.iter().filter(is_meant).collect();
    if meant.is_empty() {
        return Err(Error::new(Kind::Usage, "no system has a seed file"));
    }
    let files = meant
        .into_iter()
        .map(|system| source::file_of(project, system));
    files.collect()
}

/// The seed file of the one system that a command works on.
///
/// # Errors
/// When it has none, or several systems are named.
pub fn file(context: &Context, project: &Project) -> Result<SeedFile> {
    only(files(context, project)?, |file| file.system.clone())
}

/// The one system that a command works on.
///
/// # Errors
/// When several are named.
pub fn system<'p>(context: &Context, project: &'p Project) -> Result<&'p System> {
    let systems = context.systems(project)?;
    let named = &context.global.systems;
    let is_meant = |system: &&System| match &named[..] {
        [] if context.global.all => true,
        [] => systems.last().is_some_and(|last| last.name == system.name),
        named => named.contains(&system.name),
    };
    let meant = systems.iter().copied().filter(is_meant).collect();
    only(meant, |system| system.name.clone())
}

/// The only one of what is named.
fn only<T>(named: Vec<T>, name: impl Fn(&T) -> String) -> Result<T> {
    let names: Vec<String> = named.iter().map(name).collect();
    let mut named = named.into_iter();
    match (named.next(), named.next()) {
        (Some(one), None) => Ok(one),
        _ => Err(Error::new(
            Kind::Usage,
            format!(
                "this works on one system, and {} are named",
                names.join(", ")
            ),
        )
        .hint("name one of them with `--system`")),
    }
}
