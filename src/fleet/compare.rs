//! Whether the databases of the fleet are alike, and have what their files make.

use std::collections::BTreeMap;

use super::deploy::Files;
use crate::catalog::Objects;
use crate::database::{self, Session};
use crate::deployment;
use crate::error::Result;
use crate::files::fingerprint_of_bytes;
use crate::project::System;
use crate::report::Block;
use crate::verify::{Versions, differences};

/// What was found in a database.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The server's major version, and a fingerprint of every property of every object.
    pub schema: (u32, String),
    /// The checks that failed, in words.
    pub failed: Vec<String>,
}

/// The schemas that were met, by version and fingerprint: one of each is kept, however many databases have it.
pub type Alike = BTreeMap<(u32, String), Objects>;

/// Verifies a database as `workroom db verify` does, and takes the fingerprint of what its systems have.
///
/// # Errors
/// When the server cannot be reached, or its catalog cannot be read.
pub async fn compare(
    session: &Session,
    files: &Files,
    systems: &[&System],
) -> Result<(Compared, Objects)> {
    database::refuse_foreign_schema(session).await?;
    let report = deployment::check(session, &files.project, systems).await?;
    let checks = report.blocks.iter().filter_map(|block| match block {
        Block::Checks { checks, .. } => Some(checks),
        _ => None,
    });
    let failed = checks.flatten().filter(|check| !check.passed);
    let failed = failed.map(|check| {
        let details = check.details.join("; ");
        let found = format!(
            "{}: expected {}, found {}",
            check.name, check.expected, check.found
        );
        if details.is_empty() {
            found
        } else {
            format!("{found}: {details}")
        }
    });
    let failed = failed.collect();
    let (major, objects) = deployment::described(session, systems).await?;
    let fingerprint = fingerprint_of_bytes(format!("{objects:?}").as_bytes());
    let compared = Compared {
        schema: (major, fingerprint),
        failed,
    };
    Ok((compared, objects))
}

/// What differs from the schema that most databases have, for each other one; nothing where only the words of another
/// version do.
#[must_use]
pub fn alike(
    schemas: &Alike,
    counts: &BTreeMap<(u32, String), usize>,
) -> BTreeMap<(u32, String), Vec<String>> {
    let Some((most, reference)) = schemas.iter().max_by_key(|(schema, _)| counts.get(*schema))
    else {
        return BTreeMap::new();
    };
    let others = schemas.iter().filter(|(schema, _)| *schema != most);
    let told = others.map(|(schema, objects)| {
        let versions = if schema.0 == most.0 {
            Versions::Same
        } else {
            Versions::Different
        };
        let lines = differences(reference, objects, versions);
        (
            schema.clone(),
            lines.iter().map(ToString::to_string).collect(),
        )
    });
    told.filter(|(_, lines): &(_, Vec<String>)| !lines.is_empty())
        .collect()
}
