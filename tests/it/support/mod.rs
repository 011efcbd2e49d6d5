//! What the tests share.

pub(crate) mod command;
pub(crate) mod debian;
pub(crate) mod notion;
pub(crate) mod project;
pub(crate) mod proof;
pub(crate) mod proxy;
pub(crate) mod server;
pub(crate) mod step;
pub(crate) mod wire;
pub(crate) mod workspace;
