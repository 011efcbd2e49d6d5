//! Lock modes, and what each keeps waiting.

use std::fmt;

/// The modes of a lock on a relation, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LockMode {
    /// Every reader has it.
    AccessShare,
    /// Readers that lock rows.
    RowShare,
    /// Writers.
    RowExclusive,
    /// `vacuum`, `analyze`, `validate constraint`, concurrent index builds.
    ShareUpdateExclusive,
    /// `create index`.
    Share,
    /// `create trigger`, foreign keys.
    ShareRowExclusive,
    /// `refresh materialized view concurrently`.
    Exclusive,
    /// Most of `alter table`, `drop`, `truncate`.
    AccessExclusive,
}

impl LockMode {
    const ALL: [Self; 8] = [
        Self::AccessShare,
        Self::RowShare,
        Self::RowExclusive,
        Self::ShareUpdateExclusive,
        Self::Share,
        Self::ShareRowExclusive,
        Self::Exclusive,
        Self::AccessExclusive,
    ];

    /// Reads the name that `pg_locks` has: `AccessExclusiveLock`.
    #[must_use]
    pub fn from_catalog(name: &str) -> Option<Self> {
        let name = name.strip_suffix("Lock")?;
        Self::ALL.into_iter().find(|mode| mode.to_string() == name)
    }

    /// Who has to wait, in words. Source: the PostgreSQL documentation, table "Conflicting Lock Modes".
    #[must_use]
    pub fn blocks(self) -> &'static str {
        match self {
            Self::AccessShare => "drop, truncate and most of alter table",
            Self::RowShare => "schema changes that keep everybody out",
            Self::RowExclusive => "create index and other schema changes",
            Self::ShareUpdateExclusive => "other schema changes and vacuum",
            Self::Share | Self::ShareRowExclusive => "writers",
            Self::Exclusive => "writers, and readers that lock rows",
            Self::AccessExclusive => "everybody, readers included",
        }
    }

    /// Whether people notice: writers or readers have to wait.
    #[must_use]
    pub fn is_strong(self) -> bool {
        self >= Self::Share
    }
}

impl fmt::Display for LockMode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_is_read_from_its_name_in_the_catalog() {
        for mode in LockMode::ALL {
            assert_eq!(LockMode::from_catalog(&format!("{mode}Lock")), Some(mode));
        }
        assert_eq!(LockMode::from_catalog("ExclusiveLockMode"), None);
    }
}
