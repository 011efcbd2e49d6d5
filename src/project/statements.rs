//! The statements of a migration, found when they are asked for: of files that are applied, hardly ever.

use std::ops::Deref;
use std::sync::OnceLock;

use crate::error::Result;
use crate::files::TextFile;
use crate::sql::{self, Statement};

/// A file's statements; none of a file that cannot be split, which is one of its mistakes.
#[derive(Clone, Debug)]
pub struct Statements {
    file: TextFile,
    split: OnceLock<Vec<Statement>>,
}

impl Statements {
    /// Those of a file, found when they are asked for.
    #[must_use]
    pub fn of(file: &TextFile) -> Self {
        Self {
            file: file.clone(),
            split: OnceLock::new(),
        }
    }

    /// Those of a file, found now.
    ///
    /// # Errors
    /// When the text cannot be split into statements.
    pub fn found(file: &TextFile) -> Result<Self> {
        let split = split(file)?.into();
        Ok(Self {
            file: file.clone(),
            split,
        })
    }
}

fn split(file: &TextFile) -> Result<Vec<Statement>> {
    let mut statements = sql::split(file)?;
    statements.retain(|statement| !sql::is_restriction(file, statement));
    Ok(statements)
}

impl Deref for Statements {
    type Target = [Statement];

    fn deref(&self) -> &[Statement] {
        self.split
            .get_or_init(|| split(&self.file).unwrap_or_default())
    }
}

impl PartialEq for Statements {
    fn eq(&self, other: &Self) -> bool {
        self.file == other.file
    }
}

impl Eq for Statements {}
