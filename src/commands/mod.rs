//! The commands, one verb a file, mirroring the command line; the only place where features are composed.
//!
//! Each has `Arguments` and `run(&Context, &Arguments) -> Result<Report>`. What a command needs from outside
//! reaches it through [`Context`]; it prints nothing.

pub mod arguments;
pub mod completions;
pub mod context;
pub mod db;
pub mod demo;
pub mod init;
pub mod lint;
pub mod policy;
pub mod seed;
pub mod server;
mod unnamed;

pub use context::Context;

use crate::cli::{Command, Db, Policy, Seed, Server};
use crate::error::Result;
use crate::report::Report;

/// Runs a command.
///
/// # Errors
/// When it could not do what was asked.
pub async fn run(context: &Context, command: &Command) -> Result<Report> {
    match command {
        Command::Demo(arguments) => demo::run(context, arguments).await,
        Command::Init(arguments) => init::run(context, arguments),
        Command::Db(Db::Migrate(arguments)) => db::migrate::run(context, arguments).await,
        Command::Db(Db::Plan(arguments)) => db::plan::run(context, arguments).await,
        Command::Db(Db::Status(arguments)) => db::status::run(context, arguments).await,
        Command::Db(Db::Verify(arguments)) => db::verify::run(context, arguments).await,
        Command::Db(Db::Baseline(arguments)) => db::baseline::run(context, arguments).await,
        Command::Db(Db::Repair(arguments)) => db::repair::run(context, arguments).await,
        Command::Db(Db::Reset(arguments)) => db::reset::run(context, arguments).await,
        Command::Db(Db::Import(arguments)) => db::import::run(context, arguments).await,
        Command::Policy(Policy::Render(arguments)) => policy::render::run(context, arguments).await,
        Command::Policy(Policy::Diff(arguments)) => policy::diff::run(context, arguments).await,
        Command::Policy(Policy::Apply(arguments)) => policy::apply::run(context, arguments).await,
        Command::Policy(Policy::Drift(arguments)) => policy::drift::run(context, arguments).await,
        Command::Policy(Policy::Matrix(arguments)) => policy::matrix::run(context, arguments).await,
        Command::Policy(Policy::Lint(arguments)) => policy::lint::run(context, arguments).await,
        Command::Policy(Policy::Prove(arguments)) => policy::prove::run(context, arguments).await,
        Command::Lint(arguments) => lint::run(context, arguments),
        Command::Server(Server::Start(arguments)) => server::start::run(context, arguments),
        Command::Server(Server::Stop(arguments)) => server::stop::run(context, arguments),
        Command::Server(Server::Status(arguments)) => server::status::run(context, arguments),
        Command::Server(Server::Psql(arguments)) => server::psql::run(context, arguments),
        Command::Server(Server::Reset(arguments)) => server::reset::run(context, arguments),
        Command::Seed(Seed::Plan(arguments)) => seed::plan::run(context, arguments).await,
        Command::Seed(Seed::Run(arguments)) => seed::run::run(context, arguments).await,
        Command::Seed(Seed::Export(arguments)) => seed::export::run(context, arguments).await,
        Command::Seed(Seed::Init(arguments)) => seed::init::run(context, arguments).await,
        Command::Seed(Seed::Clear(arguments)) => seed::clear::run(context, arguments).await,
        Command::Completions(arguments) => completions::run(context, arguments),
    }
}
