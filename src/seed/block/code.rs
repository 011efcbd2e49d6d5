//! Generators and expressions as flat values: every cell is 64 bits whose kind is known before the first row, so that
//! nothing is allocated, cloned or looked up by name while rows are made.

use crate::seed::expression::{Comparison, Function};
use crate::seed::grammar::{After, Date, Number, Reference, Share};
use crate::seed::value::random::Draw;
use crate::seed::value::{UNIT, Value, date, round_to};

/// SQL's null.
pub(crate) const NULL: i64 = i64::MIN;
/// Not computed yet.
pub(super) const UNSET: i64 = i64::MIN + 1;

/// What the 64 bits of a cell are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Null, which is of any kind.
    Nothing,
    /// Ten-thousandths, whole numbers too.
    Number,
    /// Days since 2000-01-01.
    Day,
    /// Microseconds since 2000-01-01.
    Instant,
    /// 0 or 1.
    Truth,
    /// A word's number.
    Word,
    /// The index of a row, whose key in this column is meant.
    Row {
        /// Its table.
        table: usize,
        /// The column of the key.
        column: usize,
    },
}

/// How a cell is computed.
#[derive(Clone, Debug)]
pub(crate) enum Code {
    Constant(i64),
    /// Another column of the row.
    Own(usize),
    Order,
    Siblings,
    Day,
    /// The index of the row that this one is made for.
    Parent,
    /// A column of another row, whose index is computed first.
    Source(usize, Box<Self>),
    /// The index of the candidate of a reference.
    It,
    /// A day as an instant.
    Midnight(Box<Self>),
    Not(Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Compare(Comparison, Box<Self>, Box<Self>),
    /// Whether two rows have the same key: for each where its keys are remembered, and its index.
    SameKey([(usize, Box<Self>); 2]),
    Between(Box<Self>, Box<Self>, Box<Self>),
    In(Box<Self>, Vec<Self>),
    IsNull(Box<Self>),
    Arithmetic(Arithmetic, Box<Self>, Box<Self>),
    Call(Function, Vec<Self>),
    /// Another generator's value, of a column of its own or inside another.
    List(Box<[u32]>),
    /// One of several, each with the threshold up to which it is taken.
    Weighted(Vec<(Self, u64)>),
    Number(Number),
    Date(Date),
    After {
        after: After,
        of: Box<Self>,
        first: Option<Box<Self>>,
        no_later: Option<Box<Self>>,
    },
    Case(Vec<(Option<Self>, Self)>),
    Nth(Vec<Self>),
    /// The place under the parent, from a start.
    Place(i64),
    /// A share of the day, with the key of its draws.
    Share(Share, u64),
    /// A row of another table, whatever its cells are.
    Whole(Whole, usize),
    /// One of the candidates that condition and weight leave.
    Pick(Box<Pick>),
    /// The first of the rows under another that a condition holds for.
    First(Box<First>),
}

/// How a row is picked where all of a table may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whole {
    Any,
    /// The one of the same place.
    Same,
    Turns,
}

impl Whole {
    /// The index of a row among `count`, for the row in this place.
    #[inline]
    pub(super) fn row(self, count: u32, place: u32, draw: &mut Draw) -> i64 {
        match self {
            _ if count == 0 => NULL,
            Self::Any => draw.below(u64::from(count)) as i64,
            Self::Same if place < count => i64::from(place),
            Self::Same => NULL,
            Self::Turns => i64::from(place % count),
        }
    }
}

/// A reference by weight among candidates.
#[derive(Clone, Debug)]
pub(crate) struct Pick {
    /// Where the last answer is kept.
    pub(super) slot: usize,
    pub(super) reference: Reference,
    /// The row that the candidates belong to; none when all do.
    pub(super) anchor: Option<Code>,
    /// What the candidates depend on.
    pub(super) question: Vec<Code>,
    pub(super) among: Among,
    /// The key of the draws that rows of a parent and day share, where each picks another candidate.
    pub(super) distinct: Option<u64>,
}

