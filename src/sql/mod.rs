//! SQL as text: quoting, and where statements begin and end. Knows nothing of a server.

mod batch;
mod declared;
mod isolation;
mod lexer;
mod moment;
mod name;
mod quote;
#[cfg(feature = "lint")]
mod rows;
pub mod search_path;
mod shown;
mod statement;
#[cfg_attr(
    not(feature = "lint"),
    allow(
        dead_code,
        reason = "rules ask for more than policies and verification do"
    )
)]
pub(crate) mod tree;
#[cfg(test)]
pub(crate) mod truths;

pub use batch::{Answer, Batch, FilePart, Inside, Start};
pub(crate) use declared::Parsed;
pub use declared::{Declared, DeclaredColumn, DeclaredTable};
pub use isolation::{isolation_level, sets_transaction};
pub use lexer::{Token, TokenKind, tokens};
pub use moment::{rfc3339, rfc3339_now};
pub use name::{LONGEST_NAME, Name, QualifiedName, catalog_name, cut_off, whole_name};
pub use quote::{identifier, literal, literals_of, qualified, text_array};
#[cfg(feature = "lint")]
pub(crate) use rows::is_bounded;
pub use shown::one_line;
pub use statement::{Statement, is_restriction, split};
