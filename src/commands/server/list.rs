//! `workroom server list`: all embedded servers of this account, and which project each was made for.

use clap::Args;

use crate::commands::Context;
use crate::error::Result;
use crate::report::{Report, Table};
use crate::server::{Options, Status, list};

/// Nothing to choose.
#[derive(Debug, Args)]
pub struct Arguments {}

/// Looks, and changes nothing.
///
/// # Errors
/// When there is no place for servers.
pub fn run(_: &Context, _: &Arguments) -> Result<Report> {
    let mut table = Table::new("", &["state", "version", "project", "folder"]);
    let mut is_any_lost = false;
    for listed in list(&Options::default())? {
        let (state, details) = match &listed.status {
            Status::Running { details, .. } => ("running", details),
            Status::Stopped(details) => ("stopped", details),
            Status::Missing => continue,
        };
        let version = details.version.as_ref().map_or("", |version| &version.text);
        let project = match &listed.project {
            None => "none (workroom demo)".to_owned(),
            Some(folder) if folder.is_dir() => folder.display().to_string(),
            Some(folder) => {
                is_any_lost = true;
                format!("{} (gone)", folder.display())
            }
        };
        let folder = details.folder.display().to_string();
        table.row([state, version, &project, &folder]);
    }
    let mut report = Report::table(table);
    if is_any_lost {
        report.push_text(
            "of a project that is gone or was moved: stop all with `workroom server stop --all`, then remove its folder",
        );
    }
    Ok(report)
}
