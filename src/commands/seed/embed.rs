//! `workroom seed embed`: the vector of a text, for searching what a seed file has filled.

use clap::Args;

use crate::error::{Error, Kind, Result};
use crate::report::Report;
use crate::seed::value::embedding::{self, MOST};

/// The text, and how long its vector is.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What is searched for, for example "how do we price?"
    #[arg(value_name = "TEXT")]
    pub text: String,

    /// Dimensions, as many as those of the column
    #[arg(long, value_name = "NUMBER", default_value_t = 1536, value_parser = clap::value_parser!(u32).range(1..=MOST as i64))]
    pub dimensions: u32,
}

/// Needs neither a project nor a server.
///
/// # Errors
/// When the text has nothing that a vector could follow from.
pub fn run(arguments: &Arguments) -> Result<Report> {
    let vector = embedding::embed(&arguments.text, arguments.dimensions as usize);
    let vector = vector.ok_or_else(|| {
        Error::new(
            Kind::Usage,
            "a text without a letter or digit has no vector",
        )
        .because("a vector of zeros has no direction: a search by cosine leaves it out")
    })?;
    Ok(Report::text(embedding::literal(&vector)))
}
