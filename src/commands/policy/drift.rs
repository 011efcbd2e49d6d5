//! `workroom policy drift`: what was changed by hand since policies were applied.

use std::collections::BTreeSet;

use clap::Args;

use super::load_live;
use crate::commands::Context;
use crate::database::{DeploymentLock, Patience, Session};
use crate::error::Result;
use crate::policy::{self, Policies, RenderedPolicies, Verdict};
use crate::project::Project;
use crate::report::Report;

/// What to do with what is found.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Take columns, owners, options and memberships as they are from now on; what the policy file speaks of is not touched
    #[arg(long)]
    pub accept: bool,
}

/// Compares with the policy file and with what was recorded.
///
/// # Errors
/// With every mistake of the policy file; when the database cannot be read.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let project = context.project()?;
    let (all, session) = load_live(context, &project).await?;
    let declared = memberships(&project)?;
    let exists = session
        .run(
            "looking for the record",
            &format!("select {};", policy::exists()),
        )
        .await?;
    let exists = exists
        .first()
        .and_then(|rows| rows.first())
        .is_some_and(|row| row.first().is_some_and(|cell| cell.as_deref() == Some("t")));
    if arguments.accept && exists {
        context.lock(&session, Patience::default()).await?;
        let accepted = accept(&session, &all).await;
        DeploymentLock::release_after(&session, accepted).await?;
    }
    let mut report = Report::default();
    for rendered in &all {
        let system = &rendered.policies.system;
        let live = policy::read_live(&session, rendered).await?;
        if let (Verdict::LeftAlone, Some(only_if)) = (live.verdict, &rendered.policies.only_if) {
            report.push_text(format!("{system}: {}", only_if.otherwise));
            continue;
        }
        let query = policy::attributes_query(rendered, exists);
        let results = session.run("reading owners and options", &query).await?;
        let now = results
            .last()
            .map(policy::read_attributes)
            .unwrap_or_default();
        let recorded = match results.as_slice() {
            [.., recorded, _] if exists => Some(policy::read_attributes(recorded)),
            _ => None,
        };
        let recorded = recorded.filter(|recorded| !recorded.is_empty());
        let checks = policy::drift(rendered, &live, recorded.as_ref(), &now, &declared);
        report.push_checks(system.clone(), checks);
    }
    Ok(report)
}

/// Records owners, options and the like as they are. The lock must be held.
async fn accept(session: &Session, all: &[RenderedPolicies]) -> Result<()> {
    let proof = DeploymentLock::proof();
    for rendered in all {
        let sql = policy::accept(&proof, &rendered.policies.system, &rendered.project);
        let what = "recording owners and options as they are";
        session.run(what, &sql).await?;
    }
    Ok(())
}

/// Memberships that policy files of the project ask for: member and role.
fn memberships(project: &Project) -> Result<BTreeSet<(String, String)>> {
    let mut all = BTreeSet::new();
    for system in project.systems.values() {
        for role in Policies::read(system)?
            .into_iter()
            .flat_map(|policies| policies.roles)
        {
            for (of, _) in role.member_of {
                all.insert((role.database_role.clone(), of));
            }
        }
    }
    Ok(all)
}
