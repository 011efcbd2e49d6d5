//! Which server and database: a URL or a `key=value` string with libpq's keys, completed as libpq does it: from a service,
//! from `PG…` variables, and for the password from a file.

use std::fmt;
use std::path::PathBuf;

use tokio_postgres::config::{Host, SslMode};

use super::completion::{complete, complete_password, of_service, read_service};
use super::connection_string::{cause, has_stray_at, take_own_keys};
use super::libpq_files::Service;
use crate::error::{Error, Kind, Result};

/// How far the server's certificate is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verification {
    None,
    Authority,
    Full,
}

/// A server and a database on it. Shown without its password.
#[derive(Clone)]
pub struct Target {
    pub(super) config: tokio_postgres::Config,
    pub(super) verification: Verification,
    pub(super) root_certificate: Option<String>,
    pub(super) client_certificate: Option<String>,
    pub(super) client_key: Option<String>,
    pub(super) session_pooler: bool,
    /// A password file that does not count, since others may read it.
    pub(super) open_password_file: Option<PathBuf>,
}

impl Target {
    /// Reads a database URL or a `key=value` string. What it leaves open comes from where libpq would take it: a service,
    /// the `PG…` variables, the password file.
    ///
    /// # Errors
    /// When it cannot be read. The message never repeats the text, which may hold a password.
    pub fn parse(text: &str) -> Result<Self> {
        Self::parse_with(text, |name| std::env::var(name).ok())
    }

    /// The same with variables of the caller's own.
    ///
    /// # Errors
    /// As [`Target::parse`].
    pub fn parse_with(text: &str, environment: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let environment = |name: &str| environment(name).filter(|value| !value.is_empty());
        let wrong = |cause: String| {
            Error::new(Kind::Usage, "the database URL cannot be read")
                .because(cause)
                .hint("it looks like postgres://user@host:5432/database?sslmode=verify-full")
                .hint("characters such as @ : / # in a password are written as %40 %3A %2F %23")
        };
        if text.trim().is_empty() {
            return Err(
                wrong("it is empty, as a secret is that a CI job may not read".to_owned())
                    .hint("unset DATABASE_URL to work on the project's embedded server"),
            );
        }
        if has_stray_at(text) {
            return Err(wrong(
                "there is an @ that does not stand between the user and the host".to_owned(),
            ));
        }
        let (rest, own) = take_own_keys(text);
        let mut config: tokio_postgres::Config =
            rest.parse().map_err(|error| wrong(cause(&error)))?;
        let [mode, root, certificate, key, service, password_file] = own;
        let service = match service.or_else(|| environment("PGSERVICE")) {
            Some(name) => read_service(&name, &environment).map_err(wrong)?,
            None => Service::new(),
        };
        let open =
            |variable: &str| of_service(&service, variable).or_else(|| environment(variable));
        let mode = mode.or_else(|| open("PGSSLMODE"));
        let root_certificate = root.or_else(|| open("PGSSLROOTCERT"));
        let client_certificate = certificate.or_else(|| open("PGSSLCERT"));
        let client_key = key.or_else(|| open("PGSSLKEY"));
        let has_root = root_certificate.is_some();
        let (mode, verification) = match mode.as_deref() {
            None | Some("prefer") => (SslMode::Prefer, Verification::None),
            Some("disable") => (SslMode::Disable, Verification::None),
            // libpq: with a root certificate, `require` verifies like `verify-ca`.
            Some("require") if has_root => (SslMode::Require, Verification::Authority),
            Some("require") => (SslMode::Require, Verification::None),
            Some("verify-ca") => (SslMode::Require, Verification::Authority),
            Some("verify-full") => (SslMode::Require, Verification::Full),
            Some(other) => {
                return Err(wrong(format!(
                    "sslmode is disable, prefer, require, verify-ca or verify-full; not `{other}`"
                )));
            }
        };
        complete(&mut config, &open).map_err(wrong)?;
        let open_password_file = complete_password(&mut config, password_file, &open);
        // Nobody can listen on a Unix socket; libpq does not encrypt there either.
        let by_socket = matches!(config.get_hosts(), [Host::Unix(_)]);
        config.ssl_mode(if by_socket { SslMode::Disable } else { mode });
        Ok(Self {
            config,
            verification,
            root_certificate,
            client_certificate,
            client_key,
            session_pooler: false,
            open_password_file,
        })
    }

    /// A configuration of the caller's own. Nothing is taken from `PG…` variables, and no certificate is verified:
    /// that takes the keys of [`Target::parse`].
    #[must_use]
    pub fn from_config(config: tokio_postgres::Config) -> Self {
        Self {
            config,
            verification: Verification::None,
            root_certificate: None,
            client_certificate: None,
            client_key: None,
            session_pooler: false,
            open_password_file: None,
        }
    }

