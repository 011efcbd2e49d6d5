//! `workroom fleet verify`: whether every database has what the files make, and whether all are alike.

use std::cell::RefCell;
use std::collections::BTreeMap;

use clap::Args;

use super::{FleetArguments, report};
use crate::commands::Context;
use crate::error::Result;
use crate::fleet::{Alike, Outcome, alike, compare, run as each};
use crate::report::Report;

/// Which databases.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Which databases.
    #[command(flatten)]
    pub fleet: FleetArguments,
}

/// Verifies every database as `db verify` does, and compares every property of every object with what most of them have.
///
/// # Errors
/// When the project has mistakes, or when it is not known which databases there are.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let opened = arguments.fleet.open(context).await?;
    let systems = opened.systems(context)?;
    let schemas = RefCell::new(Alike::new());
    let work = |at: usize| {
        let (opened, systems, schemas) = (&opened, &systems, &schemas);
        async move {
            let session = context.connect_to(&opened.members[at].target).await?;
            let (compared, objects) = compare(&session, &opened.files, systems).await?;
            schemas
                .borrow_mut()
                .entry(compared.schema.clone())
                .or_insert(objects);
            Ok(compared)
        }
    };
    let observer = context.observer.as_ref();
    let outcomes = each(&opened.members, opened.settings, observer, work).await;
    let mut counts = BTreeMap::new();
    for outcome in &outcomes {
        if let Outcome::Done(compared) = outcome {
            *counts.entry(compared.schema.clone()).or_default() += 1;
        }
    }
    let others = alike(&schemas.into_inner(), &counts);
    let words = |compared: &crate::fleet::Compared| {
        let mut lines = compared.failed.clone();
        if let Some(differences) = others.get(&compared.schema) {
            lines.push(format!(
                "other than in most databases: {}",
                differences.join("; ")
            ));
        }
        match lines.is_empty() {
            true => (true, "verified, and alike".to_owned()),
            false => (false, lines.join("; ")),
        }
    };
    Ok(report(
        context,
        "verified",
        &opened.members,
        &outcomes,
        words,
    ))
}
