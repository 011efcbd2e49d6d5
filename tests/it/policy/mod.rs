//! Policies: the file's mistakes, what is applied, and what each role can do with it.

mod adopt;
mod apply;
pub(crate) mod breaks;
mod changed_by_hand;
mod closed;
mod commands;
mod deploy;
mod drift;
mod example;
mod file;
mod kept;
mod lint;
mod mistaken;
mod owner;
mod paths;
mod restored;
mod scripted;
mod shown;
mod surroundings;
mod unmanaged;

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use workroom::database::{DeploymentLock, Governor, Limits, Patience, Session, Target};
use workroom::event::{Event, Observer, Silent};
use workroom::files::Tree;
use workroom::policy::{self, Dialect};
use workroom::project::{Project, System};
use workroom::server::Temporary;

use crate::support::server::{execute, own_server, query, try_query};

/// The repository as a project.
fn shipped() -> Project {
    Project::read(Tree::Folder(PathBuf::from(env!("CARGO_MANIFEST_DIR")))).unwrap()
}

/// Runs a system's migrations and views as they stand, without history.
fn migrate(url: &str, system: &System) {
    for migration in &system.migrations {
        execute(url, &format!("begin;{}\n;commit", migration.file.text));
    }
    let definitions = workroom::objects::definitions(system).unwrap();
    for definition in workroom::objects::ordered(definitions).unwrap() {
        execute(url, &definition.object.file.text);
    }
}

/// Applies a system's policies.
async fn apply_as(
    url: &str,
    project: &Project,
    system: &str,
    observer: &dyn Observer,
) -> workroom::Result<Vec<String>> {
    let session = Session::connect(&Target::parse(url).unwrap()).await?;
    DeploymentLock::take(&session, "", Patience::default(), &Silent).await?;
    let governor = Governor {
        session: &session,
        limits: Limits::default(),
        observer,
    };
    let system = &project.systems[system];
    let dialect = Dialect::default();
    let inputs = policy::Inputs::read(project, dialect)?;
    let inputs = inputs.of(system, system.fingerprints()).unwrap();
    let rendered = policy::load(project, system, dialect)?.unwrap();
    policy::apply(&governor, "", &rendered, Some(&inputs)).await
}

/// Applies a system's policies on a runtime of its own.
fn apply(url: &str, project: &Project, system: &str) -> workroom::Result<Vec<String>> {
    apply_noting(url, project, system, &Silent)
}

fn apply_noting(
    url: &str,
    project: &Project,
    system: &str,
    observer: &dyn Observer,
) -> workroom::Result<Vec<String>> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(apply_as(url, project, system, observer))
}

/// Keeps notes.
#[derive(Default)]
struct Notes(std::sync::Mutex<Vec<String>>);

impl Observer for Notes {
    fn event(&self, event: &Event<'_>) {
        if let Event::Note(note) = event {
            self.0.lock().unwrap().push((*note).to_owned());
        }
    }
}

/// The agency with its neighbours, deployed and filled, for one test alone. All share one server and its roles.
struct Agency {
    url: String,
}

impl Agency {
    fn new() -> Self {
        static SERVER: OnceLock<Temporary> = OnceLock::new();
        static SERIAL: AtomicU32 = AtomicU32::new(1);

        let server = SERVER.get_or_init(|| {
            let server = own_server(18);
            execute(&server.url(), "create database agency");
            let url = server.connection().url_of("agency");
            let project = shipped();
            for system in ["platform", "neighbours", "agency"] {
                migrate(&url, &project.systems[system]);
                apply(&url, &project, system).unwrap();
            }
            execute(&url, include_str!("agency.sql"));
            server
        });
        let name = format!("agency_{}", SERIAL.fetch_add(1, Ordering::Relaxed));
        // Tests run at once, and only one at a time may copy.
        let copy = format!("create database {name} template agency strategy file_copy");
        for _ in 0..200 {
            match try_query(&server.url(), &copy) {
                Ok(_) => break,
                Err(_) => std::thread::sleep(std::time::Duration::from_millis(50)),
            }
        }
        // A copy begins with the rights of every new database.
        execute(
            &server.url(),
            &format!("revoke temporary on database {name} from public"),
        );
        Self {
            url: server.connection().url_of(&name),
        }
    }

    /// Runs statements as the superuser.
    fn execute(&self, sql: &str) {
        execute(&self.url, sql);
    }

    fn query(&self, sql: &str) -> Vec<String> {
        query(&self.url, sql)
    }

    /// Runs a statement as somebody and rolls it back: its rows, or the SQLSTATE and message of its failure.
    fn as_(&self, persona: &Persona<'_>, sql: &str) -> Result<Vec<String>, String> {
        try_query(
            &self.url,
            &format!("begin;{};{sql};rollback", persona.settings()),
        )
        .map_err(|error| {
            let server = error.as_db_error().unwrap();
            format!("{} {}", server.code().code(), server.message())
        })
    }
}

/// Who acts.
#[derive(Clone, Copy)]
struct Persona<'a> {
    role: &'a str,
    /// The role as a setting, for the shared role.
    setting: Option<&'a str>,
    tenant: &'a str,
    user: &'a str,
}

const TENANT_A: &str = "aaaaaaaa-0000-0000-0000-000000000000";
const ROLES: [&str; 6] = [
    "finance",
    "leadership",
    "pm",
    "admin",
    "account",
    "creative",
];

/// The user whose employee has this role's work; the same people work for both tenants.
fn user(role: &str) -> String {
    let at = ROLES.iter().position(|other| *other == role).unwrap() + 1;
    format!("00000000-0000-0000-0000-00000000000{at}")
}

impl Persona<'_> {
    fn settings(&self) -> String {
        let role = self.setting.map_or(String::new(), |role| {
            format!("set local \"app\".\"current_role\" = '{role}';")
        });
        let claims = if self.user.is_empty() {
            String::new()
        } else {
            format!(
                "set local request.jwt.claims = '{{\"sub\":\"{}\"}}';",
                self.user
            )
        };
        format!(
            "set local app.current_tenant = '{}';{claims}{role}set local role {}",
            self.tenant, self.role
        )
    }
}

/// Calls with the persona of a role of tenant A, under its database role and under the shared role.
fn in_both_modes(role: &str, mut check: impl FnMut(&str, &Persona<'_>)) {
    let user = user(role);
    let database_role = format!("agency_{role}");
    let base = Persona {
        role: &database_role,
        setting: None,
        tenant: TENANT_A,
        user: &user,
    };
    check(&database_role, &base);
    let shared = Persona {
        role: "agency_session",
        setting: Some(role),
        ..base
    };
    check(&format!("agency_session as {role}"), &shared);
}

/// An error as it is told, with all that travel with it.
fn told(error: &workroom::Error) -> String {
    let lines = error.iter().flat_map(|error| {
        std::iter::once(error.to_string())
            .chain(error.hints.iter().map(|hint| format!("  hint: {hint}")))
    });
    lines.collect::<Vec<_>>().join("\n")
}
