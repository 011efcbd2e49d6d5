//! Which objects the project's files create, so that a count that misses can be told by name.

use std::collections::BTreeSet;

use crate::catalog::Name;

/// Objects that should exist by kind; `None` where the files were not read for that kind.
///
/// Whoever composes it reads the migrations, the repeatable objects and the rendered policies in the order
/// of deployment, and leaves out what is dropped again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// Tables, partitions left out.
    pub tables: Option<BTreeSet<Name>>,
    /// Plain views.
    pub views: Option<BTreeSet<Name>>,
    /// Materialized views.
    pub materialized_views: Option<BTreeSet<Name>>,
    /// Functions and procedures, overloads under one name.
    pub functions: Option<BTreeSet<Name>>,
    /// Indexes made by `create index`; those of constraints need not be listed.
    pub indexes: Option<BTreeSet<Name>>,
    /// Policies: the table and the policy's name.
    pub policies: Option<BTreeSet<(Name, String)>>,
    /// Tables that the policy file leaves as they are, with their policies and grants.
    pub unmanaged: BTreeSet<Name>,
}
