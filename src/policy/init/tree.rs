//! A condition as values.

/// A condition, or a value in one.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Sql {
    /// A column, with the table or its other name where the server writes one.
    Column(Option<String>, String),
    Text(String),
    Number(String),
    Flag(bool),
    Null,
    /// A function by its name, with its schema where it is not the server's own.
    Call(String, Vec<Self>),
    Cast(Box<Self>, String),
    /// `=`, `->>`, `and` and whatever else stands between two values.
    Between(Box<Self>, String, Box<Self>),
    Not(Box<Self>),
    IsNull(Box<Self>),
    /// `= any (array[…])`, `in (…)`
    In(Box<Self>, Vec<Self>),
    /// `in (select …)`, `= any (array(select …))`
    InQuery(Box<Self>, Box<Query>),
    Exists(Box<Query>),
    /// `(select …)` as a value.
    Query(Box<Query>),
}

/// A query of one table, or of none.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Query {
    pub(super) result: Sql,
    /// Its name, with its schema, and what its rows are called.
    pub(super) table: Option<(String, String)>,
    pub(super) condition: Option<Sql>,
    /// Whether it runs with the rights of a function's owner, whom no policies bind.
    pub(super) sees_all: bool,
}

impl Query {
    /// Of no table: a value.
    pub(super) fn of(result: Sql) -> Self {
        Self {
            result,
            table: None,
            condition: None,
            sees_all: false,
        }
    }
}

/// What a value is compared with, one after the other.
pub(super) enum Array {
    List(Vec<Sql>),
    Query(Query),
}
