//! What a database has, as the same facts that a rendering establishes: one query, one round trip.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Facts, Key, Kind, fingerprint_of};
use super::model::{Class, Policies};
use super::seal::FUNCTION_DEFINITION_HASH;
use super::seal::POLICY_DEFINITION_HASH;
use super::statements::RenderedPolicies;
use super::writer::belongings;
use crate::database::{Rows, Session};
use crate::error::{Error, Kind as Failure, Result};
use crate::sql::{literal, text_array};

/// What a database has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// What it comes to.
    pub verdict: Verdict,
    /// The facts; read only when they differ from what shall hold.
    pub facts: Facts,
    /// The role that asked.
    pub user: String,
    /// Whether that role is a superuser.
    pub is_superuser: bool,
    /// Whether that role may make roles that bypass row security.
    pub may_bypass: bool,
    /// Roles whose grants somebody's work depends on without reading a row: "audit" or "replication" by role.
    pub watchers: BTreeMap<String, String>,
    /// Policies and functions that are what the file says, and have no seal that fits: those of a copy.
    pub without_seal: BTreeSet<Key>,
}

/// How a database compares with its policy file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All that shall hold does, and nothing else.
    UpToDate,
    /// Something is missing, different or too much.
    Differs,
    /// The file's `only_if` does not hold here.
    LeftAlone,
}

/// SQL that reads the facts: one statement with one result set of text rows for [`read_facts`].
#[must_use]
pub fn facts_query(rendered: &RenderedPolicies) -> String {
    let policies = &rendered.policies;
    let facts = rendered.facts();
    let roles = &policies.roles;
    let with_login = roles.iter().filter(|role| role.login.is_some());
    let optional: Vec<(&str, &str)> = roles
        .iter()
        .flat_map(|role| role.member_of.iter().map(move |member| (role, member)))
        .filter(|(_, (_, optional))| *optional)
        .map(|(role, (of, _))| (role.database_role.as_str(), of.as_str()))
        .collect();
    let of_kind = |kind: Kind| facts.keys().filter(move |key| key.kind == kind);
    let timeouts: Vec<(&Key, &String)> = facts
        .iter()
        .filter(|(key, _)| key.kind == Kind::Role && key.detail.ends_with("_timeout"))
        .collect();
    let only_if = policies.only_if.as_ref();
    let tables = policies.tables.iter();
    let is_of_a_part = |(key, _): &(&Key, &String)| {
        matches!(key.kind, Kind::Table | Kind::Policy | Kind::Grant)
            && policies.tables.iter().any(|table| {
                table.is_part && (&table.schema, &table.name) == (&key.schema, &key.name)
            })
    };
    let parts: Vec<(&Key, &String)> = facts.iter().filter(is_of_a_part).collect();
    let named = named(policies, &facts);
    let columns = [
        ("schemas", text_array(&policies.schemas)),
        (
            "roles",
            text_array(roles.iter().map(|role| &role.database_role)),
        ),
        (
            "roles_with_login",
            text_array(with_login.map(|role| &role.database_role)),
        ),
        (
            "optional_members",
            text_array(optional.iter().map(|(member, _)| member)),
        ),
        (
            "optional_roles",
            text_array(optional.iter().map(|(_, role)| role)),
        ),
        (
            "owned_schemas",
            text_array(of_kind(Kind::Owner).map(|key| &key.schema)),
        ),
        (
            "owned_functions",
            text_array(of_kind(Kind::Owner).map(|key| &key.name)),
        ),
        (
            "external_schemas",
            text_array(of_kind(Kind::External).map(|key| &key.schema)),
        ),
        (
            "external_functions",
            text_array(of_kind(Kind::External).map(|key| &key.name)),
        ),
        (
            "external_roles",
            text_array(of_kind(Kind::External).map(|key| &key.detail)),
        ),
        (
            "timeout_roles",
            text_array(timeouts.iter().map(|(key, _)| &key.name)),
        ),
        (
            "timeout_settings",
            text_array(timeouts.iter().map(|(key, _)| &key.detail)),
        ),
        (
            "timeout_values",
            text_array(timeouts.iter().map(|(_, value)| value)),
        ),
        ("revokes_temporary", policies.revoke_temporary.to_string()),
        (
            "owner",
            policies.owner.map_or("null::text".to_owned(), |at| {
                literal(&roles[at].database_role)
            }),
        ),
        (
            "tolerated_schemas",
            text_array(rendered.tolerated.iter().map(|key| &key.schema)),
        ),
        (
            "tolerated_functions",
            text_array(rendered.tolerated.iter().map(|key| &key.name)),
        ),
        (
            "tolerated_roles",
            text_array(rendered.tolerated.iter().map(|key| &key.detail)),
        ),
        ("kept_grantees", text_array(&policies.kept_grantees)),
        (
            "unmanaged_schemas",
            text_array(policies.unmanaged.iter().map(|table| &table.schema)),
        ),
        (
            "unmanaged_tables",
            text_array(policies.unmanaged.iter().map(|table| &table.name)),
        ),
        (
            "elsewhere_schemas",
            text_array(policies.elsewhere.iter().map(|table| &table.schema)),
        ),
        (
            "elsewhere_tables",
            text_array(policies.elsewhere.iter().map(|table| &table.name)),
        ),
        ("partial_schemas", text_array(policies.partly_managed())),
        (
            "named_schemas",
            text_array(named.iter().map(|(schema, _)| schema)),
        ),
        (
            "named_objects",
            text_array(named.iter().map(|(_, object)| object)),
        ),
        (
            "described_schemas",
            text_array(tables.clone().map(|table| &table.schema)),
        ),
        (
            "described_tables",
            text_array(tables.clone().map(|table| &table.name)),
        ),
        (
            "described_protected",
            text_array(tables.map(|table| match table.class {
                Class::Exempt => "no",
                _ => "yes",
            })),
        ),
        (
            "part_kinds",
            text_array(parts.iter().map(|(key, _)| key.kind.word())),
        ),
        (
            "part_schemas",
            text_array(parts.iter().map(|(key, _)| &key.schema)),
        ),
        (
            "part_names",
            text_array(parts.iter().map(|(key, _)| &key.name)),
        ),
        (
            "part_details",
            text_array(parts.iter().map(|(key, _)| &key.detail)),
        ),
        (
            "part_values",
            text_array(parts.iter().map(|(_, value)| value)),
        ),
        ("expected", literal(&fingerprint_of(&facts))),
        (
            "applies",
            only_if.map_or("true".to_owned(), |only_if| {
                format!("coalesce(({}), false)", only_if.sql)
            }),
        ),
    ];
    let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
    let values: Vec<_> = columns.iter().map(|(_, value)| value.as_str()).collect();
    let query = include_str!("facts.sql")
        .replace("{{belongings}}", belongings(policies).trim_end())
        .replace("{{policy_seal}}", POLICY_DEFINITION_HASH)
        .replace("{{function_seal}}", FUNCTION_DEFINITION_HASH);
    format!(
        "with recursive given ({}) as materialized (select {}),\n{query}",
        names.join(", "),
        values.join(", ")
    )
}

