//! The deployment lock of a database that this workroom may write to.

use crate::database::{DeploymentLock, Patience, Session};
use crate::error::Result;
use crate::event::Observer;
use crate::layout::{self, Layout};

/// Takes the deployment lock of a database.
///
/// # Errors
/// When somebody else holds it for too long, and when a later workroom has deployed to this database.
pub async fn take_lock(
    observer: &dyn Observer,
    session: &Session,
    patience: Patience,
) -> Result<Layout> {
    let results = DeploymentLock::take(session, &layout::query(), patience, observer).await?;
    let rows = results.into_iter().next().unwrap_or_default();
    let layout = Layout::read(&rows)?;
    layout::release(session, &rows).await?;
    Ok(layout)
}

/// The same result, with the deployment lock given back after an error: the server would notice the end of the session
/// a moment later than the next run starts.
///
/// # Errors
/// The one that was given.
pub async fn released_unless<T>(session: &Session, result: Result<T>) -> Result<T> {
    if result.is_err() {
        let _ = session.batch(&DeploymentLock::release(session)).await;
    }
    result
}
