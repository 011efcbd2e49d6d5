//! `workroom fleet plan`: what `fleet migrate` would apply, and where.

use clap::Args;

use super::{FleetArguments, status};
use crate::commands::Context;
use crate::deployment::Planned;
use crate::error::Result;
use crate::report::Report;

/// Which databases.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Which databases.
    #[command(flatten)]
    pub fleet: FleetArguments,
}

/// Lists what is pending, once for all databases of which that is the same.
///
/// # Errors
/// When the project has mistakes, or when it is not known which databases there are.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let (report, _) = status::looked(context, &arguments.fleet, words).await?;
    Ok(report)
}

fn words(planned: &[Planned]) -> String {
    let pending: Vec<String> = planned
        .iter()
        .flat_map(|one| {
            one.migrations
                .iter()
                .chain(&one.objects)
                .map(move |what| format!("{} {what}", one.system))
        })
        .collect();
    if pending.is_empty() {
        return "no migration or object is pending".to_owned();
    }
    format!("would apply {}", pending.join(", "))
}
