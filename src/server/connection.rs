//! How to reach a server: socket folder, port, user, and the URL made of them.

use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// The superuser of every embedded server.
pub const USER: &str = "postgres";

/// The database that every embedded server has from its first start.
pub const DATABASE: &str = "postgres";

/// The way to an embedded server. Only its owner can take it: the socket's folder has mode 0700.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The folder that holds the Unix socket.
    pub socket_folder: PathBuf,
    /// The port, which is part of the socket's name.
    pub port: u16,
}

impl Connection {
    /// A URL of the first database that `psql`, libpq and tokio-postgres understand.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of(DATABASE)
    }

    /// The same for another database.
    #[must_use]
    pub fn url_of(&self, database: &str) -> String {
        let host = percent_encoded(self.socket_folder.as_os_str().as_bytes());
        let database = percent_encoded(database.as_bytes());
        format!("postgres://{USER}@{host}:{}/{database}", self.port)
    }

    /// The same by TCP, with the password.
    #[must_use]
    pub fn tcp_url(&self, password: &str) -> String {
        format!(
            "postgres://{USER}:{password}@127.0.0.1:{}/{DATABASE}",
            self.port
        )
    }

    /// The socket itself.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        socket_in(&self.socket_folder, self.port)
    }
}

/// Where Postgres puts the socket of a port.
pub(super) fn socket_in(folder: &Path, port: u16) -> PathBuf {
    folder.join(format!(".s.PGSQL.{port}"))
}

/// Keeps only what has no meaning of its own in a URL.
fn percent_encoded(bytes: &[u8]) -> String {
    let mut encoded = String::with_capacity(bytes.len() * 2);
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_keeps_blanks_and_foreign_letters_of_the_socket_folder() {
        let connection = Connection {
            socket_folder: PathBuf::from("/tmp/my wörk"),
            port: 5432,
        };
        let url = connection.url_of("a/b");
        assert_eq!(
            url,
            "postgres://postgres@%2Ftmp%2Fmy%20w%C3%B6rk:5432/a%2Fb"
        );
        let config: tokio_postgres::Config = url.parse().expect("a URL");
        assert_eq!(
            config.get_hosts(),
            [tokio_postgres::config::Host::Unix("/tmp/my wörk".into())]
        );
        assert_eq!(config.get_dbname(), Some("a/b"));
    }
}
