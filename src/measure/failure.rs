//! Why a measurement stops, and what of it is about rows.

use super::Work;
use crate::database::BatchFailure;
use crate::error::Error;
use crate::sql::FilePart;

/// What kept work from being measured to its end.
#[derive(Debug)]
pub enum Stopped {
    /// A statement of the work, or something else.
    Failed(Error),
    /// A statement of [`Detour::after`].
    After(BatchFailure),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// "cannot run inside a transaction block".
pub(super) const INSIDE_A_TRANSACTION: &str = "25001";

/// "invalid transaction termination": a block or a procedure that commits cannot do so inside a transaction either.
pub(super) const COMMITS_BY_ITSELF: &str = "2D000";

/// "permission denied": what the owner of a copy may not, who is no superuser.
const INSUFFICIENT_PRIVILEGE: &str = "42501";

/// A statement that failed, with its position, or something else.
pub(super) enum Failure {
    Statement(usize, BatchFailure),
    After(BatchFailure),
    Other(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl Failure {
    pub(super) fn is(&self, sqlstate: &str) -> bool {
        matches!(self, Self::Statement(_, failure) if failure.code() == Some(sqlstate))
    }

    pub(super) fn at(&self) -> usize {
        match self {
            Self::Statement(at, _) => *at,
            Self::After(..) | Self::Other(_) => 0,
        }
    }

    pub(super) fn stopped(self, work: Work<'_>) -> Stopped {
        match self {
            Self::Statement(at, failure) => Stopped::Failed(failed(failure, work, at)),
            Self::After(failure) => Stopped::After(failure),
            Self::Other(error) => Stopped::Failed(error),
        }
    }
}

/// Whether a statement failed because of what rows hold: classes 22 (data) and 23 (constraints).
pub(super) fn is_about_rows(failure: &Failure) -> bool {
    match failure {
        Failure::Statement(_, failure) => failure
            .code()
            .is_some_and(|code| code.starts_with("22") || code.starts_with("23")),
        Failure::After(..) | Failure::Other(_) => false,
    }
}

fn failed(failure: BatchFailure, work: Work<'_>, at: usize) -> Error {
    let part = FilePart::alone(work.file, &work.statements[at..]);
    let message = format!("{} fails on a copy of the schema", work.label);
    if failure.code() == Some(INSUFFICIENT_PRIVILEGE) {
        let way_out = "plan without `--measure`, or put the statement into a migration of its own that an administrator \
             has looked at; an extension is made beforehand when workroom.toml names it under `extensions`";
        let error = failure.in_file(message, way_out, &part);
        return error.because(
            "files are measured as an owner without superuser: programs and files of the server, untrusted languages \
             and settings of the whole server are refused there",
        );
    }
    failure.in_file(
        message,
        "the copy has a few made-up rows in every table that was empty; mend the file, then run the same command again",
        &part,
    )
}
