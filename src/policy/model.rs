//! A policy file as checked values: every role, table, column and macro that it names exists.
//!
//! This is the intent that rendering, the matrix, the lints and the prover share.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

pub use super::accept::AcceptEntry;
use super::predicate::Predicate;
pub use super::spec::{Class, Command, Compared, RoleKind, TenantType};
use super::words::Expression;
use crate::error::Place;
use crate::files::TextFile;
use crate::sql::{DeclaredColumn, QualifiedName};

/// Bytes of the policy file.
pub type Span = Range<usize>;

/// An index into [`Policies::roles`].
pub type RoleIndex = usize;

/// A policy file, checked.
#[derive(Clone, Debug)]
pub struct Policies {
    /// The system's name.
    pub system: String,
    /// The file.
    pub file: TextFile,
    /// All schemas of the system, private ones last.
    pub schemas: Vec<String>,
    /// Where names without a schema are looked for.
    pub schema: String,
    /// Where look-ups live.
    pub private_schema: Option<String>,
    /// A condition on the database, and what to say when it does not hold.
    pub only_if: Option<OnlyIf>,
    /// Roles outside of the file whose grants stay as they are.
    pub kept_grantees: Vec<String>,
    /// The role that owns the schemas and what lies in them.
    pub owner: Option<RoleIndex>,
    /// Whether PUBLIC has no right to temporary objects in the database.
    pub revoke_temporary: bool,
    /// Roles in the order of the file.
    pub roles: Vec<Role>,
    /// Where a session's tenant, user and role come from.
    pub context: Context,
    /// Look-ups in the order of the file.
    pub lookups: Vec<Lookup>,
    /// Macros by name.
    pub macros: BTreeMap<String, Macro>,
    /// Tables in the order of the file.
    pub tables: Vec<Table>,
    /// Tables in schemas of somebody else, such as `storage.objects`: they get policies, and everything else of them is
    /// their owner's business.
    pub elsewhere: Vec<Table>,
    /// Tables that are left as they are; nothing but their names is known.
    pub unmanaged: Vec<Table>,
    /// Views that somebody may read.
    pub views: Vec<Granted>,
    /// Functions of the system that somebody may call.
    pub functions: Vec<Granted>,
    /// What functions that a definer owns write for their callers.
    pub writes: Vec<Writes>,
    /// Functions of other systems that somebody may call.
    pub external: Vec<Granted>,
    /// Accepted findings.
    pub accept: Vec<AcceptEntry>,
    /// What of the migrations could not be read.
    pub notes: Vec<String>,
    /// Sections that stand for several tables: schema and pattern.
    pub patterns: Vec<QualifiedName>,
}

/// When to leave a database alone.
#[derive(Clone, Debug)]
pub struct OnlyIf {
    /// A boolean SQL expression.
    pub sql: String,
    /// Said when it does not hold.
    pub otherwise: String,
}

/// A role.
#[derive(Clone, Debug)]
pub struct Role {
    /// The database role.
    pub database_role: String,
    /// What the matrix and the application call it.
    pub name: String,
    /// What it is for.
    pub kind: RoleKind,
    /// Whether it may log in; `None` leaves it as it is.
    pub login: Option<bool>,
    /// Whether policies do not bind it.
    pub bypass_rls: bool,
    /// Roles it is a member of, and whether each is optional.
    pub member_of: Vec<(String, bool)>,
    /// Time-outs that its sessions begin with: setting → value.
    pub timeouts: BTreeMap<&'static str, String>,
    /// Functions that it owns.
    pub owns: Vec<(QualifiedName, Span)>,
    /// For people.
    pub comment: Option<String>,
    /// Where it is declared.
    pub span: Span,
}

/// The session context.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// The schema of the context functions.
    pub schema: String,
    /// `current_tenant_id()`.
    pub tenant: Option<TenantContext>,
    /// The SQL of the signed-in user.
    pub user: Option<(String, Span)>,
    /// The setting of the shared role: `current_user_role()`, `has_role()`, `has_any_role()`.
    pub role_setting: Option<String>,
    /// Where it is declared.
    pub span: Span,
}

/// Where the tenant comes from.
#[derive(Clone, Debug)]
pub struct TenantContext {
    /// The setting.
    pub setting: String,
    /// The path of the claim.
    pub claim: Option<Vec<String>>,
    /// The key's type.
    pub kind: TenantType,
}

