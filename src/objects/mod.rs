//! Repeatable objects: views and functions in `views/`, replaced whenever their text changes.
//!
//! Which object stands on which is found, not declared: an object that names another comes after it.

mod apply;
mod definition;
mod order;
mod state;

pub use apply::apply;
pub use definition::{Definition, ObjectKind, definitions};
pub use order::ordered;
pub use state::{Deployed, exists_query, plan, prepare, state_query};
