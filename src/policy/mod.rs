//! Row-level security: who may do what, declared once, rendered as SQL, applied as the difference.
//!
//! `spec` is the file as written, `resolve` makes it checked values ([`Policies`]), [`render`] makes those
//! statements with the catalog [`Facts`] that each establishes, [`state_query`] reads the same facts from a
//! server, [`plan`] compares the two, and [`apply`] sends what differs.

mod accept;
mod adopt;
mod apply;
mod asked;
mod blank;
mod cells;
mod column_limits;
mod column_list;
mod columns;
mod described;
mod dialect;
mod diff;
mod drift;
mod facts;
mod functions;
mod gone;
mod grants;
pub mod init;
pub mod lint;
mod live;
mod macros;
mod matrix;
mod model;
mod names;
mod naming;
mod one_expression;
mod only_if;
mod paths;
mod patterns;
mod plan;
mod policy_statement;
mod predicate;
mod protect;
mod record;
mod render;
mod resolve;
mod resolver;
mod revoke;
mod rights;
mod rule;
mod rules;
mod sample;
mod seal;
mod session_values;
mod spec;
mod statement;
mod statements;
mod table;
mod templates;
mod text;
mod timeouts;
mod unchanged;
mod unmanaged;
mod unseen;
mod words;
mod writer;
mod writes;

pub use adopt::{Stray, adopt};
mod written;

pub use apply::{apply, reapply_changed};
pub use blank::blank_section;
pub use described::close_described;
pub use dialect::Dialect;
pub use diff::{Change, Diff, compare, diff};
pub use drift::{Attributes, attributes_query, drift, read_attributes};
pub use facts::{Facts, Key, Kind, fingerprint_of};
pub use live::{Live, Verdict, facts_query, left_alone, read_facts};
pub use matrix::{LiveRole, MatrixCell, matrix, read_roles, roles_query};
pub use model::{
    AcceptEntry, Cell, Class, Command, Compared, Context, Granted, Lookup, Macro, OnlyIf, Policies,
    Restriction, Role, RoleIndex, RoleKind, Span, Table, TenantContext, TenantType, Writes,
};
pub use patterns::{Seen, fits};
pub use plan::{Plan, PlannedStatement, plan};
pub use predicate::{Argument, Predicate, Term};
pub use protect::close;
pub use record::{Inputs, Recorded, accept, exists, look_for_changes, read_state, state_query};
pub use rights::missing_rights;
pub use statement::{RenderedStatement, Section};
pub use statements::{RenderedPolicies, load, load_live, render};
pub use text::{Difference, kept_path};
pub use unchanged::read_live;
#[cfg(test)]
pub(crate) use words::parse as read_words;
pub use words::{Expression, Sign, Step, visit};
