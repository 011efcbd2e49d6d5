//! `workroom seed export`: the data as files that psql loads.

use std::fs::File;
use std::io::{BufWriter, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::dataset::{self, Choices};
use super::written;
use crate::catalog::Catalog;
use crate::commands::{Context, shell};
use crate::database::Session;
use crate::deployment::{self, CleanBuild};
use crate::error::{Error, Result};
use crate::project::Project;
use crate::report::{Report, Table};
use crate::seed::export::{self, Form};
use crate::seed::{Dataset, SeedFile, count, rehearse, source};

/// What to write, and where.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What the data depend on.
    #[command(flatten)]
    pub choices: Choices,

    /// What the files look like
    #[arg(long = "as", value_enum, default_value = "copy", value_name = "FORM")]
    pub form: FormName,

    /// Take the schema from the project's files, built anew on a server that is gone afterwards: no database is needed
    #[arg(long)]
    pub clean: bool,

    /// Folder to write to, made when it is missing
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// What the files look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormName {
    /// Statements
    Sql,
    /// Comma-separated values
    Csv,
    /// The binary form of COPY
    Copy,
}

/// The schema, and the data as a load would take them: what it would refuse is no file to hand on.
async fn made(
    session: &Session,
    project: &Project,
    file: &SeedFile,
    arguments: &Arguments,
) -> Result<(Catalog, Dataset)> {
    let catalog = source::catalog(session, project, file).await?;
    let data = source::compile(session, &catalog, file, arguments.choices.options()?).await?;
    if rehearse::is_possible(session).await? {
        rehearse::everything(session, &data, None).await?;
    } else {
        count::count(&data)?;
    }
    Ok((catalog, data))
}

/// Writes one file for each table and `load.sql`, which loads them all in one transaction.
///
/// # Errors
/// With every mistake of the file, and when a file is in the way or cannot be written.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let project = context.project()?;
    let file = dataset::file(context, &project)?;
    let named = context.names_database()?;
    let written = match named || arguments.clean {
        true => None,
        false => written::catalog(&project, &file)?,
    };
    let mut unjudged = None;
    let (catalog, data) = if let Some((catalog, manifest)) = written {
        let data = file.compile(&catalog, &source::Rows::new(), arguments.choices.options()?)?;
        count::count(&data)?;
        unjudged = Some(manifest);
        (catalog, data)
    } else if arguments.clean {
        let mut tolerant = context.project()?;
        let named = &context.global.systems;
        deployment::tolerate(&mut tolerant, named, context.global.all)?;
        let systems = context.systems(&tolerant)?;
        let (connect, observer) = (context.connecting(), context.observer.as_ref());
        let build = CleanBuild::new(&tolerant, &systems, None, &connect, observer).await?;
        made(&build.session, &project, &file, arguments).await?
    } else {
        let session = context.connect(&project).await?;
        made(&session, &project, &file, arguments).await?
    };
    let form = match arguments.form {
        FormName::Sql => Form::Sql,
        FormName::Csv => Form::Csv,
        FormName::Copy => Form::Copy,
    };
    let folder = context.folder.join(&arguments.folder);
    let failed = |path: &Path, error: std::io::Error| {
        let way_out = match error.kind() {
            ErrorKind::AlreadyExists => "name another folder, or remove what is there",
            _ => "check that you may write there and that the disk has room",
        };
        Error::refused(format!("{} cannot be written", path.display()))
            .because(error)
            .hint(way_out)
    };
    std::fs::create_dir_all(&folder).map_err(|error| failed(&folder, error))?;
    let script = folder.join("load.sql");
    let files = data
        .filled()
        .map(|at| folder.join(export::file_name(&data, at, form)));
    // Before anything is written, so that an export is never in part one and in part another.
    if let Some(path) = files
        .chain([script.clone()])
        .find(|path| path.symlink_metadata().is_ok())
    {
        return Err(failed(&path, ErrorKind::AlreadyExists.into()));
    }
    let mut table = Table::new("", &["file", "rows", "MB"]);
    for at in data.filled() {
        let name = export::file_name(&data, at, form);
        let path = folder.join(&name);
        let opened = File::create_new(&path).map_err(|error| failed(&path, error))?;
        let mut out = BufWriter::with_capacity(1 << 18, opened);
        let written = export::table(&data, at, form, &mut out)?.and_then(|()| out.flush());
        written.map_err(|error| failed(&path, error))?;
        let bytes = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
        table.row([
            name,
            data.rows(at).to_string(),
            format!("{:.1}", bytes as f64 / 1e6),
        ]);
    }
    let text = export::script(&data, &catalog, form);
    File::create_new(&script)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| failed(&script, error))?;
    let mut report = Report::table(table);
    if let Some(manifest) = unjudged {
        report.push_text(format!(
            "the schema is that of {manifest}, and no server has judged the rows: `--clean` has one judge them"
        ));
    }
    report.push_text(format!(
        "load with: cd {} && psql -v ON_ERROR_STOP=1 -f load.sql DATABASE",
        shell::quoted(&folder.display().to_string())
    ));
    Ok(report)
}
