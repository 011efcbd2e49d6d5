//! A section for a table that the policy file misses, to be filled in: nobody may touch the table until it is.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::spec::{Named, PolicyFile, RoleKind};
use crate::error::{Error, Kind, Result};
use crate::files::suggest::suggestion;
use crate::files::{TextFile, toml};
use crate::project::System;
use crate::sql::QualifiedName;

/// Columns that often say whose a row is.
const OWNERS: [&str; 6] = [
    "owner_id",
    "user_id",
    "author_id",
    "created_by",
    "owner",
    "author",
];

/// The section for a table that migrations create.
///
/// # Errors
/// When none does, when the file describes it already, or when the file cannot be read.
pub fn blank_section(system: &System, file: &TextFile, table: &str) -> Result<String> {
    let entry: PolicyFile = toml::read(file)?;
    let first = system.schemas.first().map_or("public", String::as_str);
    let schema = entry.policies.schema.as_ref().map(Named::get_ref);
    let schema = schema.map_or(first, String::as_str);
    let qualify = |name: &str| -> QualifiedName {
        match name.split_once('.') {
            Some((schema, name)) => (schema.to_owned(), name.to_owned()),
            None => (schema.to_owned(), name.to_owned()),
        }
    };
    let short = |(of, name): &QualifiedName| {
        if of == schema {
            name.clone()
        } else {
            format!("{of}.{name}")
        }
    };
    let name = qualify(table);
    if let Some(described) = entry
        .tables
        .keys()
        .find(|one| qualify(one.get_ref()) == name)
    {
        return Err(
            Error::refused(format!("{} describes {table} already", file.path))
                .at(file.place(described.span()))
                .hint("give it cells there"),
        );
    }
    let declared = system.declares();
    let Some(found) = declared.tables.get(&name) else {
        let known: Vec<String> = declared.tables.keys().map(short).collect();
        let message = format!("no migration of {} creates a table `{table}`", system.name);
        return Err(Error::new(Kind::Usage, message)
            .hint(suggestion(table, known.iter().map(String::as_str)))
            .hint("write the migration first: `workroom db new create …`"));
    };
    let columns: BTreeSet<&str> = found.columns.iter().map(|one| one.name.as_str()).collect();
    let tenant = entry.policies.tenant_column.as_deref();
    let has_tenant = tenant.is_some_and(|tenant| columns.contains(tenant));
    let mut section = format!("[tables.{}]\n", toml::key(&short(&name)));
    section.push_str(if has_tenant {
        "class = \"tenant\""
    } else {
        "class = \"global\""
    });
    section.push_str("  # or \"public\", \"system\", \"exempt\" and \"unmanaged\" with a reason\n");
    if let Some(owner) = OWNERS.iter().find(|owner| columns.contains(**owner)) {
        let _ = writeln!(section, "owner = {}", toml::quoted(owner));
    }
    let clients = entry
        .roles
        .iter()
        .filter(|(_, role)| role.kind == RoleKind::Application);
    let client = clients
        .map(|(database_role, role)| role.name.as_ref().unwrap_or(database_role).get_ref())
        .next();
    let client = client.map_or("\"*\"".to_owned(), |client| toml::key(client));
    let any = entry
        .macros
        .keys()
        .next()
        .map_or("all", |name| name.get_ref());
    let _ = write!(
        section,
        "[tables.{}.matrix]\n# {client} = {{ select = \"all\", insert = \"{any}\", update = \"{any}\", delete = \"{any}\" }}\n",
        toml::key(&short(&name))
    );
    Ok(section)
}
