//! `workroom data import`: JSON, JSON lines and CSV files into the tables of a deployed system.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use crate::catalog::{Catalog, Name};
use crate::commands::Context;
use crate::data::{self, FILE, Facts, Mapping, Source, Tenant};
use crate::error::{Error, Kind, Result};
use crate::files::{TextFile, read_named, write_new};
use crate::policy::Policies;
use crate::project::{Project, System};
use crate::report::{Report, Table};

/// What is imported, and whose it is.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The folder with the files and, if there is one, their import.toml
    pub folder: PathBuf,

    /// The system whose tables are filled [default: the one that --system names]
    #[arg(long, value_name = "SYSTEM")]
    pub into: Option<String>,

    /// The tenant whose rows they are, where the system has tenants
    #[arg(long, value_name = "ID")]
    pub tenant: Option<String>,

    /// Another mapping than the folder's import.toml
    #[arg(long, value_name = "FILE", conflicts_with = "propose")]
    pub mapping: Option<PathBuf>,

    /// Write a first import.toml, from the names that files and tables share, and import nothing
    #[arg(long)]
    pub propose: bool,
}

/// Imports everything in one transaction, or nothing.
///
/// # Errors
/// With every mistake of the mapping, before anything is sent; with every row that cannot be read or that the server
/// refuses, each with its file and line.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let project = context.project()?;
    let system = system(context, &project, arguments.into.as_deref())?;
    let shown = arguments.folder.to_string_lossy().replace('\\', "/");
    let folder = context.folder.join(&arguments.folder);
    let sources = data::find(&folder, &shown)?;
    let session = context.connect(&project).await?;
    let catalog = context.deployed(&session, &project, system).await?;
    let path = format!("{}/{FILE}", shown.trim_end_matches('/'));
    if arguments.propose {
        let proposal = data::propose(&sources, &catalog, &system.schemas)?;
        write_new(&folder, &[(FILE.to_owned(), proposal.text.into_bytes())])?;
        let mut report = Report::text(format!(
            "{path} is written; look it over, then run the command without --propose"
        ));
        for open in proposal.open {
            report.push_text(format!("{open}: it is ignored"));
        }
        return Ok(report);
    }
    let (mapping, is_proposed) = mapping(context, arguments, &sources, &catalog, system, &path)?;
    let tenant = tenant(system, &catalog, arguments.tenant.as_deref(), &shown)?;
    let facts = Facts::ask(&session).await?;
    let plan = data::check(&mapping, sources, &catalog, &facts, &system.schemas, tenant)?;
    let filled = plan.shown();
    let started = Instant::now();
    let loaded = data::load(&session, plan, &catalog, &facts, context.observer.as_ref()).await?;
    let took = started.elapsed();
    let mut table = Table::new("", &["table", "rows", "from", "ms"]);
    for (loaded, (_, sources)) in loaded.iter().zip(filled) {
        table.row([
            loaded.table.clone(),
            loaded.rows.to_string(),
            sources.join(", "),
            format!("{:.1}", loaded.took.as_secs_f64() * 1000.0),
        ]);
    }
    let mut report = Report::table(table);
    let rows: u64 = loaded.iter().map(|loaded| loaded.rows).sum();
    report.push_text(format!(
        "{rows} rows imported in {:.2} s",
        took.as_secs_f64()
    ));
    if is_proposed {
        report.push_text(
            "every field found its column by name; `--propose` writes the mapping down".to_owned(),
        );
    }
    Ok(report)
}

fn system<'p>(context: &Context, project: &'p Project, into: Option<&str>) -> Result<&'p System> {
    let selected = match into {
        Some(name) => project.select(&[name.to_owned()], false)?,
        None => context.systems(project)?,
    };
    let last = selected.into_iter().last();
    last.ok_or_else(|| Error::new(Kind::Usage, "no system is named"))
}

/// The mapping that is named, the folder's, or one that leaves nothing open.
fn mapping(
    context: &Context,
    arguments: &Arguments,
    sources: &[Source],
    catalog: &Catalog,
    system: &System,
    path: &str,
) -> Result<(Mapping, bool)> {
    if let Some(named) = &arguments.mapping {
        return Ok((Mapping::read(&read_named(&context.folder, named)?)?, false));
    }
    if context.folder.join(&arguments.folder).join(FILE).is_file() {
        let file = read_named(&context.folder, &arguments.folder.join(FILE))?;
        return Ok((Mapping::read(&file)?, false));
    }
    let proposal = data::propose(sources, catalog, &system.schemas)?;
    let open = proposal.open.into_iter().map(|open| {
        Error::refused(open).hint(format!(
            "run the command with --propose, which writes {path}, and say there what becomes of it"
        ))
    });
    Error::all(open.collect())?;
    Ok((Mapping::read(&TextFile::new(path, proposal.text))?, true))
}

/// The tenant of the system's policies, where they know one.
fn tenant(
    system: &System,
    catalog: &Catalog,
    id: Option<&str>,
    folder: &str,
) -> Result<Option<Tenant>> {
    let policies = Policies::read(system)?;
    let known = policies.as_ref().and_then(|policies| {
        let tenant = policies.context.tenant.as_ref()?;
        let tables = policies.tables.iter().filter_map(|table| {
            let name = Name::new(&table.schema, &table.name);
            Some((name, table.tenant.clone()?))
        });
        Some((tenant.setting.clone(), tables.collect::<BTreeMap<_, _>>()))
    });
    match (known, id) {
        (Some((setting, mut columns)), Some(id)) => {
            columns.retain(|name, _| catalog.relation(name).is_some());
            Ok(Some(Tenant {
                id: id.to_owned(),
                setting,
                columns,
            }))
        }
        (Some(_), None) => Err(Error::new(
            Kind::Usage,
            format!(
                "system {} has tenants, and nothing says whose rows these are",
                system.name
            ),
        )
        .hint(format!(
            "name the tenant: workroom data import {folder} --into {} --tenant ID",
            system.name
        ))),
        (None, Some(_)) => Err(Error::new(
            Kind::Usage,
            format!("the policies of system {} know no tenant", system.name),
        )
        .hint("leave --tenant out")),
        (None, None) => Ok(None),
    }
}
