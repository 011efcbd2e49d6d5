//! A server's error as one of ours: message, SQLSTATE, DETAIL, HINT, CONTEXT, and the place in the user's file.

use tokio_postgres::error::{DbError, ErrorPosition, Severity, SqlState};

use super::{Target, interrupted, lock};
use crate::error::{Error, Filtered, Kind, Place};
use crate::sql::{Answer, FilePart, one_line};

/// Characters of a statement or a context that are shown.
const MOST: usize = 200;

/// A batch that failed: at which of its statements, and how.
#[derive(Debug)]
pub struct BatchFailure {
    /// What the server or the connection said.
    pub error: tokio_postgres::Error,
    /// Statements of the batch that were completed before.
    pub completed: usize,
    /// Whether the user had asked to stop.
    pub cancelled: bool,
    /// Who stood in the way, when it failed for want of a lock.
    pub contention: Option<String>,
}

impl From<tokio_postgres::Error> for BatchFailure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self {
            error,
            completed: 0,
            cancelled: false,
            contention: None,
        }
    }
}

impl BatchFailure {
    /// The SQLSTATE, when it was the server that spoke.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.error.code().map(SqlState::code)
    }

    /// The constraint that a row broke.
    #[must_use]
    pub fn constraint(&self) -> Option<&str> {
        self.error.as_db_error().and_then(DbError::constraint)
    }

    /// The column that was missing a value.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        self.error.as_db_error().and_then(DbError::column)
    }

    /// The failure of SQL that workroom wrote itself.
    #[must_use]
    pub fn of_our_own(self, what: &str) -> Error {
        if let Some(error) = self.not_the_statements_fault() {
            return error;
        }
        let message = format!("{what} failed");
        self.describe(Error::database(message))
    }

    /// The failure of a user's file inside the batch; `message` says what was tried and what became of it, `hint`
    /// what to do once the cause is mended.
    #[must_use]
    pub fn in_file(self, message: String, hint: &str, part: &FilePart<'_>) -> Error {
        if let Some(error) = self.not_the_statements_fault() {
            return error;
        }
        if self.is_disconnected() {
            return self.disconnected(part);
        }
        let error = Error::database(message);
        let error = match part.span(self.answer()) {
            Some(span) => error.at(part.file.place(span)),
            None => error.at(Place::file(&part.file.path)),
        };
        let is_after = part.is_before(self.answer());
        let error = self.describe(error).hint(hint);
        if is_after {
            error.because(
                "it failed after the last statement, when deferred constraints were checked",
            )
        } else {
            error
        }
    }

    /// Whether the server ended the session, or could not be heard any more.
    fn is_disconnected(&self) -> bool {
        match self.error.code() {
            Some(code) => [
                SqlState::ADMIN_SHUTDOWN,
                SqlState::CRASH_SHUTDOWN,
                SqlState::CANNOT_CONNECT_NOW,
            ]
            .contains(code),
            None => true,
        }
    }

    /// Nobody can tell whether a commit that was under way has happened; the history will.
    fn disconnected(self, part: &FilePart<'_>) -> Error {
        let error = Error::database("the connection to the server was lost");
        let error = match part.span(self.answer()) {
            Some(span) => error.at(part.file.place(span)),
            None => error.at(Place::file(&part.file.path)),
        };
        let reason = match self.error.as_db_error() {
            Some(server) => format!("{} ({})", server.message(), server.code().code()),
            None => deepest(&self.error),
        };
        error
            .because(reason)
            .hint("run the same command again: what was committed is recorded, and the rest was rolled back")
    }

    fn not_the_statements_fault(&self) -> Option<Error> {
        if self.cancelled {
            Some(interrupted())
        } else {
            lock::is_lost(&self.error).then(lock::lost)
        }
    }

    /// What it says of the message.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let position = match self.error.as_db_error().and_then(DbError::position) {
            Some(ErrorPosition::Original(position)) => Some(*position as usize),
            _ => None,
        };
        Answer {
            completed: self.completed,
            position,
        }
    }

    fn describe(self, error: Error) -> Error {
        let error = match &self.contention {
            Some(contention) => error.because(contention),
            None => error,
        };
        match self.error.as_db_error() {
            Some(server) => describe(error, server),
            None => error.because(deepest(&self.error)).hint(
                "check that the server is running and reachable, then run the same command again",
            ),
        }
    }
}

/// Adds what the server said.
fn describe(error: Error, server: &DbError) -> Error {
    // The server says "user request" where its clock ran out while it was busy with something else; the user's own
    // request is told apart before.
    let said = match server.message() {
        "canceling statement due to user request" => {
            "the statement was cancelled: statement_timeout ran out, or an administrator cancelled it"
        }
        said => said,
    };
    let mut error = error.because(format!("{said} ({})", server.code().code()));
    error.code = Some(server.code().code().to_owned());
    if let Some(detail) = server.detail() {
        error = error.because(format!("detail: {detail}"));
    }
    if let Some(ErrorPosition::Internal { query, .. }) = server.position() {
        error = error.because(format!("in the statement: {}", one_line(query, MOST)));
    }
    if let Some(place) = server.where_() {
        for line in place.lines().take(4) {
            error = error.because(format!("context: {}", one_line(line, MOST)));
        }
    }
    if is_filtered(server) {
        error.filtered = Some(Filtered {
            message: server.message().to_owned(),
            is_owner: server.hint().is_some(),
        });
        return error.hint("connect as a role that row-level security does not bind: a superuser, or one with BYPASSRLS");
    }
    if let Some(hint) = server.hint() {
        error = error.hint(format!("the server suggests: {hint}"));
    }
    match advice(server) {
        Some(advice) => error.hint(advice),
        None => error,
    }
}

