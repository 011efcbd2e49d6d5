//! SQL as text: quoting, and where statements begin and end. Knows nothing of a server.

mod declared;
mod lexer;
mod quote;
mod statement;

pub use declared::{Declared, DeclaredColumn, DeclaredTable, Name};
pub use lexer::{Token, TokenKind, tokens};
pub use quote::{identifier, literal, qualified};
pub use statement::{Statement, split};