/// What the file speaks of in schemas that it manages in part: views, functions, sequences, and as what may use the
/// schema the roles. Everything else there is left as it is.
fn named(policies: &Policies, facts: &Facts) -> BTreeSet<(String, String)> {
    let granted = facts.keys().filter_map(|key| {
        let name = match key.kind {
            Kind::Grant | Kind::Execute => key.name.clone(),
            Kind::Usage => format!("usage of {}", key.detail),
            _ => return None,
        };
        Some((key.schema.clone(), name))
    });
    let objects = policies.views.iter().chain(&policies.functions);
    let objects = objects.map(|one| (one.schema.clone(), one.name.clone()));
    let all = granted.chain(objects);
    all.filter(|(schema, _)| policies.is_partly_managed(schema))
        .collect()
}

/// Why a system is left as somebody else made it, where its file's `only_if` does not hold in a database that has it.
///
/// # Errors
/// When the condition cannot be asked.
pub async fn left_alone(session: &Session, rendered: &RenderedPolicies) -> Result<Option<String>> {
    let policies = &rendered.policies;
    let Some(only_if) = &policies.only_if else {
        return Ok(None);
    };
    let sql = format!(
        "select not coalesce(({}), false) and exists (select from pg_catalog.pg_namespace where nspname = any ({}));",
        only_if.sql,
        text_array(&policies.schemas)
    );
    let rows = session.run("asking whose a system is", &sql).await?;
    let cell = rows
        .first()
        .and_then(|rows| rows.first()?.first()?.as_deref());
    Ok((cell == Some("t")).then(|| only_if.otherwise.clone()))
}

/// Reads the result set of [`facts_query`]. `None` when it is not one.
#[must_use]
pub fn read_facts(rows: &Rows) -> Option<Live> {
    let mut live = None;
    let mut facts = Facts::new();
    let mut watchers = BTreeMap::new();
    for row in rows {
        let [
            Some(kind),
            Some(schema),
            Some(name),
            Some(detail),
            Some(value),
        ] = row.as_slice()
        else {
            return None;
        };
        if kind == "watcher" {
            watchers.insert(name.clone(), value.clone());
            continue;
        }
        if let Some(kind) = Kind::of_word(kind) {
            facts.insert(Key::new(kind, schema, name, detail), value.clone());
            continue;
        }
        let verdict = match schema.as_str() {
            "up to date" => Verdict::UpToDate,
            "left alone" => Verdict::LeftAlone,
            _ => Verdict::Differs,
        };
        live = Some(Live {
            verdict,
            facts: Facts::new(),
            user: name.clone(),
            is_superuser: detail == "superuser",
            may_bypass: !detail.is_empty(),
            watchers: BTreeMap::new(),
            without_seal: BTreeSet::new(),
        });
    }
    live.map(|live| Live {
        facts,
        watchers,
        ..live
    })
}

pub(super) fn unreadable() -> Error {
    Error::new(
        Failure::Bug,
        "the state of grants and policies could not be read",
    )
}
