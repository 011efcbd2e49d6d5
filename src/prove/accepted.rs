//! Fingerprints of accepted findings: an acceptance ends when a policy that it rests on changes.

use super::probe::ProbeContext;
use crate::catalog::Name;
use crate::policy::AcceptEntry;

/// Changes when a policy does of a table of the world that is meant.
pub(super) fn print_of(context: &ProbeContext<'_>, is_meant: impl Fn(&Name) -> bool) -> String {
    let policies = context.catalog.policies.iter();
    let mut lines: Vec<String> = policies
        .filter(|one| context.world.position(&one.relation).is_some() && is_meant(&one.relation))
        .map(|one| {
            format!(
                "{} {} {} {} {:?} {:?} {:?}",
                one.relation,
                one.name,
                one.permissive,
                one.command,
                one.roles,
                one.using,
                one.check
            )
        })
        .collect();
    lines.sort();
    AcceptEntry::print_of(&lines.join("\n"))
}
