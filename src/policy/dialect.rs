//! The dialects of SQL that a policy file can be rendered as.

/// Which SQL a policy file is rendered as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Restrictive floors, context read once a statement through sub-selects.
    #[default]
    Postgres,
}

impl Dialect {
    /// Where its templates lie.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Postgres => "policies/templates",
        }
    }
}
