//! What a statement does, as far as anybody asks: plain values, made by `read` from squawk's syntax tree. Lint rules,
//! measuring and what migrations declare all look at these.

mod column;
mod pieces;
mod read;
mod routine;
mod syntax;
mod table;

use std::ops::Range;

use super::name::Name;

#[cfg(feature = "lint")]
pub(crate) use pieces::Unreadable;
pub(crate) use pieces::read;

/// One statement.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    /// Its bytes in the file, from its first token to its last.
    pub(crate) span: Range<usize>,
    pub(crate) action: Action,
}

/// What it does.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    CreateTable(CreateTable),
    AlterTable {
        table: Name,
        changes: Vec<Change>,
    },
    DropTable {
        tables: Vec<Name>,
    },
    CreateIndex(CreateIndex),
    DropIndex {
        indexes: Vec<Name>,
        concurrently: bool,
    },
    Reindex {
        /// The table or index; nothing for a schema or a database.
        target: Option<Name>,
        is_index: bool,
        concurrently: bool,
    },
    CreateView(CreateView),
    DropView {
        views: Vec<Name>,
    },
    /// `alter view … rename to` and `set schema`.
    MoveView {
        view: Name,
        to: Move,
    },
    RefreshView {
        view: Name,
        concurrently: bool,
    },
    CreateRoutine(CreateRoutine),
    AlterRoutine(AlterRoutine),
    CreateAggregate {
        name: Name,
        replaces: bool,
    },
    /// Functions, procedures and aggregates.
    DropRoutine {
        routines: Vec<Name>,
    },
    DropSchema {
        schemas: Vec<String>,
    },
    /// `create`, `alter` or `drop policy`.
    Policy {
        table: Name,
    },
    /// `create` or `drop trigger`.
    Trigger {
        table: Name,
        /// What it calls; nothing when it is dropped.
        function: Option<Name>,
    },
    CreateRule {
        table: Name,
    },
    Grant {
        to_public: bool,
        /// What is granted, in the statement's own words.
        what: String,
    },
    Update {
        table: Name,
    },
    Delete {
        table: Name,
    },
    Insert {
        table: Name,
        /// From a query that reads rows, not from `values`.
        from_query: bool,
    },
    Truncate {
        tables: Vec<Name>,
        cascade: bool,
    },
    LockTable {
        tables: Vec<Name>,
    },
    /// `cluster`, `vacuum full` and `repack`.
    Rewrite {
        table: Option<Name>,
    },
    /// `alter domain … add constraint` or `set not null`.
    ConstrainDomain {
        domain: Name,
        not_valid: bool,
    },
    AddEnumValue {
        name: Name,
        value: String,
    },
    Comment {
        /// `table`, `view`, `function` …
        kind: String,
        target: Name,
    },
    /// `set … = …`, also `set local`.
    Set {
        setting: String,
        value: String,
    },
    /// A block whose body is run at once.
    Do,
    /// Anything else.
    Other,
}

#[derive(Clone, Debug)]
pub(crate) struct CreateTable {
    pub(crate) table: Name,
    /// The bytes of the name.
    pub(crate) name_span: Range<usize>,
    pub(crate) columns: Vec<Column>,
    pub(crate) constraints: Vec<Constraint>,
    pub(crate) if_not_exists: bool,
    pub(crate) partition_of: Option<Name>,
    pub(crate) inherits: Vec<Name>,
    /// `like`: the other table, and how many of `columns` stand before it.
    pub(crate) likes: Vec<(Name, usize)>,
    pub(crate) temporary: bool,
    /// `create table … as`, `like` and typed tables: the columns are not all written here.
    pub(crate) columns_are_elsewhere: bool,
}

impl CreateTable {
    /// Its constraints, those written beside columns included.
    pub(crate) fn all_constraints(&self) -> impl Iterator<Item = &Constraint> {
        let of_columns = self.columns.iter().flat_map(|column| &column.constraints);
        self.constraints.iter().chain(of_columns)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) span: Range<usize>,
    /// The type's canonical name with its modifier: `timestamptz`, `varchar(20)`, `numeric(12,2)`.
    pub(crate) kind: String,
    /// The bytes of the type.
    pub(crate) kind_span: Range<usize>,
    pub(crate) not_null: bool,
    pub(crate) default: bool,
    /// The functions that its default calls.
    pub(crate) default_calls: Vec<Name>,
    /// `generated always as (…)`.
    pub(crate) generated: bool,
    pub(crate) generated_stored: bool,
    pub(crate) identity: bool,
    /// Constraints written beside the column.
    pub(crate) constraints: Vec<Constraint>,
}

