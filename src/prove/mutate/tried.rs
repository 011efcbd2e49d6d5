//! Which probes are tried, and what it means when the server does not take a mutant.

use std::collections::BTreeSet;

use super::effect::Verdict;
use super::operators::Mutant;
use crate::catalog::PolicyCommand;
use crate::database::BatchFailure;
use crate::error::Result;
use crate::prove::probe::{Kind, Outcome};

/// Kinds of probes in the order in which they are tried, without those that a broken policy cannot touch.
pub(super) fn stages(mutant: &Mutant) -> Vec<Vec<Kind>> {
    let stages: [&[Kind]; 4] = match mutant.change {
        Some(_) => [
            &[Kind::Select],
            &[Kind::Insert, Kind::CrossInsert, Kind::Blind],
            &[Kind::Update, Kind::Delete, Kind::Move],
            &[Kind::Conflict, Kind::Columns, Kind::SideChannel],
        ],
        None => [
            &[Kind::SideChannel, Kind::Select],
            &[Kind::Blind, Kind::Columns],
            &[Kind::Insert, Kind::CrossInsert, Kind::Delete],
            &[Kind::Update, Kind::Move, Kind::Conflict],
        ],
    };
    let commands: BTreeSet<PolicyCommand> = mutant
        .change
        .iter()
        .flat_map(|change| [&change.before, &change.after])
        .flatten()
        .map(|policy| policy.command)
        .collect();
    let commands: Vec<PolicyCommand> = commands.into_iter().collect();
    let is_touched = |kind: &Kind| match commands.as_slice() {
        [PolicyCommand::Insert] => {
            matches!(kind, Kind::Insert | Kind::CrossInsert | Kind::Conflict)
        }
        [PolicyCommand::Delete] => matches!(kind, Kind::Blind | Kind::Delete),
        [PolicyCommand::Update] => matches!(
            kind,
            Kind::Select | Kind::Blind | Kind::Update | Kind::Move | Kind::Conflict
        ),
        _ => true,
    };
    stages
        .iter()
        .map(|kinds| kinds.iter().copied().filter(is_touched).collect())
        .collect()
}

/// A mutant that the server did not take: because of what it is, or because there was no answer.
pub(super) fn refused(failure: BatchFailure) -> Result<Verdict> {
    let state = failure.code().unwrap_or_default().to_owned();
    let outcome = Outcome {
        message: failure.error.to_string(),
        state: state.clone(),
        ..Outcome::default()
    };
    if state.is_empty() || failure.cancelled {
        return Err(failure.of_our_own("trying a mutant"));
    }
    if outcome.is_inconclusive() {
        return Ok(Verdict::Inconclusive(outcome.says()));
    }
    let message = failure
        .error
        .as_db_error()
        .map_or(outcome.message, |error| error.message().to_owned());
    Ok(Verdict::Invalid(format!("{message} ({state})")))
}