/// Whether row-level security would have filtered the statement. The function of the server's source tells, since the
/// message is in the server's language and its SQLSTATE, 42501, is that of every missing privilege. By it Postgres 15
/// to 18 refuse queries, keys that are validated, and functions whose SQL bodies are checked. To the owner of a table
/// under force it also gives a hint.
fn is_filtered(server: &DbError) -> bool {
    server.routine() == Some("check_enable_rls")
}

/// What usually helps for this SQLSTATE.
fn advice(server: &DbError) -> Option<&'static str> {
    Some(match *server.code() {
        SqlState::INSUFFICIENT_PRIVILEGE => privilege_advice(server.routine().unwrap_or_default()),
        SqlState::LOCK_NOT_AVAILABLE => {
            "run the command again at a quieter time, try longer with `--lock-budget 10min`, or end the process that holds the lock"
        }
        SqlState::UNSAFE_NEW_ENUM_VALUE_USAGE => {
            "a new value of an enum can be used once its transaction is committed: add it in a migration of its own, before this one, and without `--grouped`"
        }
        SqlState::QUERY_CANCELED => {
            "`show statement_timeout` tells the limit; `alter role … reset statement_timeout` or a URL with `?options=-c%20statement_timeout%3D0` lifts it"
        }
        SqlState::DISK_FULL => "free some disk space on the server, then run the command again",
        SqlState::TOO_MANY_CONNECTIONS => "close some connections, or raise max_connections",
        SqlState::READ_ONLY_SQL_TRANSACTION => {
            "this server or role is read-only; connect to the primary"
        }
        _ => return None,
    })
}

/// Who can do what a privilege is missing for, by the function of the server's source that refused it.
fn privilege_advice(routine: &str) -> &'static str {
    match routine {
        "aclcheck_error" | "aclcheck_error_col" | "ATSimplePermissions" => {
            "connect as the owner of what the message names, or as a role that is a member of it, or have it granted"
        }
        "CreateRole" => {
            "an administrator creates the role, or gives this one the right: alter role … createrole"
        }
        "AlterRole" | "DropRole" | "RenameRole" | "AlterRoleSet" => {
            "roles are changed by a superuser, or by a role with CREATEROLE that may administer them: grant … with admin option"
        }
        "check_role_membership_authorization" | "AddRoleMems" | "DelRoleMems" => {
            "a membership is given by a superuser or by who has the role with admin option: grant … to … with admin option"
        }
        "set_config_option_ext" | "set_config_with_handle" | "set_config_option" => {
            "the setting is for superusers: as one, grant set on parameter … to this role"
        }
        _ => "have an administrator do it, or give this role what the message names",
    }
}

/// The innermost reason: tokio-postgres's own texts say only "error connecting to server".
fn deepest(error: &tokio_postgres::Error) -> String {
    let mut reason: &dyn std::error::Error = error;
    while let Some(source) = reason.source() {
        reason = source;
    }
    reason.to_string()
}

/// Whether a pooler refused the start-up parameter `options`: "unsupported startup parameter: options".
pub(super) fn is_unsupported_parameter(error: &tokio_postgres::Error) -> bool {
    error
        .as_db_error()
        .is_some_and(|server| server.message().contains("startup parameter"))
}

/// Whether a server cannot take connections yet: it starts, or recovers from a crash.
pub(super) fn is_starting(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&SqlState::CANNOT_CONNECT_NOW)
}

/// Whether there is no session after this error: the connection broke, or the server ended it.
pub(super) fn ends_session(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_none_or(|server| {
        matches!(
            server.parsed_severity(),
            Some(Severity::Fatal | Severity::Panic)
        )
    })
}

/// The server asks for a password, and nobody has given one.
fn no_password(error: Error, target: &Target) -> Error {
    let error = match &target.open_password_file {
        Some(file) => error
            .because(format!(
                "{} does not count: others may read it",
                file.display()
            ))
            .hint(format!("chmod 600 {}", file.display())),
        None => error,
    };
    error.hint("give it in PGPASSWORD, or in a line of ~/.pgpass: host:port:database:user:password")
}

/// The error for a connection that was not made.
pub(super) fn connecting(target: &Target, error: &tokio_postgres::Error) -> Error {
    let result = Error::new(Kind::Database, format!("cannot connect to {target}"));
    let Some(server) = error.as_db_error() else {
        let own = error.to_string();
        let deepest = deepest(error);
        let result = result.because(&deepest);
        let result = if own == deepest || own.starts_with("error connecting") {
            result
        } else {
            result.because(own)
        };
        if deepest.contains("password missing") {
            return no_password(result, target);
        }
        if deepest.contains("certificate") {
            return result.hint(
                "the server's certificate is not signed by `sslrootcert`, or was made for another host name: \
                 check both, and that the URL names the server that is meant",
            );
        }
        return result
            .hint(
                "check host, port and TLS mode of the database URL, and that the server is running",
            )
            .hint("without a database URL, workroom runs an embedded server");
    };
    let hint = match *server.code() {
        SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            "check user and password; a password may also come from PGPASSWORD or ~/.pgpass"
                .to_owned()
        }
        SqlState::INVALID_CATALOG_NAME => format!(
            "create it with `createdb {}`, or name another database",
            target.database()
        ),
        _ => "check the database URL".to_owned(),
    };
    describe(result, server).hint(hint)
}