#[derive(Clone, Debug)]
pub(crate) struct Constraint {
    pub(crate) name: Option<String>,
    pub(crate) span: Range<usize>,
    pub(crate) kind: ConstraintKind,
    /// `not valid` or `not enforced`: no row is looked at.
    pub(crate) not_valid: bool,
    /// Columns of this table; for a check that says `c is not null`, that column.
    pub(crate) columns: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ConstraintKind {
    /// Whether it says no more than `column is not null`.
    Check {
        only_not_null: bool,
    },
    ForeignKey {
        parent: Name,
        parent_columns: Vec<String>,
        /// Whether it changes or deletes rows of its own table: `cascade`, `set null`, `set default`.
        acts: bool,
    },
    PrimaryKey {
        using_index: bool,
    },
    Unique {
        using_index: bool,
    },
    Exclude,
    NotNull,
}

/// What a table or view is called from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// `rename to`.
    Name(String),
    /// `set schema`.
    Schema(String),
}

/// One action of `alter table`.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) span: Range<usize>,
    pub(crate) kind: ChangeKind,
}

#[derive(Clone, Debug)]
pub(crate) enum ChangeKind {
    AddColumn(Column),
    DropColumn {
        column: String,
    },
    RenameColumn {
        from: String,
        to: String,
    },
    MoveTable(Move),
    SetType {
        column: String,
        kind: String,
        using: bool,
    },
    SetNotNull {
        column: String,
    },
    DropNotNull {
        column: String,
    },
    AddConstraint(Constraint),
    DropConstraint {
        name: String,
    },
    ValidateConstraint {
        name: String,
    },
    /// `alter constraint … enforced`: every row is looked at.
    EnforceConstraint {
        name: String,
    },
    AttachPartition {
        partition: Name,
    },
    DetachPartition {
        partition: Name,
        concurrently: bool,
    },
    /// `set logged`, `set unlogged`, `set access method`, `set tablespace`.
    Rewrite,
    /// `enable`, `disable`, `force` row level security.
    RowSecurity,
    /// `enable` and `disable trigger`.
    TriggerState,
    /// `set statistics`, `set (fillfactor …)`, `cluster on`: nobody who reads or writes is kept waiting.
    Light,
    Other,
}

#[derive(Clone, Debug)]
pub(crate) struct CreateIndex {
    pub(crate) index: Option<Name>,
    pub(crate) table: Name,
    pub(crate) concurrently: bool,
    pub(crate) if_not_exists: Option<Range<usize>>,
    /// Columns in order; an expression is an empty text.
    pub(crate) columns: Vec<String>,
    pub(crate) partial: bool,
    /// Just behind the word `index`.
    pub(crate) after_index: usize,
}

#[derive(Clone, Debug)]
pub(crate) struct CreateView {
    pub(crate) view: Name,
    pub(crate) materialized: bool,
    pub(crate) temporary: bool,
    pub(crate) security_invoker: bool,
    /// Whether it has a `with (…)` already.
    pub(crate) has_options: bool,
    /// Where a `with (…)` belongs: just behind the name or the column list.
    pub(crate) options_at: usize,
}

#[derive(Clone, Debug)]
pub(crate) struct CreateRoutine {
    pub(crate) name: Name,
    pub(crate) replaces: bool,
    pub(crate) is_procedure: bool,
    pub(crate) language: String,
    /// How many arguments it declares.
    pub(crate) arguments: usize,
    /// `returns trigger` and `returns event_trigger`.
    pub(crate) is_trigger: bool,
    pub(crate) security_definer: bool,
    /// `return …` or `begin atomic … end`: names were resolved when it was created.
    pub(crate) standard_body: bool,
    /// The pinned search path: its value as written and the bytes of the clause.
    pub(crate) search_path: Option<(String, Range<usize>)>,
}

/// `alter function`, `alter procedure`, `alter routine`.
#[derive(Clone, Debug)]
pub(crate) struct AlterRoutine {
    pub(crate) name: Name,
    /// How many arguments it names; nothing where it goes by its name alone.
    pub(crate) arguments: Option<usize>,
    /// `security definer` or `security invoker`.
    pub(crate) security_definer: Option<bool>,
    /// What becomes of its search path: a value as written, or nothing for `reset`; and the bytes of the clause.
    pub(crate) search_path: Option<(Option<String>, Range<usize>)>,
}

impl AlterRoutine {
    /// Whether it may mean the routine.
    pub(crate) fn means(&self, name: &Name, arguments: usize) -> bool {
        name.is(&self.name) && self.arguments.is_none_or(|count| count == arguments)
    }
}
