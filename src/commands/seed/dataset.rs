//! What every `seed` command begins with: what the data depend on, and the seed file of a system.

use clap::Args;

use crate::commands::Context;
use crate::error::{Error, Kind, Result};
use crate::project::Project;
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

/// The seed files of the systems that a command works on: of those selected, the last one's, as it stands for the rest.
///
/// # Errors
/// When none of them has one.
pub fn file(context: &Context, project: &Project) -> Result<SeedFile> {
    let systems = context.systems(project)?;
    let asked = systems
        .last()
        .ok_or_else(|| Error::new(Kind::Usage, "no system is named"))?;
    source::file_of(project, asked)
}
