//! The templates that policies are rendered from. A project's own take their place.

use std::collections::BTreeMap;

use super::dialect::Dialect;
use crate::error::Result;
use crate::files::{TextFile, Tree};

/// The ending that every template name has; what ends so is rendered strictly.
pub(super) const ENDING: &str = ".sql.tera";

/// The templates by name, as they are unless a project has its own.
const TEMPLATES: [(&str, &str); 28] = [
    ("belongings", include_str!("belongings.sql.tera")),
    ("claims", include_str!("claims.sql.tera")),
    ("current_role", include_str!("current_role.sql.tera")),
    (
        "default_privileges",
        include_str!("default_privileges.sql.tera"),
    ),
    (
        "external_function",
        include_str!("external_function.sql.tera"),
    ),
    ("floor", include_str!("floor.sql.tera")),
    ("function_grant", include_str!("function_grant.sql.tera")),
    ("function_owner", include_str!("function_owner.sql.tera")),
    ("guard", include_str!("guard.sql.tera")),
    ("has_any_role", include_str!("has_any_role.sql.tera")),
    ("has_role", include_str!("has_role.sql.tera")),
    ("keeps", include_str!("keeps.sql.tera")),
    ("lookup", include_str!("lookup.sql.tera")),
    ("membership", include_str!("membership.sql.tera")),
    ("path", include_str!("path.sql.tera")),
    ("permissive", include_str!("permissive.sql.tera")),
    ("planned_as", include_str!("planned_as.sql.tera")),
    ("restrictive", include_str!("restrictive.sql.tera")),
    ("revoke", include_str!("revoke.sql.tera")),
    ("role", include_str!("role.sql.tera")),
    ("row_security", include_str!("row_security.sql.tera")),
    ("schema", include_str!("schema.sql.tera")),
    ("schema_usage", include_str!("schema_usage.sql.tera")),
    ("seal", include_str!("seal.sql.tera")),
    ("sequence_grant", include_str!("sequence_grant.sql.tera")),
    ("table_grant", include_str!("table_grant.sql.tera")),
    ("temporary", include_str!("temporary.sql.tera")),
    ("tenant", include_str!("tenant.sql.tera")),
];

/// The templates by name: the project's own where it has them.
///
/// # Errors
/// When one cannot be read.
pub(super) fn template_files(tree: &Tree, dialect: Dialect) -> Result<BTreeMap<String, TextFile>> {
    let mut files = BTreeMap::new();
    for (name, text) in TEMPLATES {
        let path = format!("{}/{name}{ENDING}", dialect.folder());
        let file = if tree.exists(&path) {
            tree.read(&path)?
        } else {
            TextFile::new(&path, text)
        };
        files.insert(format!("{name}{ENDING}"), file);
    }
    Ok(files)
}
