//! What the tests share.

pub(crate) mod server;
pub(crate) mod step;