/// A look-up: what policies need to know beyond the row at hand.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// Its name in the private schema.
    pub name: String,
    /// The SQL type it returns.
    pub returns: String,
    /// Its query, a template.
    pub sql: String,
    /// Rows that the planner shall expect.
    pub rows: Option<u32>,
    /// For people.
    pub comment: Option<String>,
    /// Where its SQL is written.
    pub span: Span,
}

/// A named condition in its two forms.
#[derive(Clone, Debug)]
pub struct Macro {
    /// Names of its parameters.
    pub parameters: Vec<String>,
    /// For the server, a template.
    pub sql: String,
    /// The variables that `sql` uses.
    pub uses: BTreeSet<String>,
    /// For the prover, as written.
    pub oracle: String,
    /// The same, read; none where it goes without, for [`Macro::reason`].
    pub words: Option<Expression>,
    /// Why it has no words.
    pub reason: Option<String>,
    /// The group of policies it makes.
    pub group: Option<String>,
    /// Completes "rows …".
    pub says: Option<String>,
    /// What the owner's column is compared with, and its type, where the condition is no more than that.
    pub compares: Option<(Compared, String)>,
    /// Where its SQL is written.
    pub span: Span,
}

/// A table and who may do what to it.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// How it is protected.
    pub class: Class,
    /// The tenant's column.
    pub tenant: Option<String>,
    /// The owner's column.
    pub owner: Option<String>,
    /// The team's or parent's column.
    pub team: Option<String>,
    /// Its columns; `None` when no statement shows them.
    pub columns: Option<Vec<DeclaredColumn>>,
    /// Whether it is declared as a partition or a child of another table, and may be dropped without a migration.
    pub is_part: bool,
    /// The columns of its primary key, as far as statements show them.
    pub key: Vec<String>,
    /// The macro whose rows the shared role's plans find by the owner's index, and where that is written.
    pub found_by: Option<(String, Span)>,
    /// The matrix, cell by cell.
    pub cells: Vec<Cell>,
    /// What holds for everybody.
    pub restrict: Vec<Restriction>,
    /// Column → the only roles that may read and write it.
    pub confidential: BTreeMap<String, BTreeSet<RoleIndex>>,
    /// Columns that nobody may write.
    pub read_only: BTreeSet<String>,
    /// Column → values that the prover fills it with.
    pub sample: BTreeMap<String, Vec<String>>,
    /// Role → the only columns it may read.
    pub select_columns: BTreeMap<RoleIndex, BTreeSet<String>>,
    /// Role → the only columns it may give on insert.
    pub insert_columns: BTreeMap<RoleIndex, BTreeSet<String>>,
    /// Role → the only columns it may change.
    pub update_columns: BTreeMap<RoleIndex, BTreeSet<String>>,
    /// Where it is declared.
    pub span: Span,
}

/// One role may do one thing under one condition. Several cells of a role and command are alternatives.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Who.
    pub role: RoleIndex,
    /// What.
    pub command: Command,
    /// Which rows it concerns; none for an insert.
    pub using: Option<Predicate>,
    /// What rows must be afterwards; for inserts and updates.
    pub check: Option<Predicate>,
    /// The only columns that may differ afterwards, besides those that triggers keep; for updates.
    pub columns: Option<BTreeSet<String>>,
    /// Where it is written.
    pub span: Span,
}

/// A condition that holds for everybody.
#[derive(Clone, Debug)]
pub struct Restriction {
    /// On which commands.
    pub commands: Vec<Command>,
    /// The condition.
    pub using: Predicate,
    /// Why.
    pub reason: String,
    /// Where it is written.
    pub span: Span,
}

/// An object and who may use it.
#[derive(Clone, Debug)]
pub struct Granted {
    /// Its schema.
    pub schema: String,
    /// Its name; for a function that shares its name with others, the argument types in parentheses too.
    pub name: String,
    /// Who.
    pub roles: BTreeSet<RoleIndex>,
    /// Where it is written.
    pub span: Span,
}

