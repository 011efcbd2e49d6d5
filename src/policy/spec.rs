//! `policies/<system>.toml` as written. Every name that a later check may complain about keeps its place.
//!
//! The file says who may do what: roles, where a session's tenant, user and role come from, predicates with
//! their two forms, and for each table the matrix role → command → predicate. What is absent is denied.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::accept::AcceptEntry;
use super::sample::SampleValue;
use crate::files::toml::Spanned;

/// A name with its place in the file.
pub(super) type Named = Spanned<String>;

/// `"finance, leadership" = …`: one entry for several names.
pub(super) type ByNames<T> = BTreeMap<Named, T>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyFile {
    #[serde(default)]
    pub(super) policies: SettingsEntry,
    #[serde(default)]
    pub(super) roles: BTreeMap<Named, RoleEntry>,
    pub(super) context: Option<ContextEntry>,
    #[serde(default)]
    pub(super) lookups: BTreeMap<Named, LookupEntry>,
    #[serde(default)]
    pub(super) macros: BTreeMap<Named, MacroEntry>,
    #[serde(default)]
    pub(super) tables: BTreeMap<Named, TableEntry>,
    /// View names → roles that may read them.
    #[serde(default)]
    pub(super) views: ByNames<Vec<Named>>,
    /// Function names → roles that may call them.
    #[serde(default)]
    pub(super) functions: ByNames<Vec<Named>>,
    /// Functions that a definer owns → table → the predicate of its caller that all rows satisfy which it writes there.
    #[serde(default)]
    pub(super) writes: ByNames<BTreeMap<Named, Named>>,
    #[serde(default)]
    pub(super) external: ExternalEntry,
    /// Findings of `policy lint` and survivors of `policy prove --mutate` that are accepted.
    #[serde(default)]
    pub(super) accept: Vec<AcceptEntry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingsEntry {
    /// Where names without a schema are looked for; otherwise the system's first schema.
    pub(super) schema: Option<Named>,
    /// Where look-ups live, reachable by no client.
    pub(super) private_schema: Option<Named>,
    /// The tenant's column, unless a table says otherwise.
    pub(super) tenant_column: Option<String>,
    /// Columns that triggers fill, in every table that has them: nobody may write them.
    #[serde(default)]
    pub(super) kept_by_triggers: Vec<String>,
    /// Objects that a `do` block creates: "auth.users", "auth.uid()", "agency.campaigns.quote_id".
    #[serde(default)]
    pub(super) unseen: Vec<Named>,
    /// Roles that nobody of the file is, and whose grants stay as they are: that of object audit, and of replication.
    #[serde(default)]
    pub(super) grants_kept_for: Vec<Named>,
    pub(super) only_if: Option<OnlyIfEntry>,
    /// The role, of the kind "owner", that owns the system's schemas and what lies in them.
    pub(super) owner: Option<Named>,
    /// Whether PUBLIC loses its right to temporary objects in the database.
    #[serde(default)]
    pub(super) revoke_temporary: bool,
    /// Time-outs of every role that people or back ends come in as.
    #[serde(default)]
    pub(super) timeouts: BTreeMap<Named, Named>,
}

/// Leaves a database alone unless a condition holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OnlyIfEntry {
    /// A boolean SQL expression.
    pub(super) sql: Named,
    /// What to say when it does not hold.
    pub(super) otherwise: String,
}

