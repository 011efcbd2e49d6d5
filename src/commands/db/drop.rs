//! `workroom db drop`: remove a database that is marked disposable.

use clap::Args;

use super::create::beside;
use crate::commands::Context;
use crate::error::{Error, Result};
use crate::report::Report;
use crate::seed::refuse;
use crate::sql::literal;

/// Nothing to choose.
#[derive(Debug, Args)]
pub struct Arguments {}

/// Drops the database, and ends the sessions with it.
///
/// # Errors
/// When it is not marked disposable, is the embedded server's own, or the role may not drop it.
pub async fn run(context: &Context, _: &Arguments) -> Result<Report> {
    let target = context.target_alone()?;
    let name = target.database();
    if context.global.database_url.is_none() {
        return Err(Error::refused(format!(
            "database {name} is the first one of the embedded server"
        ))
        .hint("`workroom db reset` makes it anew, `workroom server reset` removes the server"));
    }
    let admin = beside(context, &target).await?;
    let exists = format!(
        "select from pg_catalog.pg_database where datname = {};",
        literal(name)
    );
    if admin.run("looking for the database", &exists).await?[0].is_empty() {
        return Ok(Report::text(format!(
            "nothing to do: there is no database {name}"
        )));
    }
    if !context.is_disposable()? {
        refuse::unless_other_is_disposable(&admin, name, None).await?;
    }
    let dropped = admin.drop_database(name).await;
    dropped.map_err(|failure| failure.of_our_own(&format!("dropping database {name}")))?;
    Ok(Report::text(format!("database {name} is dropped")))
}
