//! What a command needs from outside: the project, the database, somebody to tell what is going on.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use super::global::Global;
use super::named::Named;
use super::places::Places;
use super::unnamed;
use crate::catalog::Catalog;
use crate::database::{self, Cancellation, Connect, Patience, Session, Target};
use crate::deployment;
use crate::error::{Error, Kind, Result};
use crate::event::{Destination, Event, Observer};
use crate::files::Tree;
use crate::layout::Layout;
use crate::project::{MigrationFingerprints, Project, System};
use crate::server::Server;

/// A project that is being looked over.
pub type ReadingFingerprints = tokio::task::JoinHandle<Result<MigrationFingerprints>>;

/// The surroundings of one run.
pub struct Context {
    /// Options of every command.
    pub global: Global,
    /// The current folder.
    pub folder: PathBuf,
    /// Somebody who shows what is going on.
    pub observer: Box<dyn Observer>,
    /// What is shipped with the program: a project of systems, and the pages of lint rules in `docs/lint/`.
    pub shipped: Tree,
    /// Which database was named, or why that cannot be known.
    named: Result<Named>,
    /// The database that the run works on, once it has been said.
    said: OnceLock<String>,
    cancellations: Mutex<Vec<Cancellation>>,
}

impl Context {
    /// The surroundings of a run.
    #[must_use]
    pub fn new(
        mut global: Global,
        folder: PathBuf,
        observer: Box<dyn Observer>,
        shipped: Tree,
    ) -> Self {
        let named = Named::of(&mut global, &folder);
        Self {
            named,
            said: OnceLock::new(),
            global,
            folder,
            observer,
            shipped,
            cancellations: Mutex::default(),
        }
    }

    /// Reads the project that the command works on.
    ///
    /// # Errors
    /// When there is none, or with all mistakes of its files.
    pub fn project(&self) -> Result<Project> {
        Project::read(self.tree()?)
    }

    /// The same, with mistakes of its files beside it, for commands that can answer all the same.
    ///
    /// # Errors
    /// When there is none, or its `workroom.toml` cannot be read.
    pub fn what_can_be_read(&self) -> Result<(Project, Vec<Error>)> {
        Project::read_what_can_be(self.tree()?)
    }

    /// Where that project lies.
    fn tree(&self) -> Result<Tree> {
        self.global.tree(&self.folder)
    }

