//! What a statement does, as far as anybody asks: plain values, made by `read` from squawk's syntax tree. Lint rules,
//! measuring and what migrations declare all look at these.

mod column;
mod index;
mod object;
mod pieces;
mod read;
mod routine;
mod rows;
mod syntax;
mod table;
mod view;

use std::ops::Range;

use super::name::Name;

pub(crate) use index::CreateIndex;
#[cfg(feature = "lint")]
pub(crate) use object::Renamed;
pub(crate) use object::{CreateDomain, Grants, Publish, Rename};
pub(crate) use pieces::Unreadable;
pub(crate) use pieces::read;
pub(crate) use routine::{AlterRoutine, CreateRoutine};
pub(crate) use view::CreateView;

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
    /// Types, domains, sequences; of `drop owned` the roles.
    Drop {
        kind: &'static str,
        names: Vec<Name>,
    },
    /// A new name or schema for anything but a table or a view, or a new name for a part of it.
    Rename(Rename),
    CreateDomain(CreateDomain),
    /// `create type` and `create sequence`.
    CreateNamed {
        name: Name,
    },
    /// `alter type … drop attribute` or `alter attribute … type`.
    ChangeAttribute {
        name: Name,
        dropped: bool,
    },
    /// `create publication` and `alter publication … add` or `set`.
    Publish(Publish),
    /// `alter sequence`, anything but its name and schema.
    AlterSequence {
        sequence: Name,
    },
    /// `alter index … set tablespace`; nothing for all indexes of a tablespace.
    MoveIndex {
        index: Option<Name>,
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
    Grant(Grants),
    Revoke(Grants),
    /// Also the updates of `merge`, of `on conflict`, and those inside of a query.
    Update {
        table: Name,
        /// The statement's tokens in lower case.
        words: Vec<String>,
    },
    Delete {
        table: Name,
        words: Vec<String>,
    },
    Insert {
        table: Name,
        /// From a query that reads rows, not from `values`.
        from_query: bool,
        words: Vec<String>,
    },
    /// A query by itself.
    Select {
        tables: Vec<Name>,
        /// Whether it locks the rows that it reads: `for update` and the like.
        locks_rows: bool,
        words: Vec<String>,
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
    /// `alter domain … add constraint`, `validate constraint` or `set not null`.
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
    /// Whether it is the partition for what no other one takes.
    pub(crate) is_default: bool,
    pub(crate) is_partitioned: bool,
    /// The columns that decide the partition; an expression is an empty text.
    pub(crate) partition_key: Vec<String>,
    /// `of`: the type that its rows have.
    pub(crate) of_type: Option<Name>,
    /// The tables that its query reads, where it is run.
    pub(crate) query: Vec<Name>,
    pub(crate) inherits: Vec<Name>,
    /// `like`: the other table, and how many of `columns` stand before it.
    pub(crate) likes: Vec<(Name, usize)>,
    pub(crate) temporary: bool,
    /// `create foreign table`.
    pub(crate) is_foreign: bool,
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
    /// The words of its `generated always as (…)`.
    pub(crate) generated_from: Vec<String>,
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
    /// Columns of this table; for a check those of which it says `c is not null`.
    pub(crate) columns: Vec<String>,
    /// A check's conditions that hold together, each as its words without outer parentheses; an exclusion as one.
    pub(crate) conditions: Vec<Vec<String>>,
    /// `using index`.
    pub(crate) index: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ConstraintKind {
    Check,
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
        /// Whether it computes anything but the column as the new type.
        using: bool,
        /// Whether it names a collation.
        collates: bool,
    },
    /// `set expression as (…)`.
    SetExpression {
        column: String,
    },
    DropDefault {
        column: String,
    },
    SetDefault {
        column: String,
    },
    DropIdentity {
        column: String,
    },
    /// `add generated always` and `set generated always`: values of a statement's own are refused from then on.
    AlwaysIdentity {
        column: String,
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
        /// The words of its bounds.
        bounds: Vec<String>,
    },
    NoInherit {
        parent: Name,
    },
    ReplicaIdentity {
        nothing: bool,
    },
    DetachPartition {
        partition: Name,
        concurrently: bool,
    },
    /// `set logged`, `set unlogged`, `set access method`, `set tablespace`.
    Rewrite,
    /// `enable`, `disable`, `force` row level security.
    RowSecurity {
        enables: bool,
    },
    /// `enable` and `disable trigger`.
    TriggerState {
        /// `disable trigger all`.
        disables_all: bool,
        enables: bool,
    },
    /// `set statistics`, `set (fillfactor …)`, `cluster on`: nobody who reads or writes is kept waiting.
    Light,
    Other,
}
