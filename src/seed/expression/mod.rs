//! The small language of `when`, `where` and `value`: columns, `parent.column`, literals, comparison, arithmetic,
//! `and`, `or`, `not`, `between`, `in`, `is null`, and a handful of functions. Never SQL: the server sees none of it.

mod arithmetic;
mod atom;
mod complaint;
mod lexer;
mod parser;

use crate::seed::value::Value;

pub use complaint::Complaint;
pub use parser::{Names, parse};

/// Where a name leads.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The row that it starts from.
    pub root: Root,
    /// The references that it follows.
    pub hops: Vec<Hop>,
    /// What it takes there.
    pub end: End,
}

/// The row that a name starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// The row that is being made.
    Own,
    /// The candidate of a reference's `where` or `weight`.
    It,
    /// The row that links to the candidate, under `via`.
    Via,
}

/// One step from row to row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hop {
    /// To the row that a column refers to.
    Reference(usize),
    /// To the row that this one was made for, by `per` or `calendar`.
    Parent,
    /// To the row before, under the same parent.
    Previous,
}

/// What a name takes from a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// A column's value.
    Column(usize),
    /// The row's place under its parent, from 1.
    Order,
    /// How many rows its parent has.
    Siblings,
    /// The calendar's day.
    Day,
    /// The row's number in its tenant, from 1.
    Row,
    /// The tenant's name.
    Tenant,
    /// The present day of the story.
    Present,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// A literal, or something known when the file is read.
    Constant(Value),
    /// A literal text.
    Text(Box<str>),
    /// A name.
    Path(Path),
    /// Negation of a truth value.
    Not(Box<Self>),
    /// Both.
    And(Box<Self>, Box<Self>),
    /// Either.
    Or(Box<Self>, Box<Self>),
    /// A comparison; with null it is unknown.
    Compare(Comparison, Box<Self>, Box<Self>),
    /// Between two bounds, both included.
    Between(Box<Self>, Box<Self>, Box<Self>),
    /// One of several.
    In(Box<Self>, Vec<Self>),
    /// Whether it is null.
    IsNull(Box<Self>),
    /// Arithmetic.
    Arithmetic(Operator, Box<Self>, Box<Self>),
    /// A function.
    Call(Function, Vec<Self>),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    Different,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

/// Arithmetic over numbers, days and texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `||`
    Concatenate,
}

/// A function of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `round(x, step)`: to a multiple of `step`.
    Round,
    /// `floor(x)`: to the whole number at or below.
    Floor,
    /// `least(a, b, …)`
    Least,
    /// `greatest(a, b, …)`
    Greatest,
    /// `coalesce(a, b, …)`: the first that is not null.
    Coalesce,
    /// `week(day)`: the Monday of its week.
    Week,
    /// `workday(day)`: the day, or the Monday after a weekend.
    Workday,
    /// `lower(text)`
    Lower,
    /// `upper(text)`
    Upper,
    /// `slug(text)`: for addresses.
    Slug,
    /// `if(condition, a, b)`
    If,
}

impl Function {
    /// Name, least and most number of arguments.
    pub(crate) const ALL: [(&'static str, Self, usize, usize); 11] = [
        ("round", Self::Round, 1, 2),
        ("floor", Self::Floor, 1, 1),
        ("least", Self::Least, 1, 9),
        ("greatest", Self::Greatest, 1, 9),
        ("coalesce", Self::Coalesce, 1, 9),
        ("week", Self::Week, 1, 1),
        ("workday", Self::Workday, 1, 1),
        ("lower", Self::Lower, 1, 1),
        ("upper", Self::Upper, 1, 1),
        ("slug", Self::Slug, 1, 1),
        ("if", Self::If, 3, 3),
    ];
}

impl Comparison {
    /// What holds where this does not, and nothing is null.
    const fn negated(self) -> Self {
        match self {
            Self::Equal => Self::Different,
            Self::Different => Self::Equal,
            Self::Less => Self::AtLeast,
            Self::AtMost => Self::Greater,
            Self::Greater => Self::AtMost,
            Self::AtLeast => Self::Less,
        }
    }
}

impl Expression {
    /// What holds where this is false, and not where it is unknown, without any `not` but before `is null`.
    #[must_use]
    pub fn negated(&self) -> Self {
        let boxed = |one: &Self| Box::new(one.clone());
        let compared = |how, one: &Self, other: &Self| Self::Compare(how, boxed(one), boxed(other));
        match self {
            Self::Not(inner) => (**inner).clone(),
            Self::And(one, other) => Self::Or(Box::new(one.negated()), Box::new(other.negated())),
            Self::Or(one, other) => Self::And(Box::new(one.negated()), Box::new(other.negated())),
            Self::Compare(how, one, other) => compared(how.negated(), one, other),
            Self::Between(value, low, high) => Self::Or(
                Box::new(compared(Comparison::Less, value, low)),
                Box::new(compared(Comparison::Greater, value, high)),
            ),
            Self::In(value, options) => {
                let differs = |option| compared(Comparison::Different, value, option);
                let all = options.iter().map(differs);
                let all = all.reduce(|one, other| Self::And(Box::new(one), Box::new(other)));
                all.unwrap_or(Self::Constant(Value::Bool(true)))
            }
            Self::IsNull(_) => Self::Not(boxed(self)),
            other => compared(
                Comparison::Equal,
                other,
                &Self::Constant(Value::Bool(false)),
            ),
        }
    }

    /// Calls `visit` with every name in it.
    pub fn paths(&self, visit: &mut dyn FnMut(&Path)) {
        match self {
            Self::Constant(_) | Self::Text(_) => {}
            Self::Path(path) => visit(path),
            Self::Not(inner) | Self::IsNull(inner) => inner.paths(visit),
            Self::And(one, other)
            | Self::Or(one, other)
            | Self::Compare(_, one, other)
            | Self::Arithmetic(_, one, other) => {
                one.paths(visit);
                other.paths(visit);
            }
            Self::Between(value, low, high) => {
                value.paths(visit);
                low.paths(visit);
                high.paths(visit);
            }
            Self::In(value, options) => {
                value.paths(visit);
                options.iter().for_each(|option| option.paths(visit));
            }
            Self::Call(_, arguments) => arguments.iter().for_each(|argument| argument.paths(visit)),
        }
    }
}
