//! Sessions that say one thing more or another thing than those of the personas.

use std::collections::BTreeSet;

use super::candidates::Candidates;
use super::{actors, silent};
use crate::prove::persona::{Persona, Personas};
use crate::prove::probe::ProbeContext;
use crate::sql::literal;

/// Somebody whose session says one thing more or another thing.
pub(super) struct OtherSession {
    pub(super) position: usize,
    pub(super) persona: Persona,
    pub(super) readers: BTreeSet<usize>,
}

/// Sessions that say what the SQL asks for and no file names, and those in which a pattern stands for a tenant or user.
pub(super) fn other_sessions(
    context: &ProbeContext<'_>,
    personas: Personas<'_>,
    tenants: &[String],
    candidates: &Candidates,
) -> Vec<OtherSession> {
    let mut others = Vec::new();
    // What a setting or claim takes away, only those miss who have it.
    let mut everybody: Vec<usize> = actors(personas, tenants);
    everybody.extend(silent(personas));
    for ((name, value), readers) in &candidates.settings {
        if personas.keys.contains(name) {
            continue;
        }
        for position in &everybody {
            let mut persona = personas.all[*position].clone();
            persona
                .name
                .push_str(&format!(" with {name} = {}", literal(value)));
            persona.settings.push((name.clone(), value.clone()));
            others.push(OtherSession {
                position: *position,
                persona,
                readers: readers.clone(),
            });
        }
    }
    // Who it is and of which tenant is tried by the personas themselves.
    let tenant = context.intent.policies.context.tenant.as_ref();
    let of_tenant = tenant.and_then(|one| one.claim.clone());
    let of_users = personas.all.iter().flat_map(|one| &one.claims);
    let taken: BTreeSet<&Vec<String>> = of_users.map(|(path, _)| path).chain(&of_tenant).collect();
    for ((path, value), readers) in &candidates.claims {
        if taken.contains(path) {
            continue;
        }
        for position in &everybody {
            let mut persona = personas.all[*position].with_claim(path, value);
            persona.name.push_str(&format!(
                " with the claim {} = {}",
                path.join("."),
                literal(value)
            ));
            others.push(OtherSession {
                position: *position,
                persona,
                readers: readers.clone(),
            });
        }
    }
    if candidates.patterns.is_empty() {
        return others;
    }
    let session = &context.intent.policies.context;
    let tenant = session.tenant.as_ref().map(|one| one.setting.as_str());
    let mut roles = BTreeSet::new();
    everybody.retain(|at| {
        roles.insert(&personas.all[*at].acts_as) || personas.all[*at].settings.is_empty()
    });
    for position in &everybody {
        let ordinary = &personas.all[*position];
        for (at, (setting, _)) in ordinary.settings.iter().enumerate() {
            // A role is one of those that the file names, or none.
            if session.role_setting.as_ref() == Some(setting) {
                continue;
            }
            for pattern in ["%", ".*"] {
                let mut persona = ordinary.clone();
                persona
                    .name
                    .push_str(&format!(" with {setting} = {}", literal(pattern)));
                pattern.clone_into(&mut persona.settings[at].1);
                persona.is_garbled = true;
                let is_tenant = tenant == Some(setting.as_str());
                persona.context[usize::from(!is_tenant)] = None;
                others.push(OtherSession {
                    position: *position,
                    persona,
                    readers: candidates.patterns.clone(),
                });
            }
        }
    }
    others
}