/// What a function writes with the rights of its owner: rows that are its caller's.
#[derive(Clone, Debug)]
pub struct Writes {
    /// The function's schema.
    pub schema: String,
    /// Its name, as [`Granted::name`].
    pub name: String,
    /// The table, an index into [`Policies::tables`].
    pub table: usize,
    /// What the rows are to its caller, as they are found and as they are left.
    pub predicate: Predicate,
}

impl Policies {
    /// A place in the file.
    #[must_use]
    pub fn place(&self, span: &Span) -> Place {
        self.file.place(span.clone())
    }

    /// Whether a schema holds tables that are left as they are. There only what the file names is closed: the others'
    /// policies and clients need the schema, its functions, views and sequences as they have them.
    #[must_use]
    pub fn is_partly_managed(&self, schema: &str) -> bool {
        self.unmanaged.iter().any(|table| table.schema == schema)
    }

    /// The schemas that hold tables which are left as they are.
    pub fn partly_managed(&self) -> impl Iterator<Item = &String> {
        let schemas = self.schemas.iter();
        schemas.filter(|schema| self.is_partly_managed(schema))
    }

    /// Roles of a kind, in order.
    pub fn roles_of(&self, kind: RoleKind) -> impl Iterator<Item = (RoleIndex, &Role)> {
        self.roles
            .iter()
            .enumerate()
            .filter(move |(_, role)| role.kind == kind)
    }

    /// The role of back ends that set the application role as a setting.
    #[must_use]
    pub fn shared(&self) -> Option<RoleIndex> {
        self.roles_of(RoleKind::Shared).next().map(|(at, _)| at)
    }

    /// The role that owns look-ups.
    #[must_use]
    pub fn definer(&self) -> Option<RoleIndex> {
        self.roles_of(RoleKind::Definer).next().map(|(at, _)| at)
    }
}

impl Context {
    /// The settings that answer for the session's tenant and role, and the claims where they are read.
    pub fn settings(&self) -> impl Iterator<Item = &str> {
        let tenant = self.tenant.iter();
        let claims = tenant
            .clone()
            .filter(|tenant| tenant.claim.is_some())
            .map(|_| "request.jwt.claims");
        tenant
            .map(|tenant| tenant.setting.as_str())
            .chain(self.role_setting.as_deref())
            .chain(claims)
    }
}

impl Cell {
    /// Whether it is for every row, whatever it is made.
    #[must_use]
    pub fn is_unconditional(&self) -> bool {
        let mut conditions = [&self.using, &self.check].into_iter().flatten();
        self.columns.is_none() && conditions.all(Predicate::is_all)
    }
}

impl Table {
    /// The columns that a role is limited to for a command, if it is.
    #[must_use]
    pub fn column_list(&self, command: Command, role: RoleIndex) -> Option<&BTreeSet<String>> {
        match command {
            Command::Select => self.select_columns.get(&role),
            Command::Insert => self.insert_columns.get(&role),
            Command::Update => self.update_columns.get(&role),
            Command::Delete => None,
        }
    }

    /// Whether the shared role may act as an application role here. A grant cannot tell which role a setting
    /// names: where column lists differ, the cells of the limited roles are for their database roles alone.
    #[must_use]
    pub fn is_open_to_shared(
        &self,
        policies: &Policies,
        command: Command,
        role: RoleIndex,
    ) -> bool {
        let own = self.column_list(command, role);
        own.is_none()
            || self
                .cells
                .iter()
                .filter(|cell| cell.command == command)
                .filter(|cell| policies.roles[cell.role].kind == RoleKind::Application)
                .all(|cell| self.column_list(command, cell.role) == own)
    }

    /// The columns that an update limited to some others leaves as they are: neither those, nor what triggers
    /// keep, nor what the server computes, nor what is kept from the definer role and so from whoever is limited.
    #[must_use]
    pub fn kept(&self, definer: Option<RoleIndex>, changing: &BTreeSet<String>) -> Vec<&str> {
        let is_readable = |column: &str| {
            let readers = self.confidential.get(column);
            readers.is_none_or(|readers| definer.is_some_and(|definer| readers.contains(&definer)))
        };
        let columns = self.columns.iter().flatten().filter(|column| {
            !column.generated
                && !changing.contains(&column.name)
                && !self.read_only.contains(&column.name)
                && is_readable(&column.name)
        });
        columns.map(|column| column.name.as_str()).collect()
    }

    /// `schema.name` for people.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }
}
