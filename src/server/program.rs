//! The one place that starts other programs.
//!
//! Whatever lies in the folder of a project must not decide what runs: every program starts in a neutral folder, is
//! looked up in absolute folders only, and gets the variables that a machine needs to reach its package index and its
//! locale, none that load code. A test of the architecture sees to it that nothing else in `src/` starts a program.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Belongs to root everywhere, so nobody can put anything there.
pub(super) const NEUTRAL_FOLDER: &str = "/";

/// Variables that are handed on as they are.
const KEPT: &[&str] = &[
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "TERM",
    "LANG",
    "LANGUAGE",
    "TMPDIR",
    "NETRC",
    "LOCALE_ARCHIVE",
    // Certificates of the machine's own authority.
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    // Proxies; each in lower and upper case.
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "FTP_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
];

/// Lists of folders: the entries that are absolute are handed on. An empty or relative one means the current folder.
const LISTS: &[&str] = &[
    "PATH",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
];

/// How the names of further variables begin that are handed on.
const KEPT_BEGINNINGS: &[&str] = &["LC_", "XDG_", "KRB5"];

/// Settings of package clients by the beginning of their variables: where the index is and how to get there. The others
/// say what is run (`PIP_PYTHON`, `npm_config_script_shell`) or where things are put (`PIP_TARGET`).
const PACKAGE_CLIENTS: &[(&str, &[&str])] = &[
    (
        "PIP_",
        &[
            "INDEX_URL",
            "EXTRA_INDEX_URL",
            "NO_INDEX",
            "FIND_LINKS",
            "TRUSTED_HOST",
            "PROXY",
            "CERT",
            "CLIENT_CERT",
            "CONFIG_FILE",
            "CACHE_DIR",
            "NO_CACHE_DIR",
            "TIMEOUT",
            "DEFAULT_TIMEOUT",
            "RETRIES",
            "USE_FEATURE",
            "USE_DEPRECATED",
            "KEYRING_PROVIDER",
        ],
    ),
    (
        "NPM_CONFIG_",
        &[
            "REGISTRY",
            "PROXY",
            "HTTPS_PROXY",
            "NOPROXY",
            "CA",
            "CAFILE",
            "STRICT_SSL",
            "CACHE",
            "USERCONFIG",
            "GLOBALCONFIG",
            "FETCH_TIMEOUT",
            "FETCH_RETRIES",
        ],
    ),
];

/// A command in the neutral folder with a cleaned environment and nothing to read, run by this process's own user.
/// A name without a folder is looked up on the `PATH` that it gets.
#[must_use]
pub fn isolated(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(NEUTRAL_FOLDER)
        .stdin(Stdio::null())
        .env_clear()
        .envs(cleaned(std::env::vars_os()))
        .env("PWD", NEUTRAL_FOLDER);
    command
}

/// A program that takes over the terminal of this process: it has the folder and the environment of whoever called, but
/// for variables that lead to another server.
pub(super) fn on_terminal(program: &Path) -> Command {
    let mut command = Command::new(program);
    for meant_for_another_server in [
        "PGHOSTADDR",
        "PGSERVICE",
        "PGREQUIREAUTH",
        "PGCHANNELBINDING",
        "DATABASE_URL",
    ] {
        command.env_remove(meant_for_another_server);
    }
    command
}

/// Makes a program start in the neutral folder.
pub(super) fn start_in_neutral_folder(command: &mut Command) {
    command.current_dir(NEUTRAL_FOLDER);
}

/// What of an environment is handed on.
fn cleaned(environment: impl Iterator<Item = (OsString, OsString)>) -> Vec<(OsString, OsString)> {
    environment
        .filter_map(|(name, value)| {
            let text = name.to_str()?;
            if LISTS.contains(&text) {
                let folders: Vec<_> = std::env::split_paths(&value)
                    .filter(|folder| folder.is_absolute())
                    .collect();
                return Some((name, std::env::join_paths(folders).ok()?));
            }
            let upper = text.to_ascii_uppercase();
            let is_kept = KEPT.contains(&upper.as_str())
                || KEPT_BEGINNINGS
                    .iter()
                    .any(|beginning| text.starts_with(beginning))
                || PACKAGE_CLIENTS.iter().any(|(beginning, settings)| {
                    upper
                        .strip_prefix(beginning)
                        .is_some_and(|setting| settings.contains(&setting))
                });
            (is_kept && !value.as_bytes().is_empty()).then_some((name, value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(name: &str, value: &str) -> Option<String> {
        let environment = std::iter::once((OsString::from(name), OsString::from(value)));
        let kept = cleaned(environment).pop();
        kept.map(|(_, value)| value.into_string().unwrap())
    }

    #[test]
    fn what_reaches_the_package_index_is_kept() {
        for name in [
            "https_proxy",
            "NO_PROXY",
            "PIP_INDEX_URL",
            "PIP_CERT",
            "npm_config_registry",
            "NPM_CONFIG_CAFILE",
            "SSL_CERT_FILE",
            "HOME",
            "LC_ALL",
        ] {
            assert_eq!(kept(name, "x").as_deref(), Some("x"), "{name}");
        }
    }

    #[test]
    fn what_loads_code_or_holds_a_password_is_not() {
        for name in [
            "PYTHONPATH",
            "PYTHONSTARTUP",
            "PIP_PYTHON",
            "PIP_TARGET",
            "NODE_OPTIONS",
            "npm_config_script_shell",
            "npm_config_node_options",
            "BASH_ENV",
            "ENV",
            "PERL5OPT",
            "LD_PRELOAD",
            "INIT_CWD",
            "DATABASE_URL",
            "PGPASSWORD",
            "PGOPTIONS",
        ] {
            assert_eq!(kept(name, "x"), None, "{name}");
        }
    }

    #[test]
    fn programs_are_looked_up_in_absolute_folders_only() {
        assert_eq!(
            kept("PATH", ".:/usr/bin::bin:/bin:./x").as_deref(),
            Some("/usr/bin:/bin")
        );
        assert_eq!(kept("LD_LIBRARY_PATH", ":lib").as_deref(), Some(""));
    }

    #[test]
    fn a_program_starts_in_the_neutral_folder_with_nothing_to_read() {
        let output = isolated("sh").args(["-c", "pwd; cat"]).output().unwrap();
        assert_eq!(output.stdout, b"/\n");
    }
}