/// How candidates are found.
#[derive(Clone, Debug)]
pub(super) enum Among {
    /// By the evaluation row by row.
    Asked,
    /// Among all rows of the target, by code.
    All {
        condition: Option<Box<Code>>,
        weight: Option<Box<Code>>,
    },
    /// Those that rows of a linking table lead to, whose column `equal` is what is asked.
    Linked {
        table: usize,
        link: usize,
        equal: usize,
    },
}

/// A reference to the first candidate that will do.
#[derive(Clone, Debug)]
pub(crate) struct First {
    /// Where the candidates are made for other rows.
    pub(super) children: usize,
    pub(super) anchor: Code,
    pub(super) condition: Option<Code>,
}

/// Operators by what they work on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    /// A day so many days later (1) or earlier (-1).
    MoveDay(i64),
    /// An instant, likewise.
    MoveInstant(i64),
    /// Days between two days.
    Days,
    /// Days between two instants.
    Time,
}

/// A value as bits of this kind; nothing when it is of another.
pub(super) fn bits(kind: Kind, value: &Value) -> Option<i64> {
    match (kind, value) {
        (_, Value::Null) => Some(NULL),
        (Kind::Number, Value::Int(_) | Value::Number(_)) => value.number(),
        (Kind::Day, Value::Date(days)) => Some(i64::from(*days)),
        (Kind::Instant, Value::Timestamp(micros)) => Some(*micros),
        (Kind::Truth, Value::Bool(value)) => Some(i64::from(*value)),
        (Kind::Word, Value::Word(word)) => Some(i64::from(*word)),
        _ => None,
    }
}

/// The kind of a value that has one.
pub(super) fn kind_of(value: &Value) -> Option<Kind> {
    Some(match value {
        Value::Null => Kind::Nothing,
        Value::Int(_) | Value::Number(_) => Kind::Number,
        Value::Date(_) => Kind::Day,
        Value::Timestamp(_) => Kind::Instant,
        Value::Bool(_) => Kind::Truth,
        Value::Word(_) => Kind::Word,
        _ => return None,
    })
}

pub(super) fn compare(comparison: Comparison, one: i64, other: i64) -> bool {
    if one == NULL || other == NULL {
        return false;
    }
    match comparison {
        Comparison::Equal => one == other,
        Comparison::Different => one != other,
        Comparison::Less => one < other,
        Comparison::AtMost => one <= other,
        Comparison::Greater => one > other,
        Comparison::AtLeast => one >= other,
    }
}

/// As the row by row evaluation has it; `None` when it does not fit.
pub(super) fn arithmetic(operator: Arithmetic, one: i64, other: i64) -> Option<i64> {
    if one == NULL || other == NULL {
        return Some(NULL);
    }
    let unit = UNIT;
    match operator {
        Arithmetic::Add => one.checked_add(other),
        Arithmetic::Subtract => one.checked_sub(other),
        Arithmetic::Multiply => match one.checked_mul(other) {
            Some(product) => Some(product / unit),
            None => i64::try_from(i128::from(one) * i128::from(other) / i128::from(unit)).ok(),
        },
        Arithmetic::Divide if other == 0 => Some(NULL),
        Arithmetic::Divide => match one.checked_mul(unit) {
            Some(product) => product.checked_div(other),
            None => i64::try_from(i128::from(one) * i128::from(unit) / i128::from(other)).ok(),
        },
        Arithmetic::MoveDay(sign) => Some(i64::from(
            (one as i32).checked_add((sign * (other / unit)) as i32)?,
        )),
        Arithmetic::MoveInstant(sign) => {
            one.checked_add(other.checked_mul(sign * (date::DAY / unit))?)
        }
        Arithmetic::Days => (one - other).checked_mul(unit),
        Arithmetic::Time => Some(one.checked_sub(other)? / (date::DAY / unit)),
    }
    .filter(|result| *result > UNSET)
}

