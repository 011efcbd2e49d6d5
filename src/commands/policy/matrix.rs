//! `workroom policy matrix`: who may do what, as the policy file means it and as the database has it.

use std::collections::BTreeSet;

use clap::Args;

use super::{catalog, load_live};
use crate::catalog::Function;
use crate::commands::Context;
use crate::error::{Error, Kind, Result};
use crate::files::suggest::suggestion;
use crate::policy::{self, MatrixCell};
use crate::report::{Outcome, Report, Table};
use crate::sql::qualified;

/// What to show.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Only this database role (can be repeated)
    #[arg(long = "role", value_name = "ROLE")]
    pub roles: Vec<String>,

    /// Only this table, view or function, with its schema or without (can be repeated)
    #[arg(long = "table", value_name = "SCHEMA.TABLE")]
    pub tables: Vec<String>,

    /// Only where intent and effect differ
    #[arg(long)]
    pub differing: bool,
}

/// Shows intent and effect side by side; what nobody may do and nobody shall is left out.
///
/// # Errors
/// With every mistake of the policy file; when the database cannot be read, or nothing is called what is asked for.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let project = context.project()?;
    let (all, session) = load_live(context, &project).await?;
    let mut report = Report::default();
    let (mut known_roles, mut known_tables) = (BTreeSet::new(), BTreeSet::new());
    for rendered in &all {
        let policies = &rendered.policies;
        let live = policy::read_live(&session, rendered).await?;
        let catalog = catalog(&session, rendered).await?;
        let query = policy::roles_query(rendered, &catalog);
        let results = session.run("reading roles", &query).await?;
        let roles = results.last().map(policy::read_roles).unwrap_or_default();
        let is_asked = |cell: &&MatrixCell| {
            (arguments.roles.is_empty() || arguments.roles.contains(&cell.role))
                && (arguments.tables.is_empty()
                    || arguments
                        .tables
                        .iter()
                        .any(|table| names(table, &cell.object)))
                && !(arguments.differing && cell.agrees())
        };
        let cells = policy::matrix(rendered, &live, &catalog, &roles);
        known_roles.extend(policies.roles.iter().map(|role| role.database_role.clone()));
        known_roles.extend(cells.iter().map(|cell| cell.role.clone()));
        let described = policies.tables.iter();
        known_tables.extend(described.map(|table| qualified(&table.schema, &table.name)));
        let described = policies.views.iter();
        known_tables.extend(described.map(|view| qualified(&view.schema, &view.name)));
        known_tables.extend(catalog.functions.iter().map(Function::label));
        known_tables.extend(cells.iter().map(|cell| cell.object.clone()));
        let mut table = Table::new(
            format!("{}: intent and effect", policies.system),
            &["object", "role", "command", "intent", "effect", "agrees"],
        );
        let asked: Vec<&MatrixCell> = cells.iter().filter(is_asked).collect();
        for cell in &asked {
            table.row([
                cell.object.as_str(),
                cell.role.as_str(),
                cell.command,
                cell.intent.as_str(),
                cell.effect.as_str(),
                if cell.agrees() { "yes" } else { "NO" },
            ]);
        }
        if asked.iter().any(|cell| !cell.agrees()) {
            report.outcome = Outcome::Found;
        }
        report.push_table(table);
    }
    let roles = arguments
        .roles
        .iter()
        .filter(|role| !known_roles.contains(*role));
    let roles = roles.map(|role| unknown("role", role, &known_roles));
    let is_known = |table: &String| known_tables.iter().any(|known| names(table, known));
    let tables = arguments.tables.iter().filter(|table| !is_known(table));
    let tables = tables.map(|table| unknown("object", table, &known_tables));
    Error::all(roles.chain(tables).collect())?;
    Ok(report)
}

/// Whether an object is meant: with its schema or without, a function with its arguments or without.
fn names(written: &str, object: &str) -> bool {
    let (name, _) = object.split_once('(').unwrap_or((object, ""));
    let is_bare = |name: &str| {
        name.rsplit_once('.')
            .is_some_and(|(_, bare)| bare == written)
    };
    object == written || name == written || is_bare(name)
}

fn unknown(kind: &str, name: &str, known: &BTreeSet<String>) -> Error {
    let error = Error::new(
        Kind::Usage,
        format!("no policy file of these systems describes the {kind} `{name}`"),
    );
    error.hint(suggestion(name, known.iter().map(String::as_str)))
}