    /// The systems that the command works on, requirements first.
    ///
    /// # Errors
    /// When one that is named does not exist.
    pub fn systems<'project>(&self, project: &'project Project) -> Result<Vec<&'project System>> {
        project.select(&self.global.systems, self.global.all)
    }

    /// Connects to the database that is named, or to the project's embedded server, which is started.
    ///
    /// # Errors
    /// When it cannot be reached or started, or when somebody else has prepared a schema `workroom` there.
    pub async fn connect(&self, project: &Project) -> Result<Session> {
        let session = self.connect_to(&self.target(project)?).await?;
        database::refuse_foreign_schema(&session).await?;
        Ok(session)
    }

    /// What the systems of a project have in a database, for commands that fill one of them.
    ///
    /// # Errors
    /// When that one is not deployed there.
    pub async fn deployed(
        &self,
        session: &Session,
        project: &Project,
        system: &System,
    ) -> Result<Catalog> {
        let systems = project.systems.values();
        let schemas: Vec<&str> = systems
            .flat_map(|system| system.all_schemas())
            .map(String::as_str)
            .collect();
        let catalog = Catalog::load(session.client(), &schemas).await?;
        if catalog
            .tables()
            .any(|table| system.schemas.contains(&table.name.schema))
        {
            return Ok(catalog);
        }
        let name = &system.name;
        Err(
            Error::refused(format!("system {name} has no tables in this database"))
                .hint(format!("run `workroom db migrate --system {name}` first")),
        )
    }

    /// The database that is named, or the first one of the project's embedded server, which is started.
    ///
    /// # Errors
    /// When the URL cannot be read, or the server does not start.
    pub fn target(&self, project: &Project) -> Result<Target> {
        let named = self.named()?;
        match &self.global.database_url {
            Some(url) => self.of_url(url),
            None => {
                let systems = self.systems(project)?;
                self.refuse_guess(project)?;
                let server = self.embedded(project, &systems)?;
                // It is known from here to there; the surroundings may add how it is spoken to.
                let target = Target::parse_with(&server.url(), |name| {
                    ["PGAPPNAME", "PGOPTIONS"]
                        .contains(&name)
                        .then(|| named.variables.get(name))
                        .flatten()
                })?;
                let version = &server.binaries().version;
                let embedded = format!("Postgres {version}, {}", server.folder().display());
                self.say(&target, Some(&embedded));
                Ok(target)
            }
        }
    }

    /// The same, for commands that need nothing else of a project, and none where a database is named.
    ///
    /// # Errors
    /// As [`Context::target`].
    pub fn target_alone(&self) -> Result<Target> {
        self.named()?;
        match &self.global.database_url {
            Some(url) => self.of_url(url),
            None => self.target(&Project::outline(self.tree()?)?),
        }
    }

    /// The database that is named, if one is.
    ///
    /// # Errors
    /// When the URL cannot be read.
    pub fn named_target(&self) -> Result<Option<Target>> {
        self.named()?;
        let url = self.global.database_url.as_ref();
        url.map(|url| self.of_url(url)).transpose()
    }

    /// Whether a database is named, or the embedded server where none is.
    ///
    /// # Errors
    /// When what names it cannot be read.
    pub fn names_database(&self) -> Result<bool> {
        let named = self.named()?;
        Ok(named.means_embedded || self.global.database_url.is_some())
    }

    /// A variable of the environment, or of the file of `--env-file`.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<String> {
        self.named().ok()?.variables.get(name)
    }

    /// Which database was named.
    fn named(&self) -> Result<&Named> {
        self.named.as_ref().map_err(Clone::clone)
    }

    /// Whether the content of the database may be thrown away, where its environment says so.
    ///
    /// # Errors
    /// When the environment does not exist, or says that it may not.
    pub fn is_disposable(&self) -> Result<bool> {
        match &self.named()?.environment {
            Some((name, Some(false))) => Err(Error::refused(format!(
                "the database of environment `{name}` is not disposable"
            ))
            .because(format!("workroom.toml says so: [environments.{name}]"))),
            Some((_, Some(true))) => Ok(true),
            _ => Ok(false),
        }
    }

    /// The database of a URL.
    fn of_url(&self, url: &str) -> Result<Target> {
        let variables = &self.named()?.variables;
        let target = Target::parse_with(url, |name| variables.get(name))?;
        let target = if self.global.session_pooler {
            target.behind_session_pooler()
        } else {
            target
        };
        self.say(&target, None);
        Ok(target)
    }

    /// Says, once, which database the run works on.
    fn say(&self, target: &Target, embedded: Option<&str>) {
        if self.said.set(target.to_string()).is_ok() {
            self.observer.event(&Event::Destination(Destination {
                server: &target.server(),
                database: target.database(),
                user: target.user(),
                embedded,
            }));
        }
    }

    /// How files of the project are named for somebody in a folder, where that is another one than the project's.
    #[must_use]
    pub fn places(&self, base: &Path) -> Option<Places> {
        let tree = self.tree().ok()?;
        Places::seen_from(base, tree.folder()?)
    }

    /// The database that the run works on, as `user@server/database`, once that is known.
    #[must_use]
    pub fn said(&self) -> Option<&str> {
        self.said.get().map(String::as_str)
    }

    /// Refuses to work on the embedded server where another database seems to be meant.
    fn refuse_guess(&self, project: &Project) -> Result<()> {
        let named = self.named()?;
        if named.means_embedded {
            return Ok(());
        }
        let folders = project.tree.folder().into_iter();
        let variables = named.variables.all().into_iter();
        unnamed::refuse_guess(variables, folders.chain([self.folder.as_path()]))
    }

    /// Reads the project and connects. A named server makes its backend while the files are read.
    ///
    /// # Errors
    /// With all mistakes of the project's files; when the server cannot be reached or started.
    pub async fn open(&self) -> Result<(Project, Session)> {
        self.open_with(|| self.project(), |project| project).await
    }

    /// The same, with mistakes of the project's files beside it.
    ///
    /// # Errors
    /// As [`Context::what_can_be_read`]; when the server cannot be reached or started.
    pub async fn open_what_can_be(&self) -> Result<(Project, Vec<Error>, Session)> {
        let opened = self.open_with(|| self.what_can_be_read(), |(project, _)| project);
        let ((project, mistakes), session) = opened.await?;
        Ok((project, mistakes, session))
    }

    /// The same, but reads of the project no more than its `workroom.toml`, and begins to look the rest over, of
    /// migrations only fingerprints, while the server answers: [`Context::fingerprints`] gives the outcome.
    ///
    /// # Errors
    /// As [`Context::open`], but what is wrong with other files shows in the outcome.
    pub async fn open_with_fingerprints(&self) -> Result<(Project, Session, ReadingFingerprints)> {
        let read = || {
            let tree = self.tree()?;
            let outline = Project::outline(tree.clone())?;
            let (names, all) = (self.global.systems.clone(), self.global.all);
            let reading =
                tokio::task::spawn_blocking(move || MigrationFingerprints::read(tree, &names, all));
            Ok((outline, reading))
        };
        match self.open_with(read, |(outline, _)| outline).await {
            Ok(((outline, reading), session)) => Ok((outline, session, reading)),
            // What is wrong with the project comes before what is wrong with the server.
            Err(error) => self.project().and(Err(error)),
        }
    }

    /// The project, looked over.
    ///
    /// # Errors
    /// With all mistakes of its files, where there are some that keep it from being looked over.
    pub async fn fingerprints(
        &self,
        reading: ReadingFingerprints,
    ) -> Result<MigrationFingerprints> {
        let ended =
            |error| Error::new(Kind::Bug, "looking over the project ended early").because(error);
        match reading.await.map_err(ended)? {
            Ok(fingerprints) => Ok(fingerprints),
            Err(first) => self.project().and(Err(first)),
        }
    }

    async fn open_with<T>(
        &self,
        read: impl FnOnce() -> Result<T>,
        project: impl Fn(&T) -> &Project,
    ) -> Result<(T, Session)> {
        self.named()?;
        let Some(url) = &self.global.database_url else {
            let read = read()?;
            let session = self.connect_to(&self.target(project(&read))?).await?;
            return Ok((read, session));
        };
        let target = self.of_url(url)?;
        let connecting = tokio::spawn(async move { Session::connect(&target).await });
        // Enough turns for the start-up packet to leave; then the server has something to do meanwhile.
        for _ in 0..4 {
            tokio::task::yield_now().await;
        }
        let read = read()?;
        // What is wrong with the command line shows also when the server cannot be reached.
        self.systems(project(&read))?;
        let session = connecting.await.map_err(|error| {
            Error::new(Kind::Bug, "the connecting task ended early").because(error)
        })??;
        self.remember(&session);
        Ok((read, session))
    }

    /// Takes the deployment lock of a database.
    ///
    /// # Errors
    /// When somebody else holds it for too long, and when a later workroom has deployed to this database.
    pub async fn lock(&self, session: &Session, patience: Patience) -> Result<Layout> {
        deployment::take_lock(self.observer.as_ref(), session, patience).await
    }

    /// What opens a session; Ctrl-C stops what runs on each.
    pub fn connecting(&self) -> Box<Connect<'_>> {
        Box::new(move |target| Box::pin(async move { self.connect_to(&target).await }))
    }

    /// Connects to a target; Ctrl-C stops what runs there.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn connect_to(&self, target: &Target) -> Result<Session> {
        let session = Session::connect(target).await?;
        self.remember(&session);
        Ok(session)
    }

    fn remember(&self, session: &Session) {
        if let Ok(mut cancellations) = self.cancellations.lock() {
            // Of many sessions, one after the other, those that have ended need no cancelling.
            cancellations.retain(|one| !one.is_over());
            cancellations.push(session.cancellation());
        }
    }

    /// Starts the embedded server that belongs to a project, or finds it running.
    ///
    /// # Errors
    /// When no Postgres can be found or fetched, or when it does not start.
    pub fn embedded(&self, project: &Project, systems: &[&System]) -> Result<Server> {
        let options = deployment::server_options(project, systems);
        Server::start(&options, self.observer.as_ref())
    }

    /// Stops every statement that runs for this command.
    pub async fn cancel(&self) {
        let cancellations = match self.cancellations.lock() {
            Ok(cancellations) => cancellations.clone(),
            Err(_) => return,
        };
        for cancellation in cancellations {
            cancellation.cancel().await;
        }
    }
}
