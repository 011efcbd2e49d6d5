//! One policy before it has a name and a text.

use std::collections::BTreeSet;

use super::model::{Command, RoleIndex, Span};
use super::predicate::Predicate;

/// Cells that make one policy.
pub(super) struct Rule<'a> {
    pub(super) command: Command,
    pub(super) using: Option<&'a Predicate>,
    pub(super) check: Option<&'a Predicate>,
    /// The only columns that may differ afterwards.
    pub(super) columns: Option<&'a BTreeSet<String>>,
    /// Whether its roles are application roles, which are told apart under the shared role.
    pub(super) is_application: bool,
    /// Whether the shared role may act as them.
    pub(super) is_open_to_shared: bool,
    pub(super) roles: BTreeSet<RoleIndex>,
    pub(super) span: Span,
}
