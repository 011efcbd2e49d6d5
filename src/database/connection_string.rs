//! A database URL or a `key=value` string, taken apart: libpq's keys that tokio-postgres does not know, and what must not
//! be repeated because it may be part of a password.

/// libpq's keys that tokio-postgres does not know, or reads otherwise, with libpq's environment variables.
pub(super) const OWN_KEYS: [(&str, &str); 6] = [
    ("sslmode", "PGSSLMODE"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("sslcert", "PGSSLCERT"),
    ("sslkey", "PGSSLKEY"),
    ("service", "PGSERVICE"),
    ("passfile", "PGPASSFILE"),
];

/// The other keys that may be left to the environment, likewise.
pub(super) const KEYS: [(&str, &str); 9] = [
    ("host", "PGHOST"),
    ("hostaddr", "PGHOSTADDR"),
    ("port", "PGPORT"),
    ("user", "PGUSER"),
    ("password", "PGPASSWORD"),
    ("dbname", "PGDATABASE"),
    ("connect_timeout", "PGCONNECT_TIMEOUT"),
    ("application_name", "PGAPPNAME"),
    ("options", "PGOPTIONS"),
];

/// What a text says under the keys that tokio-postgres does not know, in their order.
pub(super) type Own = [Option<String>; OWN_KEYS.len()];

/// Whether an `@` of a URL is where it has no meaning: most likely part of a password that was not percent-encoded, the
/// rest of which would be taken for a host, a database or an option, and shown.
pub(super) fn has_stray_at(text: &str) -> bool {
    let scheme = ["postgres://", "postgresql://"];
    let Some(rest) = scheme.iter().find_map(|scheme| text.strip_prefix(scheme)) else {
        return false;
    };
    let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = before.split_once('/').unwrap_or((before, ""));
    let is_option = |pair: &str| {
        pair.split_once('=')
            .is_some_and(|(key, _)| !key.contains('@'))
    };
    authority.matches('@').count() > 1
        || path.contains('@')
        || query.contains('@') && !query.split('&').all(is_option)
}

/// What is wrong with the text, without a word of it: an option that nobody knows may be the rest of a password with a
/// blank in it.
pub(super) fn cause(error: &tokio_postgres::Error) -> String {
    let said =
        std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    let unknown = said.strip_prefix("unknown option `");
    let name = unknown.and_then(|rest| rest.strip_suffix('`'));
    match name {
        Some(name) if OPTIONS_OF_LIBPQ.contains(&name) => {
            format!("workroom does not know the option `{name}`")
        }
        Some(_) => "it has an option that nobody knows".to_owned(),
        None if said.contains("but got") => {
            "it is not well-formed; a value with a blank stands in quotes".to_owned()
        }
        None => said,
    }
}

/// Options that libpq knows and tokio-postgres does not: these can be named without giving anything away.
const OPTIONS_OF_LIBPQ: &[&str] = &[
    "sslcompression",
    "sslcrl",
    "sslpassword",
    "sslsni",
    "requirepeer",
    "krbsrvname",
    "gsslib",
    "gssencmode",
    "require_auth",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
    "client_encoding",
    "fallback_application_name",
    "replication",
];

/// Takes these keys out of a URL's query or a `key=value` string.
pub(super) fn take_own_keys(text: &str) -> (String, Own) {
    let mut own = Own::default();
    let mut keep = |key: &str, value: &str| {
        let known = OWN_KEYS.iter().position(|(name, _)| *name == key.trim());
        if let Some(at) = known {
            own[at] = Some(value.to_owned());
        }
        known.is_none()
    };
    let is_url = text.starts_with("postgres://") || text.starts_with("postgresql://");
    let rest = if is_url {
        match text.split_once('?') {
            None => text.to_owned(),
            Some((before, query)) => {
                let kept: Vec<_> = query
                    .split('&')
                    .filter(|pair| {
                        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                        keep(key, &percent_decoded(value))
                    })
                    .collect();
                if kept.is_empty() {
                    before.to_owned()
                } else {
                    format!("{before}?{}", kept.join("&"))
                }
            }
        }
    } else {
        pairs(text)
            .into_iter()
            .filter(|(key, value, _)| keep(key, value))
            .map(|(_, _, written)| written)
            .collect::<Vec<_>>()
            .join(" ")
    };
    (rest, own)
}

/// The `key=value` pairs of a connection string as `(key, value, as written)`; quotes and backslashes as in libpq.
fn pairs(text: &str) -> Vec<(&str, String, &str)> {
    let mut pairs = Vec::new();
    let mut rest = text.trim_start();
    while let Some((key, after)) = rest.split_once('=') {
        let start = after.trim_start();
        let quoted = start.starts_with('\'');
        let mut value = String::new();
        let mut end = start.len();
        let mut characters = start.char_indices().skip(usize::from(quoted));
        while let Some((at, character)) = characters.next() {
            match character {
                '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
                '\'' if quoted => {
                    end = at + 1;
                    break;
                }
                blank if !quoted && blank.is_whitespace() => {
                    end = at;
                    break;
                }
                other => value.push(other),
            }
        }
        let written = &rest[..rest.len() - start.len() + end];
        pairs.push((key.trim(), value, written));
        rest = start[end..].trim_start();
    }
    if !rest.is_empty() {
        // Not a pair: left to the parser below, which says what is wrong with it.
        pairs.push((rest, String::new(), rest));
    }
    pairs
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
