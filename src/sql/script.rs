//! Several statements put together for one message, with their number: an answer names a statement by it.

/// SQL text and how many statements are in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// The text; every statement ends with a `;`.
    pub text: String,
    /// How many statements.
    pub statements: usize,
}

impl Script {
    /// Adds one statement, without its `;`.
    pub fn push(&mut self, statement: &str) {
        self.push_text(statement, 1);
    }

    /// Adds a text with several statements. Its last line may be a comment.
    pub fn push_text(&mut self, text: &str, statements: usize) {
        self.text.push_str(text);
        self.text.push_str("\n;");
        self.statements += statements;
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.statements == 0
    }
}
