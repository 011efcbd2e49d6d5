//! What a database URL leaves open, taken from where libpq would take it: a service, `PG…` variables, a password file.

use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::config::Host;

use super::connection_string::{KEYS, OWN_KEYS};
use super::libpq_files::{self, Found, Service, Whom};

/// The settings of a service, all of which must be known: one that were left out might be what keeps the connection safe.
pub(super) fn read_service(
    name: &str,
    environment: &impl Fn(&str) -> Option<String>,
) -> Result<Service, String> {
    let service = libpq_files::service(name, environment)?;
    let is_known = |key: &str| OWN_KEYS.iter().chain(&KEYS).any(|(known, _)| *known == key);
    match service.iter().find(|(key, _)| !is_known(key)) {
        None => Ok(service),
        Some((key, _)) => Err(format!(
            "the service `{name}` has the option `{key}`, which workroom does not know"
        )),
    }
}

/// What a service says for a variable.
pub(super) fn of_service(service: &Service, variable: &str) -> Option<String> {
    let keys = OWN_KEYS.iter().chain(&KEYS);
    let (key, _) = keys.into_iter().find(|(_, name)| *name == variable)?;
    let found = service.iter().find(|(name, _)| name == key);
    found.map(|(_, value)| value.clone())
}

/// Takes the password from a file where nobody gives one; returns a file that others may read, which does not count.
pub(super) fn complete_password(
    config: &mut tokio_postgres::Config,
    file: Option<String>,
    open: &impl Fn(&str) -> Option<String>,
) -> Option<PathBuf> {
    if config.get_password().is_some() {
        return None;
    }
    let host = match (config.get_hosts().first(), config.get_hostaddrs().first()) {
        (Some(Host::Tcp(name)), _) => name.clone(),
        (Some(Host::Unix(folder)), _) => folder.to_string_lossy().into_owned(),
        (None, Some(address)) => address.to_string(),
        (None, None) => "localhost".to_owned(),
    };
    let user = config.get_user().unwrap_or_default();
    let whom = Whom {
        host: &host,
        port: *config.get_ports().first().unwrap_or(&5432),
        database: config.get_dbname().unwrap_or(user),
        user,
    };
    match libpq_files::password(file, &whom, open) {
        Found::Password(password) => {
            config.password(password);
            None
        }
        Found::Open(file) => Some(file),
        Found::Nothing => None,
    }
}

/// What libpq would take from elsewhere where the text says nothing.
pub(super) fn complete(
    config: &mut tokio_postgres::Config,
    environment: &impl Fn(&str) -> Option<String>,
) -> Result<(), String> {
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        let address = environment("PGHOSTADDR");
        // The name of a host whose address is given is the one that its certificate must have.
        if let Some(host) = environment("PGHOST").or_else(|| match &address {
            Some(_) => None,
            None => Some("localhost".to_owned()),
        }) {
            config.host(host);
        }
        if let Some(address) = address {
            let wrong = |_| format!("PGHOSTADDR is not an address: {address}");
            config.hostaddr(address.parse().map_err(wrong)?);
        }
    }
    if config.get_ports().is_empty()
        && let Some(port) = environment("PGPORT")
    {
        config.port(
            port.parse()
                .map_err(|_| format!("PGPORT is not a port number: {port}"))?,
        );
    }
    if config.get_user().is_none() {
        let user = ["PGUSER", "USER", "LOGNAME"]
            .into_iter()
            .find_map(environment);
        config.user(user.unwrap_or_else(|| "postgres".to_owned()));
    }
    if config.get_password().is_none()
        && let Some(password) = environment("PGPASSWORD")
    {
        config.password(password);
    }
    if config.get_dbname().is_none()
        && let Some(name) = environment("PGDATABASE")
    {
        config.dbname(name);
    }
    if config.get_connect_timeout().is_none() {
        let seconds = match environment("PGCONNECT_TIMEOUT") {
            None => 10,
            Some(text) => text
                .parse()
                .map_err(|_| format!("PGCONNECT_TIMEOUT is no number of seconds: {text}"))?,
        };
        // libpq: 0 waits for as long as it takes.
        if seconds > 0 {
            config.connect_timeout(Duration::from_secs(seconds));
        }
    }
    if config.get_application_name().is_none() {
        let name = environment("PGAPPNAME").filter(|name| !name.is_empty());
        config.application_name(name.as_deref().unwrap_or("workroom"));
    }
    if config.get_options().is_none()
        && let Some(options) = environment("PGOPTIONS")
    {
        config.options(options);
    }
    Ok(())
}
