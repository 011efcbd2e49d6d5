//! What an oracle consists of.

/// A condition, or a value in one.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// `null`
    Null,
    /// `true`, `false`
    Flag(bool),
    /// A number as written.
    Number(String),
    /// A text.
    Text(String),
    /// `row[name]`: a column that the table or the cell names.
    Named(String),
    /// `row.column`, `employee.user_id`: whose, and which column.
    Column(String, String),
    /// `context.user`, `context.now`
    Context(String),
    /// `context.claims.app_metadata.role`: a path in the claims of the session's JWT.
    Claim(Vec<String>),
    /// `lower(…)`
    Lower(Box<Self>),
    /// `upper(…)`
    Upper(Box<Self>),
    /// `coalesce(…, …)`
    Coalesce(Vec<Self>),
    /// `… + …` and its like, of numbers.
    Sum(Box<Self>, Step, Box<Self>),
    /// `==` and its like.
    Compare(Box<Self>, Sign, Box<Self>),
    /// `in […]`
    In(Box<Self>, Vec<Self>),
    /// `is null`
    IsNull(Box<Self>),
    /// `not …`
    Not(Box<Self>),
    /// `… and …`
    And(Vec<Self>),
    /// `… or …`
    Or(Vec<Self>),
    /// `exists table as name where …`
    Exists {
        /// The table as written.
        table: String,
        /// What its rows are called inside.
        name: String,
        /// Which rows count.
        condition: Box<Self>,
    },
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// `==`
    Equal,
    /// `!=`
    Different,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Sign {
    /// What holds where this does not.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Equal => Self::Different,
            Self::Different => Self::Equal,
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Greater => Self::LessOrEqual,
            Self::GreaterOrEqual => Self::Less,
        }
    }

    /// The same with its sides exchanged.
    #[must_use]
    pub fn turned(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            same => same,
        }
    }
}

/// A step of a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Times,
}

/// What an oracle may consist of, for whoever wrote one that cannot be read.
pub(in crate::policy) const FORMS: &str = "docs/oracle.md has the words: `row.column`, `row[owner]`, `context.user`, `context.claims.name`, 'a text', numbers, \
    `null`; `==`, `!=`, `<`, `<=`, `>`, `>=`, `in […]`, `is null`; `+`, `-`, `*`, `lower(…)`, `upper(…)`, `coalesce(…, …)`; \
    `and`, `or`, `not`, `exists table as name where …`";

/// Calls `see` for an expression and everything inside it.
pub fn visit<'e>(expression: &'e Expression, see: &mut impl FnMut(&'e Expression)) {
    see(expression);
    match expression {
        Expression::Lower(inner)
        | Expression::Upper(inner)
        | Expression::IsNull(inner)
        | Expression::Not(inner) => {
            visit(inner, see);
        }
        Expression::Compare(left, _, right) | Expression::Sum(left, _, right) => {
            visit(left, see);
            visit(right, see);
        }
        Expression::In(left, list) => {
            visit(left, see);
            list.iter().for_each(|one| visit(one, see));
        }
        Expression::And(parts) | Expression::Or(parts) | Expression::Coalesce(parts) => {
            parts.iter().for_each(|one| visit(one, see));
        }
        Expression::Exists { condition, .. } => visit(condition, see),
        _ => {}
    }
}
