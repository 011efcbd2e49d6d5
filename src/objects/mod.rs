//! Repeatable objects: views and functions in `views/`, replaced whenever their text changes.
//!
//! Which object stands on which is found, not declared: an object that names another comes after it.

mod apply;
mod around;
mod definition;
mod dependants;
mod fingerprint;
mod ground;
mod made;
mod moving;
mod order;
mod saved_properties;
mod signature;
mod state;

pub use apply::{adopt, apply};
pub use around::{MovedDependents, failed_statement, is_blocked_by_dependents};
pub use definition::{Definition, ObjectKind, definitions, file_name};
pub use ground::{may_have_moved, may_move, moved};
pub use moving::ManagedObject;
pub use order::ordered;
pub use state::{DeployedObject, DeployedObjects, exists, plan, prepare, state_query};