/// Functions of arguments that are computed already.
pub(super) fn call(function: Function, arguments: &[i64]) -> i64 {
    let first = arguments[0];
    match function {
        Function::Least | Function::Greatest => arguments[1..].iter().fold(first, |best, value| {
            let is_better = best == NULL
                || (*value != NULL
                    && if function == Function::Least {
                        *value < best
                    } else {
                        *value > best
                    });
            if is_better { *value } else { best }
        }),
        _ if first == NULL => NULL,
        Function::Round => {
            let step = arguments.get(1).copied().filter(|step| *step != NULL);
            round_to(first, step.unwrap_or(UNIT))
        }
        Function::Floor => first.div_euclid(UNIT) * UNIT,
        Function::Week => i64::from(date::monday(first as i32)),
        Function::Workday => {
            let weekday = i64::from(date::weekday(first as i32));
            if weekday > 4 {
                first + 7 - weekday
            } else {
                first
            }
        }
        _ => NULL,
    }
}

impl Code {
    pub(super) const fn is_constant(&self) -> bool {
        matches!(self, Self::Constant(_))
    }

    /// The codes that it is made of.
    fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Constant(_)
            | Self::Own(_)
            | Self::Order
            | Self::Siblings
            | Self::Day
            | Self::Parent
            | Self::It
            | Self::List(_)
            | Self::Number(_)
            | Self::Date(_)
            | Self::Place(_)
            | Self::Share(..)
            | Self::Whole(..) => Vec::new(),
            Self::Source(_, inner)
            | Self::Midnight(inner)
            | Self::Not(inner)
            | Self::IsNull(inner) => vec![inner],
            Self::And(one, other)
            | Self::Or(one, other)
            | Self::Compare(_, one, other)
            | Self::SameKey([(_, one), (_, other)])
            | Self::Arithmetic(_, one, other) => vec![one, other],
            Self::Between(value, low, high) => vec![value, low, high],
            Self::In(value, options) => std::iter::once(&**value).chain(options).collect(),
            Self::Call(_, parts) | Self::Nth(parts) => parts.iter().collect(),
            Self::Weighted(options) => options.iter().map(|(option, _)| option).collect(),
            Self::After {
                of,
                first,
                no_later,
                ..
            } => {
                let others = first.iter().chain(no_later).map(|code| &**code);
                std::iter::once(&**of).chain(others).collect()
            }
            Self::Case(branches) => branches
                .iter()
                .flat_map(|(condition, result)| condition.iter().chain([result]))
                .collect(),
            Self::Pick(pick) => {
                let mut parts: Vec<&Self> = pick.anchor.iter().chain(&pick.question).collect();
                if let Among::All { condition, weight } = &pick.among {
                    parts.extend(condition.iter().chain(weight).map(|code| &**code));
                }
                parts
            }
            Self::First(first) => std::iter::once(&first.anchor)
                .chain(&first.condition)
                .collect(),
        }
    }

    /// The columns of the own row that it reads.
    pub(super) fn reads(&self, visit: &mut dyn FnMut(usize)) {
        if let Self::Own(column) = self {
            visit(*column);
        }
        for part in self.parts() {
            part.reads(visit);
        }
    }

    /// Whether it stays as it is from one row of a parent and day to the next.
    pub(super) fn is_steady(&self, own: &dyn Fn(usize) -> bool) -> bool {
        match self {
            Self::Own(column) => own(*column),
            Self::Order
            | Self::List(_)
            | Self::Weighted(_)
            | Self::Number(_)
            | Self::Date(_)
            | Self::After { .. }
            | Self::Nth(_)
            | Self::Place(_)
            | Self::Share(..)
            | Self::Whole(..)
            | Self::Pick(_)
            | Self::First(_) => false,
            _ => self.parts().iter().all(|part| part.is_steady(own)),
        }
    }
}
