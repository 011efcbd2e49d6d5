//! The two files by which libpq completes a connection: services and passwords.
//!
//! Source: the chapters "The Connection Service File" and "The Password File" of PostgreSQL's documentation.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The folder of the server's socket that stands for `localhost` in a password file.
const USUAL_SOCKETS: [&str; 2] = ["/tmp", "/var/run/postgresql"];

/// The settings of a service, by libpq's keywords.
pub(super) type Service = Vec<(String, String)>;

/// What a service says, from the user's file or else from the system's.
///
/// # Errors
/// When no file describes it, or not as libpq understands it; the cause in words, which never hold a value.
pub(super) fn service(
    name: &str,
    environment: &impl Fn(&str) -> Option<String>,
) -> Result<Service, String> {
    let users = environment("PGSERVICEFILE")
        .map(PathBuf::from)
        .or_else(|| environment("HOME").map(|home| Path::new(&home).join(".pg_service.conf")));
    let systems =
        environment("PGSYSCONFDIR").map(|folder| Path::new(&folder).join("pg_service.conf"));
    let files: Vec<PathBuf> = users.into_iter().chain(systems).collect();
    for file in &files {
        let Ok(text) = fs::read_to_string(file) else {
            continue;
        };
        let found = section(&text, name)
            .map_err(|line| format!("line {line} of {} is no `keyword=value`", file.display()))?;
        if let Some(found) = found {
            return Ok(found);
        }
    }
    let looked: Vec<String> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    Err(format!(
        "there is no service `{name}` in {}",
        if looked.is_empty() {
            "any file: PGSERVICEFILE is not set".to_owned()
        } else {
            looked.join(" or ")
        }
    ))
}

/// The section of a service file; the number of a line that is none of `[name]`, `keyword=value`, `# …` is an error.
fn section(text: &str, name: &str) -> Result<Option<Service>, usize> {
    let mut found: Option<Service> = None;
    let mut is_inside = false;
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(section) = line.strip_prefix('[') {
            if found.is_some() {
                break;
            }
            is_inside = section.strip_suffix(']') == Some(name);
            if is_inside {
                found = Some(Service::new());
            }
        } else if is_inside {
            let (key, value) = line.split_once('=').ok_or(at + 1)?;
            if let Some(service) = &mut found {
                service.push((key.trim().to_owned(), value.trim().to_owned()));
            }
        }
    }
    Ok(found)
}

/// Whom a password is for. A socket's folder is the host.
pub(super) struct Whom<'a> {
    pub(super) host: &'a str,
    pub(super) port: u16,
    pub(super) database: &'a str,
    pub(super) user: &'a str,
}

/// A password from a file, or why the file does not count.
pub(super) enum Found {
    Password(String),
    /// Others may read it, and libpq does not take it then either.
    Open(PathBuf),
    Nothing,
}

/// Looks for the password in the file that is named, or in the one in the home folder.
pub(super) fn password(
    named: Option<String>,
    whom: &Whom<'_>,
    environment: &impl Fn(&str) -> Option<String>,
) -> Found {
    let file = named
        .or_else(|| environment("PGPASSFILE"))
        .map(PathBuf::from)
        .or_else(|| environment("HOME").map(|home| Path::new(&home).join(".pgpass")));
    let Some(file) = file else {
        return Found::Nothing;
    };
    let Ok(about) = fs::metadata(&file) else {
        return Found::Nothing;
    };
    if !about.is_file() {
        return Found::Nothing;
    }
    if about.mode() & 0o077 != 0 {
        return Found::Open(file);
    }
    let text = fs::read_to_string(&file).unwrap_or_default();
    text.lines()
        .find_map(|line| password_of(line, whom))
        .map_or(Found::Nothing, Found::Password)
}

/// The password of a line `host:port:database:user:password`, if the line means this connection. `*` means any, and a
/// backslash goes before a colon or a backslash.
fn password_of(line: &str, whom: &Whom<'_>) -> Option<String> {
    if line.starts_with('#') {
        return None;
    }
    let host = if USUAL_SOCKETS.contains(&whom.host) {
        "localhost"
    } else {
        whom.host
    };
    let port = whom.port.to_string();
    let mut rest = line.trim_end_matches('\r');
    for wanted in [host, &port, whom.database, whom.user] {
        let (field, is_any, after) = field(rest)?;
        if !is_any && field != wanted {
            return None;
        }
        rest = after;
    }
    // The password is the rest of the line; a colon in it needs no backslash.
    Some(unescaped(rest))
}

/// The first field of a line, whether it is a `*`, and what comes after its colon.
fn field(text: &str) -> Option<(String, bool, &str)> {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b':' => {
                let written = &text[..at];
                return Some((unescaped(written), written == "*", &text[at + 1..]));
            }
            _ => {}
        }
    }
    None
}

fn unescaped(text: &str) -> String {
    let mut letters = text.chars();
    let mut plain = String::with_capacity(text.len());
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => plain.extend(letters.next()),
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOM: Whom<'_> = Whom {
        host: "db.example",
        port: 5433,
        database: "shop",
        user: "ann",
    };

    #[test]
    fn a_line_of_a_password_file_means_what_libpq_says() {
        for (line, password) in [
            ("db.example:5433:shop:ann:secret", Some("secret")),
            ("*:*:*:*:any", Some("any")),
            ("*:5433:shop:ann:with:colon", Some("with:colon")),
            (r"*:*:*:*:a\:b\\c", Some(r"a:b\c")),
            ("db.example:5432:shop:ann:secret", None),
            ("db.example:5433:shop:bob:secret", None),
            ("# db.example:5433:shop:ann:secret", None),
            ("db.example:5433:shop", None),
            (r"\*:5433:shop:ann:secret", None),
        ] {
            assert_eq!(password_of(line, &WHOM).as_deref(), password, "{line}");
        }
        let whom = Whom {
            host: "/var/run/postgresql",
            ..WHOM
        };
        let local = "localhost:5433:shop:ann:secret";
        assert_eq!(password_of(local, &whom).as_deref(), Some("secret"));
    }

    #[test]
    fn a_service_is_its_section_alone() {
        let text = "# ours\n[a]\nhost=x\n\n[b]\n host = y \n#port=1\ndbname=z=1\n[b]\nuser=late\n";
        let service = section(text, "b").unwrap().unwrap();
        let pairs: Vec<(&str, &str)> = service
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        assert_eq!(pairs, [("host", "y"), ("dbname", "z=1")]);
        assert_eq!(section(text, "c"), Ok(None));
        assert_eq!(section("[a]\nhost x\n", "a"), Err(2));
    }
}