    /// The same, reached through a pooler in session mode, which gives a client one backend until it leaves. Nobody else
    /// can tell it from a pooler that does not.
    #[must_use]
    pub fn behind_session_pooler(mut self) -> Self {
        self.session_pooler = true;
        self
    }

    /// The same server, another database.
    #[must_use]
    pub fn with_database(&self, name: &str) -> Self {
        let mut other = self.clone();
        other.config.dbname(name);
        other
    }

    /// The same database as another user.
    #[must_use]
    pub fn with_user(&self, name: &str, password: Option<&str>) -> Self {
        let mut other = self.clone();
        other.config.user(name);
        if let Some(password) = password {
            other.config.password(password);
        }
        // Those of the first user say who that is.
        other.client_certificate = None;
        other.client_key = None;
        other
    }

    /// The same with a further command-line option for the backend.
    pub(super) fn with_option(&self, option: &str) -> Self {
        let mut other = self.clone();
        let options = match self.config.get_options() {
            Some(options) => format!("{options} {option}"),
            None => option.to_owned(),
        };
        other.config.options(options);
        other
    }

    /// The server: `host:port`; a socket by its folder.
    #[must_use]
    pub fn server(&self) -> String {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            Some(Host::Unix(folder)) => folder.display().to_string(),
            None => match self.config.get_hostaddrs().first() {
                Some(address) => address.to_string(),
                None => "localhost".to_owned(),
            },
        };
        format!(
            "{host}:{}",
            self.config.get_ports().first().unwrap_or(&5432)
        )
    }

    /// The database's name.
    #[must_use]
    pub fn database(&self) -> &str {
        self.config
            .get_dbname()
            .or_else(|| self.config.get_user())
            .unwrap_or("postgres")
    }

    /// The `PG…` variables that lead a program of Postgres to this database. The password is in them.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let mut variables = vec![
            ("PGUSER", self.user().to_owned()),
            ("PGDATABASE", self.database().to_owned()),
        ];
        if let Some(host) = self.config.get_hosts().first() {
            let host = match host {
                Host::Tcp(name) => name.clone(),
                Host::Unix(folder) => folder.to_string_lossy().into_owned(),
            };
            variables.push(("PGHOST", host));
        }
        if let Some(port) = self.config.get_ports().first() {
            variables.push(("PGPORT", port.to_string()));
        }
        if let Some(password) = self.config.get_password() {
            let password = String::from_utf8_lossy(password).into_owned();
            variables.push(("PGPASSWORD", password));
        }
        let mode = match (self.config.get_ssl_mode(), self.verification) {
            (_, Verification::Full) => "verify-full",
            (_, Verification::Authority) => "verify-ca",
            (SslMode::Disable, _) => "disable",
            (SslMode::Require, _) => "require",
            _ => "prefer",
        };
        variables.push(("PGSSLMODE", mode.to_owned()));
        for (name, value) in [
            ("PGSSLROOTCERT", &self.root_certificate),
            ("PGSSLCERT", &self.client_certificate),
            ("PGSSLKEY", &self.client_key),
        ] {
            variables.extend(value.iter().map(|value| (name, value.clone())));
        }
        variables
    }

    /// The role that connects.
    #[must_use]
    pub fn user(&self) -> &str {
        self.config.get_user().unwrap_or("postgres")
    }
}

