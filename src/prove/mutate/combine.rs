//! What policies come to together: permissive ones let in, restrictive ones keep out.

use super::effect::{Evaluated, Sides, Subject};
use super::operators::Change;
use crate::catalog::{Grantee, Policy, PolicyCommand};
use crate::sql::identifier;

/// Which other policies hold what a broken one opens or closes: without them, it shows.
pub(super) fn held_by(
    change: &Change,
    before: &Evaluated<'_>,
    after: &Evaluated<'_>,
    subject: &Subject,
    count: usize,
) -> Vec<String> {
    let is_own = |policy: &Policy| {
        let mut sides = [&change.before, &change.after].into_iter().flatten();
        sides.any(|one| one.name == policy.name)
    };
    let without = |gone: &dyn Fn(&Policy) -> bool| {
        let [one, two] = [before, after].map(|list| {
            let kept = list
                .iter()
                .filter(|(policy, _)| is_own(policy) || !gone(policy));
            let kept: Evaluated<'_> = kept.cloned().collect();
            passes(&kept, subject, count, Open::No)
        });
        one != two
    };
    let others = before.iter().filter(|(policy, _)| !is_own(policy));
    let single: Vec<String> = others
        .filter(|(policy, _)| without(&|one| one.name == policy.name))
        .map(|(policy, _)| format!("policy {}", identifier(&policy.name)))
        .collect();
    if !single.is_empty() {
        return single;
    }
    if without(&|one| one.permissive) {
        return vec!["the other permissive policies together".to_owned()];
    }
    let all = without(&|_| true);
    all.then(|| "the other policies together".to_owned())
        .into_iter()
        .collect()
}

/// An error that says nothing of the condition: nonsense in the session and missing rights are answers.
pub(super) fn unknown(sides: &Sides) -> Option<String> {
    sides.iter().find_map(|side| match side.as_ref() {
        Err(error) if !error.contains("(22") && !error.contains("(42501)") => Some(error.clone()),
        _ => None,
    })
}

/// Whether something else lets everybody in.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Open {
    No,
    /// Another policy does.
    Yes,
    /// Another policy does where there is no permissive one.
    Unless,
}

/// What policies come to, for each decision and row.
pub(super) fn passes(
    policies: &Evaluated<'_>,
    subject: &Subject,
    count: usize,
    open: Open,
) -> [Vec<bool>; 5] {
    let slots = [
        (PolicyCommand::Select, 0),
        (PolicyCommand::Insert, 1),
        (PolicyCommand::Update, 0),
        (PolicyCommand::Update, 1),
        (PolicyCommand::Delete, 0),
    ];
    slots.map(|(command, side)| {
        let bound: Vec<&(&Policy, Sides)> = policies
            .iter()
            .filter(|(policy, _)| {
                applies(policy, subject)
                    && (policy.command == command || policy.command == PolicyCommand::All)
            })
            .collect();
        let is_true = |one: &(&Policy, Sides), row: usize| {
            let side = one.1[side].as_ref();
            side.as_ref()
                .is_ok_and(|bits| bits.as_bytes().get(row) == Some(&b't'))
        };
        let is_open = match open {
            Open::No => false,
            Open::Yes => true,
            Open::Unless => !bound.iter().any(|(policy, _)| policy.permissive),
        };
        (0..count)
            .map(|row| {
                let let_in = is_open
                    || bound
                        .iter()
                        .any(|one| one.0.permissive && is_true(one, row));
                let_in
                    && bound
                        .iter()
                        .all(|one| one.0.permissive || is_true(one, row))
            })
            .collect()
    })
}

pub(super) fn applies(policy: &Policy, subject: &Subject) -> bool {
    policy.roles.iter().any(|role| match role {
        Grantee::Public => true,
        Grantee::Role(name) => subject.roles.contains(name),
    })
}
