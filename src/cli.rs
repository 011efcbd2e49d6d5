//! The command line as clap sees it: the tree of commands, and which of them is run.

use clap::{CommandFactory, Parser, Subcommand};

use crate::commands::{self, Context, Global};
use crate::error::Result;
use crate::report::Report;

/// What the number at the end of a run means, everywhere.
const EXIT_STATUS: &str = "\
Exit status:
  0    done, or nothing to do
  1    it ran and found something
  2    it could not run
  130  stopped by Ctrl-C; 143 by SIGTERM, 129 by SIGHUP

Examples:
  workroom init shop && cd shop && workroom db migrate && workroom policy prove
  workroom db plan --measure --env staging
  workroom lint --since origin/main --format github";

/// Postgres-first schema and migration toolkit
#[derive(Debug, Parser)]
#[command(
    name = "workroom",
    version,
    max_term_width = 100,
    after_help = EXIT_STATUS,
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

/// The commands, in the order in which a newcomer meets them.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Deploy a shipped system to an embedded server and show it
    Demo(commands::demo::Arguments),
    /// Start a project in a folder
    Init(commands::init::Arguments),
    /// Make a project of a database and the folder of another tool, green from its first minute
    Adopt(commands::adopt::Arguments),
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
    /// Write a page to look at: tables and what refers to what, who may do what, migrations
    Docs(commands::docs::Arguments),
    /// Fill a database with believable data
    #[command(subcommand)]
    Seed(Seed),
    /// Bring rows of your own into a system
    #[command(subcommand)]
    Data(Data),
    /// Keep many databases alike, one for each tenant or shard
    #[command(subcommand)]
    Fleet(Fleet),
    /// Keep other services in step with the database
    #[command(subcommand)]
    Sync(Sync),
    /// Print a completion script for a shell
    Completions(commands::completions::Arguments),
}

/// `workroom db …`
#[derive(Debug, Subcommand)]
pub enum Db {
    /// Make the file of a new migration, with the next version, or of a new view
    New(commands::db::new::Arguments),
    /// Apply what is pending: migrations, repeatable objects, policies
    Migrate(commands::db::migrate::Arguments),
    /// Show what `migrate` would do, without doing it
    Plan(commands::db::plan::Arguments),
    /// List migrations and whether they are applied
    Status(commands::db::status::Arguments),
    /// Check that what should exist does
    Verify(commands::db::verify::Arguments),
    /// Build the files anew on a throw-away server, and name whatever the database has otherwise
    Drift(commands::db::drift::Arguments),
    /// Write manifests/<system>.json: all that the files make, for reviews and for `verify`
    Manifest(commands::db::manifest::Arguments),
    /// Print the schema as a script for psql that was tried: it makes what the database has
    Dump(commands::db::dump::Arguments),
    /// Record migrations as applied in a database that has their schema already
    Baseline(commands::db::baseline::Arguments),
    /// Bring history and files together again: changed comments, lost files, left-over steps
    Repair(commands::db::repair::Arguments),
    /// Drop the database and deploy it anew
    Reset(commands::db::reset::Arguments),
    /// Wait until the server answers
    Wait(commands::db::wait::Arguments),
    /// Create the database that is named
    Create(commands::db::create::Arguments),
    /// Drop the database that is named; it must be marked disposable
    Drop(commands::db::drop::Arguments),
    /// Take over the files and the history of another tool
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
    /// Write a first policy file for a database that has policies of its own
    Init(commands::policy::init::Arguments),
    /// Replace policies made by hand by those of the file, in a migration that changes nothing for anybody
    Adopt(commands::policy::adopt::Arguments),
    /// Add a section for a table to the policy file, to be filled in
    Add(commands::policy::add::Arguments),
}

/// `workroom server …`
#[derive(Debug, Subcommand)]
pub enum Server {
    /// Start the server and say how to connect; makes it first when there is none
    Start(commands::server::start::Arguments),
    /// List all embedded servers, also those of projects that were moved
    List(commands::server::list::Arguments),
    /// Stop the server and keep its data; with --all, every one
    Stop(commands::server::stop::Arguments),
    /// Show whether the server runs and where everything of it is
    Status(commands::server::status::Arguments),
    /// Print the server's URL and nothing else
    Url(commands::server::url::Arguments),
    /// Print the server's URL as a shell sets it: `eval "$(workroom server env)"`
    Env(commands::server::url::Arguments),
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
    /// Add tables to a seed file that is there
    Add(commands::seed::add::Arguments),
    /// Empty the tables that the seed file fills
    Clear(commands::seed::clear::Arguments),
    /// Print the vector of a text, by the rule that `{ vector = …, of = "column" }` follows
    Embed(commands::seed::embed::Arguments),
}

/// `workroom data …`
#[derive(Debug, Subcommand)]
pub enum Data {
    /// Load JSON, JSON-lines and CSV files into the tables of a system: all of it, or nothing
    Import(commands::data::import::Arguments),
}

/// `workroom fleet …`
#[derive(Debug, Subcommand)]
pub enum Fleet {
    /// Bring every database up to date, several at a time
    Migrate(commands::fleet::migrate::Arguments),
    /// Show what `migrate` would apply, and where
    Plan(commands::fleet::plan::Arguments),
    /// Count the databases by the version that they have
    Status(commands::fleet::status::Arguments),
    /// Verify every database, and compare each with what most of them have
    Verify(commands::fleet::verify::Arguments),
}

/// `workroom sync …`
#[derive(Debug, Subcommand)]
pub enum Sync {
    /// Send the messages of the outbox to Notion, and take over what is edited there, as sync/notion.toml says; the token is
    /// NOTION_TOKEN
    Notion(commands::sync::notion::Arguments),
}

