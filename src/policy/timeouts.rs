//! Time-outs that sessions begin with: how long a statement, a wait for a lock, an idle transaction or a whole one may
//! take, so that one client cannot keep rows or tables from all others.

use std::collections::BTreeMap;

use super::model::{Policies, RoleKind};
use super::resolver::Resolver;
use super::spec::{Named, RoleEntry};
use crate::error::Error;
use crate::files::suggest::suggestion;

/// The parameters by which the server ends what takes too long; the last one from version 17 on.
pub(super) const TIMEOUTS: [&str; 4] = [
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "transaction_timeout",
];

impl Resolver<'_> {
    /// The time-outs of a role: its own, and for roles that people or back ends come in as those of the file. What
    /// owns objects never logs in, and trusted back ends may have long work to do.
    pub(super) fn timeouts(
        &self,
        defaults: &BTreeMap<&'static str, String>,
        role: &RoleEntry,
        own: BTreeMap<&'static str, String>,
    ) -> BTreeMap<&'static str, String> {
        let is_client = !role.bypass_rls
            && matches!(
                role.kind,
                RoleKind::Application | RoleKind::Shared | RoleKind::Group
            )
            && role.login != Some(false);
        let mut timeouts = if is_client {
            defaults.clone()
        } else {
            BTreeMap::new()
        };
        timeouts.extend(own);
        timeouts
    }

    /// Settings and values as written, checked.
    pub(super) fn read_timeouts(
        &mut self,
        entries: &BTreeMap<Named, Named>,
    ) -> BTreeMap<&'static str, String> {
        let mut timeouts = BTreeMap::new();
        for (setting, value) in entries {
            let Some(known) = TIMEOUTS.iter().find(|known| *known == setting.get_ref()) else {
                self.mistake(
                    setting,
                    format!("`{}` is not a time-out", setting.get_ref()),
                    suggestion(setting.get_ref(), TIMEOUTS),
                );
                continue;
            };
            if !is_duration(value.get_ref()) {
                self.mistake(
                    value,
                    format!("`{}` is not a duration", value.get_ref()),
                    "write a whole number with its unit, such as \"500ms\", \"30s\" or \"5min\"; \"0\" means no limit",
                );
                continue;
            }
            timeouts.insert(*known, value.get_ref().clone());
        }
        timeouts
    }
}

/// Roles that two files of a project give different time-outs: each deployment would undo the other's.
pub(super) fn quarrels(policies: &Policies, other: &Policies) -> Vec<Error> {
    let mut mistakes = Vec::new();
    for role in &policies.roles {
        let mut twins = other.roles.iter();
        let Some(twin) = twins.find(|twin| twin.database_role == role.database_role) else {
            continue;
        };
        for (setting, value) in &role.timeouts {
            let Some(theirs) = twin.timeouts.get(setting).filter(|theirs| *theirs != value) else {
                continue;
            };
            mistakes.push(
                Error::project(format!(
                    "role {} has {setting} {value} here and {theirs} in {}",
                    role.database_role, other.file.path
                ))
                .at(policies.place(&role.span))
                .hint("a role belongs to the whole server: say the same in both files, or nothing in one"),
            );
        }
    }
    mistakes
}

/// What the server takes without a doubt about its unit.
fn is_duration(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let units = ["ms", "s", "min", "h", "d"];
    (1..=9).contains(&digits) && (text == "0" || units.contains(&&text[digits..]))
}

#[cfg(test)]
mod tests {
    use super::is_duration;

    #[test]
    fn a_duration_has_a_unit() {
        for text in ["0", "500ms", "30s", "5min", "1h", "2d"] {
            assert!(is_duration(text), "{text}");
        }
        for text in [
            "",
            "30",
            "s",
            "-1s",
            "1.5s",
            "30 s",
            "30S",
            "9999999999s",
            "1s; x",
        ] {
            assert!(!is_duration(text), "{text}");
        }
    }
}
