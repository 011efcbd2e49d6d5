//! The command line as clap sees it: the tree of commands and the options they share; no logic.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};

use crate::commands;
use crate::output::Format;

/// Postgres-first schema and migration toolkit
#[derive(Debug, Parser)]
#[command(
    name = "workroom",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
}

/// Options of every command.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Folder of the project [default: the nearest one with a workroom.toml]
    #[arg(long, global = true, value_name = "DIR")]
    pub project: Option<PathBuf>,

    /// System to work on (can be repeated) [default: `default_system` of workroom.toml]
    #[arg(long = "system", global = true, value_name = "NAME")]
    pub systems: Vec<String>,

    /// Work on every system of the project
    #[arg(long, global = true, conflicts_with = "systems")]
    pub all: bool,

    /// Database to work on [default: an embedded server]
    #[arg(
        long,
        global = true,
        env = "DATABASE_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub database_url: Option<String>,

    /// How results are shown
    #[arg(long, global = true, default_value_t, value_parser = format_parser(), value_name = "FORMAT")]
    pub format: Format,

    /// Show what is going on in more detail
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,

    /// Show errors and results only
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// Do not use colour
    #[arg(long, global = true)]
    pub no_color: bool,

    /// Answer yes where a command would ask
    #[arg(long, global = true)]
    pub yes: bool,
}

/// Reads `--format`, and lists the formats in the help text.
fn format_parser() -> impl TypedValueParser<Value = Format> {
    let names = Format::ALL.map(|format| format.to_string());
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Format>())
}

/// The commands, in the order in which a newcomer meets them.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Deploy a shipped system to an embedded server and show it
    Demo(commands::demo::Arguments),
    /// Start a project in a folder
    Init(commands::init::Arguments),
    /// Bring a database up to date and check it
    #[command(subcommand)]
    Db(Db),
    /// Render, compare, apply and check row-level-security policies
    #[command(subcommand)]
    Policy(Policy),
    /// Look for SQL that will lock, rewrite or break something, or leaves a tenant or a door open
    Lint(commands::lint::Arguments),
    /// Run the embedded Postgres
    #[command(subcommand)]
    Server(Server),
    /// Fill a database with believable data
    #[command(subcommand)]
    Seed(Seed),
    /// Print a completion script for a shell
    Completions(commands::completions::Arguments),
}

/// `workroom db …`
#[derive(Debug, Subcommand)]
pub enum Db {
    /// Apply what is pending: migrations, repeatable objects, policies
    Migrate(commands::db::migrate::Arguments),
    /// Show what `migrate` would do, without doing it
    Plan(commands::db::plan::Arguments),
    /// List migrations and whether they are applied
    Status(commands::db::status::Arguments),
    /// Check that what should exist does
    Verify(commands::db::verify::Arguments),
    /// Record migrations as applied in a database that has their schema already
    Baseline(commands::db::baseline::Arguments),
    /// Bring history and files together again: changed comments, lost files, left-over steps
    Repair(commands::db::repair::Arguments),
    /// Drop the database and deploy it anew
    Reset(commands::db::reset::Arguments),
    /// Take over files and history of refinery, sqlx, diesel, goose, golang-migrate, Flyway or dbmate
    Import(commands::db::import::Arguments),
}

/// `workroom policy …`
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Print the SQL of the policies, roles and grants; needs no database
    Render(commands::policy::render::Arguments),
    /// Show what differs between the policy file and the database, and what of it opens something
    Diff(commands::policy::diff::Arguments),
    /// Apply roles, grants and policies alone, under the deployment lock
    Apply(commands::policy::apply::Arguments),
    /// Look for roles, grants, policies, owners and options that were changed by hand
    Drift(commands::policy::drift::Arguments),
    /// Show who may do what: as the policy file means it, and as the database has it
    Matrix(commands::policy::matrix::Arguments),
    /// Check the live catalog for what row-level security does not hold
    Lint(commands::policy::lint::Arguments),
    /// Prove by execution that policies and grants do what the policy file says
    Prove(commands::policy::prove::Arguments),
}

/// `workroom server …`
#[derive(Debug, Subcommand)]
pub enum Server {
    /// Start the server and say how to connect; makes it first when there is none
    Start(commands::server::start::Arguments),
    /// Stop the server and keep its data
    Stop(commands::server::stop::Arguments),
    /// Show whether the server runs and where everything of it is
    Status(commands::server::status::Arguments),
    /// Open psql on the server, starting it if need be
    Psql(commands::server::psql::Arguments),
    /// Remove the server with all its data
    Reset(commands::server::reset::Arguments),
}

/// `workroom seed …`
#[derive(Debug, Subcommand)]
pub enum Seed {
    /// Show what `run` would do, rehearsed on the server, without doing it
    Plan(commands::seed::plan::Arguments),
    /// Load the data and check them
    Run(commands::seed::run::Arguments),
    /// Write the data to files that psql loads
    Export(commands::seed::export::Arguments),
    /// Write a first seed file for a system that is deployed
    Init(commands::seed::init::Arguments),
    /// Empty the tables that the seed file fills
    Clear(commands::seed::clear::Arguments),
}