/// What a role is for.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum RoleKind {
    /// One of the application's roles: `has_role` knows it by its name.
    Application,
    /// The one role of back ends that set the application role as a setting.
    Shared,
    /// Owns look-ups and `security definer` functions; nobody is a member.
    Definer,
    /// Owns the system's schemas and what lies in them, but for what a definer owns; whoever deploys is a member.
    Owner,
    /// Any other role that the matrix may name.
    Group,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleEntry {
    pub(super) kind: RoleKind,
    /// The application's word for it, if it differs from the database role.
    pub(super) name: Option<Named>,
    /// Left as it is found when not stated; a new role cannot log in.
    pub(super) login: Option<bool>,
    #[serde(default)]
    pub(super) bypass_rls: bool,
    #[serde(default)]
    pub(super) member_of: Vec<Spanned<MembershipEntry>>,
    /// `security definer` functions of the migrations that this role owns.
    #[serde(default)]
    pub(super) owns: Vec<Named>,
    /// Its own time-outs: setting → value, "0" for none.
    #[serde(default)]
    pub(super) timeouts: BTreeMap<Named, Named>,
    pub(super) comment: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a role's name, or { role = \"…\", optional = true }"
)]
pub(super) enum MembershipEntry {
    Always(String),
    Maybe(MaybeMember),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MaybeMember {
    pub(super) role: String,
    /// Whether it is left out where the role does not exist.
    pub(super) optional: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContextEntry {
    /// Where the context functions live, if not in the file's schema.
    pub(super) schema: Option<Named>,
    pub(super) tenant: Option<TenantEntry>,
    pub(super) user: Option<UserEntry>,
    pub(super) role: Option<RoleSettingEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TenantEntry {
    /// The setting that is read first.
    pub(super) setting: String,
    /// Failing that, a path in the JSON of `request.jwt.claims`: "app_metadata.tenant_id".
    pub(super) claim: Option<Named>,
    #[serde(rename = "type", default)]
    pub(super) kind: TenantType,
}

/// The type of a tenant's key.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum TenantType {
    /// `uuid`
    #[default]
    Uuid,
    /// `text`
    Text,
    /// `bigint`
    Bigint,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserEntry {
    /// An SQL expression without side effects that gives the signed-in user: "auth.uid()".
    pub(super) sql: Named,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleSettingEntry {
    /// The setting that names the application role, read under the shared role only.
    pub(super) setting: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LookupEntry {
    pub(super) returns: String,
    pub(super) sql: Named,
    /// Tables that it reads; the definer role needs a select cell in each.
    pub(super) reads: Vec<Named>,
    /// How many rows the planner shall expect of a set.
    pub(super) rows: Option<u32>,
    pub(super) comment: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MacroEntry {
    #[serde(default)]
    pub(super) parameters: Vec<String>,
    /// The condition as a template for SQL.
    pub(super) sql: Named,
    /// The same condition in the prover's words, which never go to the server; "none" for a stated reason.
    pub(super) oracle: Named,
    /// Why it has no words.
    pub(super) reason: Option<Named>,
    /// Which group of policies it makes: "owner", "team", "role".
    pub(super) group: Option<String>,
    /// Completes the sentence "rows …" in comments.
    pub(super) says: Option<String>,
    /// The type of the owner's column, when the condition is `{{ owner | ident }} = …`: what `found_by` needs.
    pub(super) compares: Option<Spanned<Compared>>,
}

/// Types that have a least and a greatest value, so that "any" is a range, too.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Compared {
    /// `uuid`
    Uuid,
    /// `integer`
    Integer,
    /// `bigint`
    Bigint,
}

/// How a table is protected.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Every row belongs to a tenant; a restrictive floor keeps tenants apart.
    Tenant,
    /// Rows belong to no tenant.
    Global,
    /// As `global`, and meant to be read by everybody.
    Public,
    /// No client reaches it: only definer roles and roles that bypass row security.
    System,
    /// Without row-level security, for a stated reason.
    Exempt,
    /// Left as it is, with the policies and grants that it has, for a stated reason.
    Unmanaged,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TableEntry {
    pub(super) class: Option<Spanned<Class>>,
    pub(super) reason: Option<String>,
    /// The tenant's column, if it is not the file's `tenant_column`.
    pub(super) tenant: Option<Named>,
    /// The column that names the owner, for macros.
    pub(super) owner: Option<Named>,
    /// The column that names the team or parent, for macros.
    pub(super) team: Option<Named>,
    /// The macro whose rows the shared role's plans shall find by the owner's index.
    pub(super) found_by: Option<Named>,
    #[serde(default)]
    pub(super) matrix: ByNames<MatrixEntry>,
    #[serde(default)]
    pub(super) restrict: Vec<RestrictEntry>,
    /// Columns → the only roles that may read and write them.
    #[serde(default)]
    pub(super) confidential: ByNames<Vec<Named>>,
    /// Columns that nobody may write.
    #[serde(default)]
    pub(super) read_only: Vec<Named>,
    /// Columns → values that the prover fills them with, where it cannot make any up.
    #[serde(default)]
    pub(super) sample: ByNames<Vec<SampleValue>>,
    /// Roles → the only columns they may read.
    #[serde(default)]
    pub(super) select_columns: ByNames<Vec<Named>>,
    /// Roles → the only columns they may give on insert.
    #[serde(default)]
    pub(super) insert_columns: ByNames<Vec<Named>>,
    /// Roles → the only columns they may change.
    #[serde(default)]
    pub(super) update_columns: ByNames<Vec<Named>>,
}

impl TableEntry {
    /// Whether anything follows from it for grants or policies.
    pub(super) fn says_who_may_do_what(&self) -> bool {
        let columns = [
            &self.select_columns,
            &self.insert_columns,
            &self.update_columns,
            &self.confidential,
        ];
        !self.matrix.is_empty()
            || !self.restrict.is_empty()
            || columns.iter().any(|columns| !columns.is_empty())
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MatrixEntry {
    pub(super) select: Option<Spanned<CellEntry>>,
    pub(super) insert: Option<Spanned<CellEntry>>,
    pub(super) update: Option<Spanned<CellEntry>>,
    pub(super) delete: Option<Spanned<CellEntry>>,
}

/// `"owner"`, `["owner", "team"]`, or for updates `{ using = "owner and open", check = "owner" }`, or a list
/// of those.
#[derive(Clone, Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a predicate such as \"owner\", a list of predicates, or { using = \"…\", check = \"…\" }"
)]
pub(super) enum CellEntry {
    // First: a list of two would also do as the two keys of a table.
    Any(Vec<AlternativeEntry>),
    One(AlternativeEntry),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a predicate such as \"owner\", or { using = \"…\", check = \"…\" }"
)]
pub(super) enum AlternativeEntry {
    Predicate(String),
    Checked(CheckedEntry),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckedEntry {
    /// Which rows may be changed.
    pub(super) using: String,
    /// What they must be afterwards.
    pub(super) check: String,
    /// The only columns that may differ afterwards.
    pub(super) columns: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RestrictEntry {
    pub(super) commands: Vec<Spanned<Command>>,
    /// Holds for every role, whatever else allows it.
    pub(super) using: Named,
    pub(super) reason: String,
}

/// A command that policies tell apart.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(rename_all = "lowercase")]
pub enum Command {
    /// `select`
    Select,
    /// `insert`
    Insert,
    /// `update`
    Update,
    /// `delete`
    Delete,
}

impl Command {
    /// All of them, in the order in which policies are made.
    pub const ALL: [Self; 4] = [Self::Select, Self::Insert, Self::Update, Self::Delete];

    /// The SQL word, lower case.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Select => "select",
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExternalEntry {
    /// Functions of other systems that this one's policies and functions call, "auth.uid()" → roles.
    #[serde(default)]
    pub(super) functions: ByNames<Vec<Named>>,
}
