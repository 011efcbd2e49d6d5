//! `workroom db create`: make the database that is named, where it is not there.

use clap::Args;

use crate::commands::Context;
use crate::database::{Session, Target};
use crate::error::Result;
use crate::report::Report;
use crate::sql::identifier;

/// How.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Role that owns it [default: the one that connects]
    #[arg(long, value_name = "ROLE")]
    pub owner: Option<String>,
}

/// There is such a database already.
const DUPLICATE: &str = "42P04";

/// Creates the database, from the server's usual template.
///
/// # Errors
/// When the server cannot be reached, or the role may not create databases.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let target = context.target_alone()?;
    let name = target.database();
    let admin = beside(context, &target).await?;
    let owner = arguments.owner.as_deref().map(identifier);
    let owner = owner.map_or_else(String::new, |owner| format!(" owner {owner}"));
    let sql = format!("create database {}{owner}", identifier(name));
    Ok(Report::text(match admin.batch(&sql).await {
        Ok(_) => format!("database {name} is created"),
        Err(failure) if failure.code() == Some(DUPLICATE) => {
            format!("nothing to do: database {name} is there")
        }
        Err(failure) => {
            let what = format!("creating database {name}");
            return Err(failure
                .of_our_own(&what)
                .hint("an administrator gives the right: alter role … createdb"));
        }
    }))
}

/// A session with another database of the same server.
///
/// # Errors
/// When the server cannot be reached.
pub(super) async fn beside(context: &Context, target: &Target) -> Result<Session> {
    // Whoever creates a database from template1 had better not sit in it; but not every server has the other one.
    let usual = ["postgres", "template1"].into_iter();
    let mut others = usual.filter(|name| *name != target.database());
    let first = others.next().unwrap_or("template1");
    match (
        context.connect_to(&target.with_database(first)).await,
        others.next(),
    ) {
        (Err(error), Some(second)) if error.code.as_deref() == Some("3D000") => {
            context.connect_to(&target.with_database(second)).await
        }
        (other, _) => other,
    }
}
