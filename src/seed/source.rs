//! A seed file of a project joined with the live catalog, and the rows that it refers to and does not fill.

use std::collections::{BTreeMap, BTreeSet};

use super::column_type::ColumnType;
use super::dataset::Existing;
use super::plan::Facts;
use super::value::{Value, date, parse_number, uuid};
use super::{Dataset, Options, SeedFile};
use crate::catalog::{Catalog, Name};
use crate::clock;
use crate::database::Session;
use crate::error::{Error, Kind, Result};
use crate::project::{Project, System};
use crate::sql::identifier;

/// The present day in UTC, as seed files count it.
///
/// # Errors
/// When the environment names another one that is none.
pub fn today() -> Result<i32> {
    Ok(clock::today()? - date::UNIX_DAYS)
}

/// The seed file of a system.
///
/// # Errors
/// When it has none.
pub fn file_of(project: &Project, system: &System) -> Result<SeedFile> {
    let Some(seeds) = &system.seeds else {
        return Err(Error::new(
            Kind::Usage,
            format!("system {} has no seeds/{}.toml", system.name, system.name),
        )
        .hint(format!(
            "run `workroom seed init --system {}` to start one",
            system.name
        )));
    };
    SeedFile::read(&system.name, seeds, &project.tree)
}

/// The catalog of the schemas that a seed file may speak of.
///
/// # Errors
/// When it cannot be read.
pub async fn catalog(session: &Session, project: &Project, file: &SeedFile) -> Result<Catalog> {
    let mut schemas = file.schemas();
    for system in project.systems.values() {
        schemas.extend(system.all_schemas().cloned());
    }
    with_neighbours(session, schemas).await
}

/// The catalog of some schemas and of those that their keys lead to and their columns have types of.
///
/// # Errors
/// When it cannot be read.
pub async fn with_neighbours(session: &Session, mut schemas: Vec<String>) -> Result<Catalog> {
    loop {
        schemas.sort();
        schemas.dedup();
        let names: Vec<&str> = schemas.iter().map(String::as_str).collect();
        let catalog = Catalog::load(session.client(), &names).await?;
        let targets = catalog.constraints.iter();
        let targets =
            targets.filter_map(|constraint| Some(&constraint.references.as_ref()?.relation));
        let types = catalog.columns.iter().map(|column| &column.type_name);
        let mut others: Vec<String> = targets
            .chain(types)
            .map(|name| &name.schema)
            .filter(|schema| !schemas.contains(schema) && *schema != "pg_catalog")
            .cloned()
            .collect();
        if others.is_empty() {
            return Ok(catalog);
        }
        schemas.append(&mut others);
    }
}

/// Joins a seed file with the catalog; reads the rows that it refers to and does not fill.
///
/// # Errors
/// With every mistake of the file.
pub async fn compile(
    session: &Session,
    catalog: &Catalog,
    file: &SeedFile,
    options: Options,
) -> Result<Dataset> {
    let existing = existing(session, catalog, file).await?;
    file.compile(catalog, &existing, options)
}

/// The rows that a seed file refers to and does not fill, by table, with the columns that are referred to.
pub type Rows = BTreeMap<String, (Vec<String>, Existing)>;

/// Reads the rows that a seed file refers to and does not fill.
///
/// # Errors
/// When the database is another system's.
pub async fn existing(session: &Session, catalog: &Catalog, file: &SeedFile) -> Result<Rows> {
    if file.is_foreign_to(catalog) {
        return Err(Error::refused(format!(
            "this database has none of the tables of {}",
            file.file.path
        ))
        .hint(format!(
            "run `workroom db migrate --system {}` first, or name another database with --database-url",
            file.system
        )));
    }
    let mut existing = Rows::new();
    for (label, (name_of_table, columns)) in file.existing(catalog) {
        let list: Vec<String> = columns
            .iter()
            .map(|column| format!("{}::text", identifier(column)))
            .collect();
        let sql = format!(
            "select {} from {name_of_table} order by {} limit 10000;",
            list.join(", "),
            (1..=list.len())
                .map(|at| at.to_string())
                .collect::<Vec<_>>()
                .join(", ")
        );
        // What cannot be read is a table that cannot be referred to, which the compiler says where it matters.
        let rows = session
            .run(&format!("reading {label}"), &sql)
            .await
            .map(|mut results| results.pop().unwrap_or_default())
            .unwrap_or_default();
        let types: Vec<Option<ColumnType>> = columns
            .iter()
            .map(|name| {
                let mut known = catalog.columns_of(&name_of_table);
                let column = known.find(|column| column.name == *name)?;
                Some(ColumnType::of(catalog, column))
            })
            .collect();
        let rows = rows
            .into_iter()
            .map(|row| row.into_iter().zip(&types).map(value).collect())
            .collect();
        existing.insert(label, (columns, Existing { rows: vec![rows] }));
    }
    Ok(existing)
}

/// What the role may do, and which of the tables are shared with other systems.
///
/// # Errors
/// When the server does not answer.
pub async fn facts(
    session: &Session,
    project: &Project,
    data: &Dataset,
    catalog: &Catalog,
) -> Result<Facts> {
    let mut facts = Facts::ask(session, data).await?;
    facts.shared = shared(project, data, catalog);
    Ok(facts)
}

/// Tables of other systems that tables outside of the dataset refer to, as the users of a login service.
#[must_use]
pub fn shared(project: &Project, data: &Dataset, catalog: &Catalog) -> BTreeSet<String> {
    let is_own = |schema: &String| {
        project
            .systems
            .get(&data.system)
            .is_none_or(|system| system.all_schemas().any(|own| own == schema))
    };
    let filled: Vec<&Name> = data.filled().map(|at| &data.tables[at].name).collect();
    let is_referred_to = |name: &Name| {
        catalog.constraints.iter().any(|constraint| {
            let target = constraint.references.as_ref();
            target.is_some_and(|target| target.relation == *name)
                && !filled.contains(&&constraint.relation)
        })
    };
    data.filled()
        .map(|at| &data.tables[at])
        .filter(|table| !is_own(&table.name.schema) && is_referred_to(&table.name))
        .map(|table| table.label.clone())
        .collect()
}

/// A value of a row that is there, as its column takes it.
fn value((text, data_type): (Option<String>, &Option<ColumnType>)) -> Value {
    let Some(text) = text else {
        return Value::Null;
    };
    let known = match data_type {
        Some(ColumnType::Uuid) => uuid::parse(&text).map(Value::Uuid),
        Some(ColumnType::Int(_)) => text.parse().ok().map(Value::Int),
        Some(ColumnType::Numeric(_) | ColumnType::Float(_)) => {
            parse_number(&text).map(Value::Number)
        }
        Some(ColumnType::Bool) => Some(Value::Bool(text == "true" || text == "t")),
        Some(ColumnType::Date) => date::parse(&text).map(Value::Date),
        Some(ColumnType::Timestamp) => date::parse_instant(&text).map(Value::Timestamp),
        _ => None,
    };
    known.unwrap_or_else(|| Value::text(&text))
}
