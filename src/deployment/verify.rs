//! Whether a database has what the files of a project make and `workroom.toml` expects.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, Description, Name, Objects, RelationKind};
use crate::database::Session;
use crate::error::Result;
use crate::migrate;
use crate::policy::{self, Dialect, Kind};
use crate::project::{Project, System};
use crate::report::{Check, Report};
use crate::verify::{self, Declared, Source, Versions};

/// Checks systems on an open session; the catalog is read once for all of them, and once more where systems have
/// manifests.
///
/// # Errors
/// When the catalog cannot be read, or a manifest is none.
pub async fn check(session: &Session, project: &Project, systems: &[&System]) -> Result<Report> {
    let schemas: Vec<&str> = systems
        .iter()
        .flat_map(|system| system.all_schemas())
        .map(String::as_str)
        .collect();
    let manifests = manifests(project, systems)?;
    let catalog = Catalog::load(session.client(), &schemas).await?;
    let live = if manifests.is_empty() {
        None
    } else {
        Some(load_description(session, systems).await?)
    };
    let mut report = Report::default();
    for system in systems {
        if let Some(otherwise) = left_alone(session, project, system).await? {
            report.push_text(otherwise);
            continue;
        }
        let declared = declared(session, project, system, &catalog).await?;
        let mut checks = verify::check(system, &project.file, &catalog, &declared);
        if let (Some(live), Some(expected)) = (&live, manifests.get(&system.name)) {
            let Expected {
                path,
                major,
                objects,
            } = expected;
            checks.extend(compared(
                system,
                Source::Manifest(path),
                *major,
                objects,
                live,
            ));
            if *major != live.major {
                report.push_text(format!(
                    "{path} is of Postgres {major}, and this is {live}: what each version writes in its own words is not \
                     compared; `workroom db drift` builds on {live}",
                    live = live.major
                ));
            }
        }
        report.push_checks(system.name.clone(), checks);
    }
    Ok(report)
}

/// What the database has otherwise than expected, as checks.
pub(super) fn compared(
    system: &System,
    source: Source<'_>,
    major: u32,
    expected: &Objects,
    live: &Description,
) -> Vec<Check> {
    let versions = if major == live.major {
        Versions::Same
    } else {
        Versions::Different
    };
    let found = live.of(system.all_schemas());
    let differences = verify::differences(expected, &found, versions);
    verify::described(system, source, expected, &differences)
}

/// What a manifest says.
struct Expected {
    path: String,
    major: u32,
    objects: Objects,
}

/// The manifests that the project has, by system.
#[cfg(feature = "manifest")]
fn manifests(project: &Project, systems: &[&System]) -> Result<BTreeMap<String, Expected>> {
    let mut found = BTreeMap::new();
    for system in systems {
        let path = verify::manifest_path(&system.name);
        if project.tree.exists(&path) {
            let manifest = verify::Manifest::read(&project.tree.read(&path)?)?;
            let expected = Expected {
                path,
                major: manifest.postgres,
                objects: manifest.objects,
            };
            found.insert(system.name.clone(), expected);
        }
    }
    Ok(found)
}

/// A library without the feature looks at none.
#[cfg(not(feature = "manifest"))]
fn manifests(_: &Project, _: &[&System]) -> Result<BTreeMap<String, Expected>> {
    Ok(BTreeMap::new())
}

/// Why a system is left as somebody else made it, where it is.
pub(super) async fn left_alone(
    session: &Session,
    project: &Project,
    system: &System,
) -> Result<Option<String>> {
    let Some(rendered) = policy::load_live(session, project, system, Dialect::Postgres).await?
    else {
        return Ok(None);
    };
    let otherwise = policy::left_alone(session, &rendered).await?;
    Ok(otherwise.map(|otherwise| format!("{}: {otherwise}", system.name)))
}

/// What the systems have in a database, every property of every object, and the server's major version.
///
/// # Errors
/// When the catalog cannot be read.
pub async fn described(session: &Session, systems: &[&System]) -> Result<(u32, Objects)> {
    let live = load_description(session, systems).await?;
    let schemas = systems.iter().flat_map(|system| system.all_schemas());
    Ok((live.major, live.of(schemas)))
}

/// Describes the schemas of systems. Who deploys is who owns their histories.
pub(super) async fn load_description(
    session: &Session,
    systems: &[&System],
) -> Result<Description> {
    let schemas = systems.iter().flat_map(|system| system.all_schemas());
    let schemas: Vec<&str> = schemas.map(String::as_str).collect();
    let histories = systems.iter();
    let histories: Vec<Name> = histories
        .map(|system| migrate::history_name(&system.name))
        .collect();
    Description::load(session.client(), &schemas, &histories).await
}

/// What the system's files create, in the order of deployment: migrations, repeatable objects, policies.
async fn declared(
    session: &Session,
    project: &Project,
    system: &System,
    catalog: &Catalog,
) -> Result<Declared> {
    let files = system.declares();
    let of_system = |(schema, name): &(String, String)| {
        system
            .schemas
            .contains(schema)
            .then(|| Name::new(schema, name))
    };
    let is_materialized = |name: &Name| {
        let found = catalog
            .relations
            .iter()
            .find(|relation| relation.name == *name);
        found.is_some_and(|relation| relation.kind == RelationKind::MaterializedView)
    };
    let (materialized_views, views) = files
        .views
        .iter()
        .filter_map(of_system)
        .partition(is_materialized);
    let mut functions: BTreeSet<Name> = files.functions.keys().filter_map(of_system).collect();
    let mut policies = BTreeSet::new();
    let mut unmanaged = BTreeSet::new();
    if let Some(rendered) = policy::load_live(session, project, system, Dialect::Postgres).await? {
        let left = rendered.policies.unmanaged.iter();
        unmanaged.extend(left.map(|table| Name::new(&table.schema, &table.name)));
        for key in rendered.facts().into_keys() {
            let name = Name::new(&key.schema, &key.name);
            match key.kind {
                Kind::Function if system.schemas.contains(&key.schema) => {
                    functions.insert(name);
                }
                Kind::Policy => {
                    policies.insert((name, key.detail));
                }
                _ => {}
            }
        }
    }
    Ok(Declared {
        tables: Some(files.tables.keys().filter_map(of_system).collect()),
        views: Some(views),
        materialized_views: Some(materialized_views),
        functions: Some(functions),
        // Migrations make most indexes together with constraints; the numbers are compared, not the names.
        indexes: None,
        policies: Some(policies),
        unmanaged,
    })
}
