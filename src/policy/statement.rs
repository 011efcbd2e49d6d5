//! One statement of a rendering, and where it belongs.

use std::collections::BTreeSet;

use super::facts::Facts;
use super::model::Span;

/// What a statement belongs to; statements run in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Roles and memberships.
    Roles,
    /// Schemas that the policy file makes.
    Schemas,
    /// Nothing is open, row security is on.
    Base,
    /// Where a session's tenant and role come from.
    Context,
    /// Look-ups for policies.
    Lookups,
    /// Who owns `security definer` functions.
    Ownership,
    /// The tenant floor: restrictive, for everybody.
    Floor,
    /// Further conditions that hold for everybody.
    Restrictive,
    /// Ways to find by an index what permissive policies allow the shared role anyway.
    Path,
    /// What roles may do.
    Permissive,
    /// Privileges, derived from the matrix.
    Grants,
    /// What later objects are born with.
    Defaults,
    /// Who owns what no definer owns.
    Belongings,
    /// Fingerprints of what the server made of it all.
    Seal,
}

impl Section {
    /// The heading in a rendered file.
    #[must_use]
    pub fn heading(self) -> &'static str {
        match self {
            Self::Roles => "Roles",
            Self::Schemas => "Schemas",
            Self::Base => "Nothing is open, row-level security is on",
            Self::Context => "Session context",
            Self::Lookups => "Look-ups for policies",
            Self::Ownership => "Owners of security definer functions",
            Self::Floor => "Tenant floor: restrictive, for every role and command",
            Self::Restrictive => "Further conditions for every role",
            Self::Path => {
                "Ways to the rows of the shared role, which permit nothing and refuse nothing"
            }
            Self::Permissive => "What roles may do inside their tenant",
            Self::Grants => "Grants, derived from the matrix",
            Self::Defaults => "Default privileges",
            Self::Belongings => "The owner of schemas and what lies in them",
            Self::Seal => "Seal: what the server made of each definition",
        }
    }
}

/// One thing that is established by one or a few statements.
#[derive(Clone, Debug)]
pub struct RenderedStatement {
    /// What it belongs to.
    pub section: Section,
    /// What it establishes, in words: "policy clients_tenant_isolation on agency.clients".
    pub what: String,
    /// The SQL, ending with a semicolon.
    pub sql: String,
    /// Where the policy file asks for it.
    pub span: Span,
    /// Database roles that it concerns.
    pub roles: BTreeSet<String>,
    /// What holds in the catalog afterwards; empty for what only closes doors.
    pub facts: Facts,
    /// For a policy: its group of the document, "tenant", "role", "owner", "team" …
    pub group: Option<String>,
}
