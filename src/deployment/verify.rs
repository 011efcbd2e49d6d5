//! Whether a database has what the files of a project make and `workroom.toml` expects.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, Name, RelationKind};
use crate::database::Session;
use crate::error::Result;
use crate::policy::{self, Dialect, Kind};
use crate::project::{Project, System};
use crate::report::Report;
use crate::sql;
use crate::verify::{self, Declared};

/// Checks systems on an open session; the catalog is read once for all of them.
///
/// # Errors
/// When the catalog cannot be read.
pub async fn check(session: &Session, project: &Project, systems: &[&System]) -> Result<Report> {
    let schemas: Vec<&str> = systems
        .iter()
        .flat_map(|system| system.all_schemas())
        .map(String::as_str)
        .collect();
    let catalog = Catalog::load(session.client(), &schemas).await?;
    let mut report = Report::default();
    for system in systems {
        if let Some(rendered) =
            policy::load_live(session, project, system, Dialect::Postgres).await?
            && let Some(otherwise) = policy::left_alone(session, &rendered).await?
        {
            report.push_text(format!("{}: {otherwise}", system.name));
            continue;
        }
        let declared = declared(session, project, system, &catalog).await?;
        let checks = verify::check(system, &project.file, &catalog, &declared);
        report.push_checks(system.name.clone(), checks);
    }
    Ok(report)
}

/// What the system's files create, in the order of deployment: migrations, repeatable objects, policies.
async fn declared(
    session: &Session,
    project: &Project,
    system: &System,
    catalog: &Catalog,
) -> Result<Declared> {
    let mut files = sql::Declared::default();
    for migration in &system.migrations {
        files.read(&migration.file, &migration.statements);
    }
    for object in &system.objects {
        files.read(&object.file, &object.statements);
    }
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
    if let Some(rendered) = policy::load_live(session, project, system, Dialect::Postgres).await? {
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
    })
}
