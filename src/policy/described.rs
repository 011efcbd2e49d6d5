//! What a policy file with mistakes describes all the same: enough to keep its tables closed, and nothing that opens.
//!
//! Which roles may do what cannot be told from such a file, so whoever it names keeps what they have. Everybody else
//! loses it, and row security and the tenant floor are put back where they are missing.

use std::collections::BTreeSet;

use super::dialect::Dialect;
use super::model::{Class, Policies};
use super::protect::{carry_out, steps};
use super::resolve::resolve;
use super::spec::{Named, PolicyFile, TableEntry};
use super::statements::{RenderedPolicies, render};
use super::unchanged::read_live;
use crate::database::Governor;
use crate::error::{Error, Result};
use crate::files::{TextFile, toml};
use crate::project::{Project, System};
use crate::sql::{Declared, QualifiedName};

/// Closes what the policy file of a system describes, whatever else is wrong with it; says whether anything was open.
///
/// # Errors
/// When the file is not TOML, or with everything that could not be closed.
pub async fn close_described(
    governor: &Governor<'_>,
    session_reset: &str,
    project: &Project,
    system: &System,
) -> Result<bool> {
    let Some(rendered) = described(project, system)? else {
        return Ok(false);
    };
    let systems = project.systems.values();
    let files = systems.filter_map(|system| system.policy.as_ref());
    let named: BTreeSet<String> = files.flat_map(named_roles).collect();
    let mut was_open = false;
    // What is made in the first round may be opened by default privileges; the second closes that.
    for _ in 0..2 {
        let live = read_live(governor.session, &rendered).await?;
        let mut steps = steps(&rendered, &live, Some(&named));
        if steps.is_empty() {
            break;
        }
        was_open = true;
        steps.push(rendered.sealing());
        Error::all(carry_out(governor, session_reset, &rendered, &steps).await)?;
    }
    Ok(was_open)
}

/// The part of a file that closes, rendered; `None` without a file, or where nothing of it can be made out.
fn described(project: &Project, system: &System) -> Result<Option<RenderedPolicies>> {
    let Some(file) = &system.policy else {
        return Ok(None);
    };
    let (entry, _) = toml::read_in_part::<PolicyFile>(file)?;
    let Some(mut entry) = entry else {
        return Ok(None);
    };
    let declared = system.declares().clone();
    add_tables_of_tenants(&mut entry, system, &declared);
    let (mut policies, _) = resolve(system, file, entry, declared, false);
    only_closing(&mut policies);
    let mut rendered = render(&policies, &project.tree, Dialect::Postgres)?;
    rendered.project = project.makes();
    Ok(Some(rendered))
}

/// A table that migrations make and no heading names has a heading with a mistake: closed where it holds tenants' rows.
fn add_tables_of_tenants(entry: &mut PolicyFile, system: &System, declared: &Declared) {
    let Some(tenant) = &entry.policies.tenant_column else {
        return;
    };
    let schemas: Vec<&String> = system.all_schemas().collect();
    let first = schemas.first().map(|schema| schema.as_str());
    let default = entry.policies.schema.as_ref().map(|named| named.get_ref());
    let default = default.map(String::as_str).or(first).unwrap_or_default();
    let described: BTreeSet<QualifiedName> = entry
        .tables
        .keys()
        .map(|named| match named.get_ref().split_once('.') {
            Some((schema, name)) => (schema.to_owned(), name.to_owned()),
            None => (default.to_owned(), named.get_ref().clone()),
        })
        .collect();
    for (name, table) in &declared.tables {
        if table.parents.is_empty()
            && table.columns.iter().any(|column| column.name == *tenant)
            && schemas.contains(&&name.0)
            && !described.contains(name)
        {
            let named = Named::new(0..0, format!("{}.{}", name.0, name.1));
            entry.tables.insert(named, TableEntry::default());
        }
    }
}

/// Leaves out whatever opens, and floors that cannot be made.
fn only_closing(policies: &mut Policies) {
    policies.lookups.clear();
    policies.views.clear();
    policies.functions.clear();
    policies.writes.clear();
    policies.external.clear();
    for role in &mut policies.roles {
        role.owns.clear();
    }
    let has_tenant = policies.context.tenant.is_some();
    for table in &mut policies.tables {
        table.cells.clear();
        table.restrict.clear();
        table.found_by = None;
        let columns = table.columns.as_ref();
        let is_column = |tenant: &String| {
            columns.is_none_or(|columns| columns.iter().any(|column| column.name == *tenant))
        };
        let tenant = table.tenant.take();
        table.tenant =
            tenant.filter(|tenant| has_tenant && table.class == Class::Tenant && is_column(tenant));
    }
}

/// The roles that a file names as its own or keeps the grants of, readable or not.
fn named_roles(file: &TextFile) -> Vec<String> {
    let Ok(tree) = toml::tree(file) else {
        return Vec::new();
    };
    let mut named = Vec::new();
    if let Some(toml::Data::Table(roles)) = tree.entry("roles").map(|roles| &roles.data) {
        named.extend(roles.iter().map(|(name, _)| name.text.clone()));
    }
    let kept = tree
        .entry("policies")
        .and_then(|settings| settings.entry("grants_kept_for"));
    if let Some(toml::Data::Array(kept)) = kept.map(|kept| &kept.data) {
        named.extend(kept.iter().filter_map(|name| match &name.data {
            toml::Data::Text(text) => Some(text.clone()),
            _ => None,
        }));
    }
    named
}
