//! What a seed file needs of the schema, read from the project's manifests: where they say it all, no server is asked.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, Objects};
use crate::error::{Error, Result};
use crate::project::Project;
use crate::seed::SeedFile;
use crate::seed::column_type::ColumnType;
use crate::verify::{Manifest, manifest_path};

/// The catalog that the manifests describe, and the path of the system's own; none where it has no manifest, where the
/// file refers to rows that it does not fill, or where a column has a type of which no manifest tells.
///
/// # Errors
/// When a manifest cannot be read.
pub(super) fn catalog(project: &Project, file: &SeedFile) -> Result<Option<(Catalog, String)>> {
    let own = manifest_path(&file.system);
    if !project.tree.exists(&own) {
        return Ok(None);
    }
    let mut objects = Objects::new();
    let mut described = BTreeSet::from(["pg_catalog".to_owned()]);
    for system in project.systems.values() {
        let path = manifest_path(&system.name);
        if project.tree.exists(&path) {
            objects.extend(Manifest::read(&project.tree.read(&path)?)?.objects);
            described.extend(system.all_schemas().cloned());
        }
    }
    let catalog = Catalog::written(&objects).map_err(|object| {
        Error::project(format!("no manifest says in full what {object} is like"))
            .hint("`workroom db manifest` writes it anew from the project's files")
    })?;
    let is_told = catalog.columns.iter().all(|column| {
        let table = &column.relation;
        described.contains(&column.type_name.schema)
            || !file.fills(&format!("{}.{}", table.schema, table.name))
            || !matches!(ColumnType::of(&catalog, column), ColumnType::Other(_))
    });
    let has_all = is_told && file.is_all_in(&catalog) && file.existing(&catalog).is_empty();
    Ok(has_all.then_some((catalog, own)))
}
