//! What stands in a cell of a matrix.

use crate::policy::spec::Command;

/// Nothing may be done.
pub(super) const DENIED: &str = "denied";

/// The intent for what is left as it is: whatever others have made of it.
pub(super) const UNMANAGED: &str = "unmanaged";

/// A grant alone lets it be done.
pub(super) const GRANTED: &str = "granted";

/// Names of policies, shorter where they follow the scheme `<table>_<rule>_<command>`.
pub(super) fn told(
    table: &str,
    command: Command,
    permissive: &[&str],
    restrictive: &[&str],
) -> String {
    if permissive.is_empty() {
        return DENIED.to_owned();
    }
    let short = |name: &str| {
        let name = name.strip_prefix(&format!("{table}_")).unwrap_or(name);
        let end = format!("_{}", command.word());
        name.strip_suffix(&end).unwrap_or(name).to_owned()
    };
    let list = |names: &[&str]| {
        let mut names: Vec<String> = names.iter().map(|name| short(name)).collect();
        names.sort();
        names
    };
    let mut text = list(permissive).join(" or ");
    for name in list(restrictive) {
        text.push_str(" & ");
        text.push_str(&name);
    }
    text
}
