//! The oracle: who may do what according to the policy file, computed over a snapshot of rows.
//!
//! It knows the matrix and the `oracle` form of the macros. It never asks a server and never reads a policy.

mod coverage;
mod evaluate;
mod variants;

pub(super) use coverage::Coverage;
pub(super) use evaluate::{Given, Truth, evaluate};
pub(super) use variants::{Variant, variants};