/// `user@host:port/database`; a socket by its folder. Never the password.
impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (user, server, database) = (self.user(), self.server(), self.database());
        write!(formatter, "{user}@{server}/{database}")
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Target({self})")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn parse(text: &str) -> Result<Target> {
        Target::parse_with(text, |_| None)
    }

    #[test]
    fn tls_keys_of_libpq_are_understood_in_both_forms() {
        for text in [
            "postgres://ann:s%40cret@db.example:5433/shop?sslmode=verify-full&sslrootcert=%2Ftmp%2Fmy%20ca.pem",
            r"host=db.example port=5433 user=ann password='s@cret' dbname=shop sslmode=verify-full sslrootcert='/tmp/my ca.pem'",
        ] {
            let target = parse(text).unwrap();
            assert_eq!(target.verification, Verification::Full);
            assert_eq!(target.root_certificate.as_deref(), Some("/tmp/my ca.pem"));
            assert_eq!(target.to_string(), "ann@db.example:5433/shop");
            assert_eq!(target.config.get_password(), Some(b"s@cret".as_slice()));
        }
    }

    #[test]
    fn require_with_a_root_certificate_verifies_the_authority() {
        let target = parse("postgres://a@h/d?sslmode=require&sslrootcert=x").unwrap();
        assert_eq!(target.verification, Verification::Authority);
    }

    #[test]
    fn a_password_is_never_shown() {
        let target = parse("postgres://ann:hunter2@h/d").unwrap();
        assert!(!format!("{target} {target:?}").contains("hunter2"));
        let error = parse("postgres://ann:hunter2@h:port/d").unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"));
    }

    #[test]
    fn no_part_of_a_password_that_was_not_encoded_is_shown() {
        for text in [
            "postgres://ann:hun@ter2@h/d",
            "postgres://ann:1/hunter2@h/d",
            "postgres://ann:1?hunter2@h/d",
            "postgres://ann:1?x=y&hunter2@h=d",
            "postgres://ann:hun@ter2@h:5432/d?sslmode=disable",
            "host=h user=ann password=a hunter2",
            "host=h user=ann password=a hunter2 dbname=d",
            "host=h user=ann password='a' hunter2=d",
        ] {
            let shown = match parse(text) {
                Ok(target) => format!("{target} {target:?}"),
                Err(error) => format!("{error:?}"),
            };
            assert!(!shown.contains("ter2"), "{text}: {shown}");
        }
        let error = parse("postgres://ann:hun@ter2@h/d").unwrap_err();
        assert!(
            error.hints.iter().any(|hint| hint.contains("%40")),
            "{error:?}"
        );
        // An @ where it means itself.
        assert!(parse("postgres://ann:x@h/d?application_name=a@b").is_ok());
        assert!(parse("host=h user=ann password=p@ss dbname=d").is_ok());
    }

    #[test]
    fn what_the_text_leaves_open_comes_from_the_environment() {
        let target = Target::parse_with("postgres://", |name| match name {
            "PGHOST" => Some("/tmp".into()),
            "PGUSER" => Some("bob".into()),
            "PGDATABASE" => Some("shop".into()),
            "PGPORT" => Some("5544".into()),
            _ => None,
        });
        assert_eq!(target.unwrap().to_string(), "bob@/tmp:5544/shop");
    }

    #[test]
    fn a_service_and_a_password_file_count_as_for_libpq() {
        let home = tempfile::tempdir().unwrap();
        let path = |name: &str| home.path().join(name);
        let service = "[shop]\nhost=db.example\nport=5433\ndbname=shop\nuser=ann\nsslmode=require\n\
             [odd]\nhost=db.example\nrequire_auth=scram-sha-256\n";
        std::fs::write(path(".pg_service.conf"), service).unwrap();
        std::fs::write(path(".pgpass"), "db.example:5433:*:ann:s3cret\n").unwrap();
        let read = |text: &str, named: Option<&str>| {
            Target::parse_with(text, |name| match name {
                "HOME" => Some(home.path().display().to_string()),
                "PGSERVICE" => named.map(str::to_owned),
                "PGDATABASE" => Some("of_the_environment".to_owned()),
                _ => None,
            })
        };
        let close = std::fs::Permissions::from_mode;
        std::fs::set_permissions(path(".pgpass"), close(0o600)).unwrap();
        for (text, named, shown) in [
            (
                "postgres:///?service=shop",
                None,
                "ann@db.example:5433/shop",
            ),
            ("service=shop", None, "ann@db.example:5433/shop"),
            ("postgres://", Some("shop"), "ann@db.example:5433/shop"),
            (
                "dbname=other service=shop",
                None,
                "ann@db.example:5433/other",
            ),
        ] {
            let target = read(text, named).unwrap();
            assert_eq!(target.to_string(), shown, "{text}");
            assert_eq!(target.config.get_password(), Some(b"s3cret".as_slice()));
            assert_eq!(target.config.get_ssl_mode(), SslMode::Require);
        }
        let bob = read("postgres://bob@db.example:5433/shop", None).unwrap();
        assert_eq!(bob.config.get_password(), None);
        std::fs::set_permissions(path(".pgpass"), close(0o644)).unwrap();
        let target = read("service=shop", None).unwrap();
        assert_eq!(target.config.get_password(), None);
        assert_eq!(target.open_password_file, Some(path(".pgpass")));
        for (text, cause) in [
            ("service=nosuch", "there is no service `nosuch`"),
            ("service=odd", "require_auth"),
        ] {
            let error = read(text, None).unwrap_err();
            assert!(error.causes[0].contains(cause), "{error:?}");
        }
    }

    #[test]
    fn an_unknown_sslmode_is_refused() {
        assert!(parse("postgres://h/d?sslmode=maybe").is_err());
    }
}
