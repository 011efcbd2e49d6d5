//! What the policy file accepts is accepted until policies change: their fingerprint.

use super::probe::Scene;
use crate::catalog::Name;
use crate::policy::AcceptEntry;

/// Changes when a policy does of a table of the world that is meant.
pub(super) fn print_of(scene: &Scene<'_>, is_meant: impl Fn(&Name) -> bool) -> String {
    let policies = scene.catalog.policies.iter();
    let mut lines: Vec<String> = policies
        .filter(|one| scene.world.position(&one.relation).is_some() && is_meant(&one.relation))
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
