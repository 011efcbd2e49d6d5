//! What is wrong with an expression.

use std::ops::Range;

/// What is wrong with an expression, and where in it.
#[derive(Clone, Debug)]
pub struct Complaint {
    /// Bytes of the expression.
    pub span: Range<usize>,
    /// A sentence.
    pub message: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

impl Complaint {
    /// A complaint about a part of an expression.
    pub fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            suggestion: None,
        }
    }
}
