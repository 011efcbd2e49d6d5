//! `workroom fleet status`: which version each database of the fleet has.

use clap::Args;

use super::{FleetArguments, report};
use crate::commands::Context;
use crate::deployment::{Planned, plan_on};
use crate::error::Result;
use crate::fleet::{self, run as each};
use crate::report::{Outcome, Report};

/// Which databases, and how to answer.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Which databases.
    #[command(flatten)]
    pub fleet: FleetArguments,

    /// Exit with status 1 when something is pending anywhere
    #[arg(long)]
    pub check: bool,
}

/// Counts the databases by the version that they have, those that lag behind by name.
///
/// # Errors
/// When the project has mistakes, or when it is not known which databases there are.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let (mut report, is_pending) = looked(context, &arguments.fleet, words).await?;
    if is_pending && arguments.check {
        report.outcome = Outcome::Found;
    }
    Ok(report)
}

/// Looks at every database, and whether anything is pending anywhere.
pub(super) async fn looked(
    context: &Context,
    arguments: &FleetArguments,
    words: impl Fn(&[Planned]) -> String,
) -> Result<(Report, bool)> {
    let opened = arguments.open(context).await?;
    let systems = opened.systems(context)?;
    let work = |at: usize| {
        let (opened, systems) = (&opened, &systems);
        async move {
            let session = context.connect_to(&opened.members[at].target).await?;
            plan_on(&session, &opened.files.project, systems).await
        }
    };
    let observer = context.observer.as_ref();
    let outcomes = each(&opened.members, opened.settings, observer, work).await;
    let is_pending = outcomes.iter().any(|outcome| match outcome {
        fleet::Outcome::Done(planned) => planned.iter().any(|one| pending(one) > 0),
        _ => false,
    });
    let told = report(
        context,
        "looked at",
        &opened.members,
        &outcomes,
        |planned| (true, words(planned)),
    );
    Ok((told, is_pending))
}

/// How many migrations and objects would be applied.
fn pending(planned: &Planned) -> usize {
    planned.migrations.len() + planned.objects.len()
}

fn words(planned: &[Planned]) -> String {
    let each = planned.iter().map(|one| {
        let latest = one.latest.as_deref().unwrap_or("nothing applied");
        match pending(one) {
            0 => format!("{} at {latest}", one.system),
            count => format!("{} at {latest}, {count} pending", one.system),
        }
    });
    each.collect::<Vec<_>>().join("; ")
}
