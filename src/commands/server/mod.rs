//! `workroom server …`: the embedded server that is kept between commands.

pub mod list;
pub mod psql;
pub mod reset;
pub mod start;
pub mod status;
pub mod stop;
pub mod url;

use std::path::PathBuf;

use clap::Args;

use super::Context;
use crate::error::Result;
use crate::files::Tree;
use crate::project::Project;
use crate::report::Table;
use crate::server::{self, Details, Options, Server, Status};

/// Which server is meant.
#[derive(Clone, Debug, Default, Args)]
pub struct Which {
    /// The server of `workroom demo`, also inside a project
    #[arg(long)]
    pub demo: bool,
}

impl Which {
    /// The folder whose server it is; nothing for the one of `workroom demo` and of no project.
    fn folder(&self, context: &Context) -> Option<PathBuf> {
        if self.demo {
            return None;
        }
        let tree = match &context.global.project {
            Some(folder) => Tree::Folder(context.folder.join(folder)),
            None => Tree::find_above(&context.folder)?,
        };
        tree.folder().map(PathBuf::from)
    }

    /// Enough to find the server, whatever state the project's files are in.
    fn existing(&self, context: &Context) -> Options {
        Options {
            project: self.folder(context),
            ..Options::default()
        }
    }

    /// What is needed to make the server: also the extensions that the project's systems create. A server that is there
    /// needs no word of the project's files, and mistakes in migrations are no matter here.
    fn wanted(&self, context: &Context) -> Result<Options> {
        let read = match self.folder(context) {
            Some(_) => context.what_can_be_read(),
            None => Project::read_what_can_be(context.shipped.clone()),
        };
        let existing = self.existing(context);
        let project = match read {
            Ok((project, _)) => project,
            Err(_) if server::status(&existing)? != Status::Missing => return Ok(existing),
            Err(error) => return Err(error),
        };
        // Where none is named and none is the default, what every fetched Postgres has is enough to start with.
        let systems = context.systems(&project).unwrap_or_default();
        Ok(crate::deployment::server_options(&project, &systems))
    }
}

/// How to connect to a server that runs, and what to do with it.
fn ways_in(server: &Server, which: &Which) -> Result<String> {
    let demo = if which.demo { " --demo" } else { "" };
    let mut text = format!(
        "connect:  {}\nor:       workroom server psql{demo}\n",
        server.url()
    );
    if server.tcp_url()?.is_some() {
        let port = server.connection().port;
        text.push_str(&format!(
            "by TCP:   127.0.0.1:{port} as postgres; `workroom server status --password{demo}` shows the password\n"
        ));
    }
    text.push_str(&format!("stop:     workroom server stop{demo}"));
    Ok(text)
}

/// A table of what is known, one property a row.
fn properties(status: &Status) -> Table {
    let mut table = Table::new("", &["property", "value"]);
    let mut describe = |state: &str, details: Option<&Details>| {
        table.row(["state", state]);
        if let Some(details) = details {
            if let Some(version) = &details.version {
                table.row(["version", &version.text]);
            }
            table.row(["folder", &details.folder.display().to_string()]);
            table.row(["log", &details.log.display().to_string()]);
        }
    };
    match status {
        Status::Missing => describe("missing", None),
        Status::Stopped(details) => describe("stopped", Some(details)),
        Status::Running {
            process,
            connection,
            tcp,
            details,
        } => {
            describe("running", Some(details));
            table.row(["process", &process.to_string()]);
            table.row(["url", &connection.url()]);
            if *tcp {
                table.row(["tcp", &format!("127.0.0.1:{}", connection.port)]);
            }
        }
    }
    table
}