/// Runs a command.
///
/// # Errors
/// When it could not do what was asked.
pub async fn run(context: &Context, command: &Command) -> Result<Report> {
    match command {
        Command::Demo(arguments) => commands::demo::run(context, arguments).await,
        Command::Init(arguments) => commands::init::run(context, arguments),
        Command::Adopt(arguments) => Box::pin(commands::adopt::run(context, arguments)).await,
        Command::Db(Db::Migrate(arguments)) => commands::db::migrate::run(context, arguments).await,
        Command::Db(Db::New(arguments)) => commands::db::new::run(context, arguments),
        Command::Db(Db::Plan(arguments)) => commands::db::plan::run(context, arguments).await,
        Command::Db(Db::Status(arguments)) => commands::db::status::run(context, arguments).await,
        Command::Db(Db::Verify(arguments)) => commands::db::verify::run(context, arguments).await,
        Command::Db(Db::Drift(arguments)) => commands::db::drift::run(context, arguments).await,
        Command::Db(Db::Manifest(arguments)) => {
            commands::db::manifest::run(context, arguments).await
        }
        Command::Db(Db::Dump(arguments)) => {
            Box::pin(commands::db::dump::run(context, arguments)).await
        }
        Command::Db(Db::Baseline(arguments)) => {
            commands::db::baseline::run(context, arguments).await
        }
        Command::Db(Db::Repair(arguments)) => commands::db::repair::run(context, arguments).await,
        Command::Db(Db::Reset(arguments)) => commands::db::reset::run(context, arguments).await,
        Command::Db(Db::Wait(arguments)) => commands::db::wait::run(context, arguments).await,
        Command::Db(Db::Create(arguments)) => commands::db::create::run(context, arguments).await,
        Command::Db(Db::Drop(arguments)) => commands::db::drop::run(context, arguments).await,
        Command::Db(Db::Import(arguments)) => commands::db::import::run(context, arguments).await,
        Command::Policy(Policy::Render(arguments)) => {
            commands::policy::render::run(context, arguments).await
        }
        Command::Policy(Policy::Diff(arguments)) => {
            commands::policy::diff::run(context, arguments).await
        }
        Command::Policy(Policy::Apply(arguments)) => {
            commands::policy::apply::run(context, arguments).await
        }
        Command::Policy(Policy::Drift(arguments)) => {
            commands::policy::drift::run(context, arguments).await
        }
        Command::Policy(Policy::Matrix(arguments)) => {
            commands::policy::matrix::run(context, arguments).await
        }
        Command::Policy(Policy::Lint(arguments)) => {
            commands::policy::lint::run(context, arguments).await
        }
        Command::Policy(Policy::Prove(arguments)) => {
            commands::policy::prove::run(context, arguments).await
        }
        Command::Policy(Policy::Init(arguments)) => {
            commands::policy::init::run(context, arguments).await
        }
        Command::Policy(Policy::Adopt(arguments)) => {
            commands::policy::adopt::run(context, arguments).await
        }
        Command::Policy(Policy::Add(arguments)) => commands::policy::add::run(context, arguments),
        Command::Lint(arguments) => commands::lint::run(context, arguments).await,
        Command::Server(Server::Start(arguments)) => {
            commands::server::start::run(context, arguments)
        }
        Command::Server(Server::List(arguments)) => commands::server::list::run(context, arguments),
        Command::Docs(arguments) => Box::pin(commands::docs::run(context, arguments)).await,
        Command::Server(Server::Stop(arguments)) => commands::server::stop::run(context, arguments),
        Command::Server(Server::Status(arguments)) => {
            commands::server::status::run(context, arguments)
        }
        Command::Server(Server::Url(arguments)) => commands::server::url::url(context, arguments),
        Command::Server(Server::Env(arguments)) => commands::server::url::env(context, arguments),
        Command::Server(Server::Psql(arguments)) => commands::server::psql::run(context, arguments),
        Command::Server(Server::Reset(arguments)) => {
            commands::server::reset::run(context, arguments)
        }
        Command::Seed(Seed::Plan(arguments)) => commands::seed::plan::run(context, arguments).await,
        Command::Seed(Seed::Run(arguments)) => commands::seed::run::run(context, arguments).await,
        Command::Seed(Seed::Export(arguments)) => {
            commands::seed::export::run(context, arguments).await
        }
        Command::Seed(Seed::Init(arguments)) => commands::seed::init::run(context, arguments).await,
        Command::Seed(Seed::Add(arguments)) => commands::seed::add::run(context, arguments).await,
        Command::Seed(Seed::Clear(arguments)) => {
            commands::seed::clear::run(context, arguments).await
        }
        Command::Seed(Seed::Embed(arguments)) => commands::seed::embed::run(arguments),
        Command::Data(Data::Import(arguments)) => {
            commands::data::import::run(context, arguments).await
        }
        Command::Fleet(command) => match command {
            Fleet::Migrate(arguments) => commands::fleet::migrate::run(context, arguments).await,
            Fleet::Plan(arguments) => commands::fleet::plan::run(context, arguments).await,
            Fleet::Status(arguments) => commands::fleet::status::run(context, arguments).await,
            Fleet::Verify(arguments) => commands::fleet::verify::run(context, arguments).await,
        },
        Command::Sync(Sync::Notion(arguments)) => {
            commands::sync::notion::run(context, arguments).await
        }
        Command::Completions(arguments) => {
            commands::completions::run(arguments, &mut Cli::command())
        }
    }
}
