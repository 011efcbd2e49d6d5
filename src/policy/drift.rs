//! Drift: what somebody changed since policies were applied, against the policy file and against what was recorded.
//!
//! Roles, grants, policies and row security are compared with the file. What the file does not speak of and
//! policies rely on all the same (owners, view options, how functions run, memberships, publications,
//! partitions) is recorded when policies are applied, in `workroom.policies.attributes`, and compared with that.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Key, Kind};
use super::live::{Live, Verdict};
use super::plan::describe;
use super::statements::RenderedPolicies;
use crate::database::Rows;
use crate::project::Makes;
use crate::report::Check;
use crate::sql::{literal, qualified, text_array};

/// Kind, object and property → value.
pub type Attributes = BTreeMap<(String, String, String), String>;

/// Which database it is, whose numbers do not hold in a copy: the server's major version, and the table of records.
pub(super) const HOME: &str = "pg_catalog.concat(pg_catalog.current_setting('server_version_num')::pg_catalog.int4 / 10000, '.', (\
     select record.oid from pg_catalog.pg_class as record join pg_catalog.pg_namespace as own on own.oid = record.relnamespace \
     where own.nspname = 'workroom' and record.relname = 'policies'))";

/// The attribute that holds it, which is never told as a change.
const HOME_KEY: [&str; 3] = ["record", "texts", "are of"];

/// The same as a key of `workroom.policies.attributes`.
pub(super) fn home_key() -> String {
    HOME_KEY.join("\u{1f}")
}

/// Properties that the server writes itself. A copy may have another text for the same, so that there only having one counts.
pub(super) const TEXTS: [&str; 3] = ["definition", "default", "body"];

/// The query of all attributes, without a semicolon.
pub(super) fn attributes(rendered: &RenderedPolicies) -> String {
    let policies = &rendered.policies;
    attributes_of(
        &text_array(&policies.schemas),
        &text_array(policies.roles.iter().map(|role| &role.database_role)),
        &rendered.project,
    )
}

/// The same for schemas and roles that are given as SQL arrays of names.
pub(super) fn attributes_of(schemas: &str, roles: &str, makes: &Makes) -> String {
    let parts = [
        include_str!("drift.sql"),
        include_str!("drift/tables.sql"),
        include_str!("drift/surroundings.sql"),
        include_str!("drift/server.sql"),
    ];
    parts
        .concat()
        .replace("{{schemas}}", schemas)
        .replace("{{roles}}", roles)
        .replace("{{project}}", &text_array(&makes.schemas))
        .replace("{{extensions}}", &text_array(&makes.extensions))
        .replace("{{home}}", HOME)
}

/// SQL with two result sets of attributes at its end: as they were recorded, and as they are. Where nothing was
/// ever recorded, only the latter.
#[must_use]
pub fn attributes_query(rendered: &RenderedPolicies, is_recorded: bool) -> String {
    if !is_recorded {
        return format!("{};", attributes(rendered));
    }
    format!(
        "select set_config('search_path', 'pg_catalog, pg_temp', true);\
         select parts.key[1], parts.key[2], parts.key[3], record.value \
         from workroom.policies as p cross join lateral pg_catalog.jsonb_each_text(p.attributes) as record \
         cross join lateral (select pg_catalog.string_to_array(record.key, pg_catalog.chr(31))) as parts (key) \
         where p.system = {};{};",
        literal(&rendered.policies.system),
        attributes(rendered)
    )
}

/// Reads one result set of [`attributes_query`].
#[must_use]
pub fn read_attributes(rows: &Rows) -> Attributes {
    let attributes = rows.iter().filter_map(|row| match row.as_slice() {
        [Some(kind), Some(object), Some(property), value] => Some((
            (kind.clone(), object.clone(), property.clone()),
            value.clone().unwrap_or_default(),
        )),
        _ => None,
    });
    attributes.collect()
}

/// What is compared, in the order in which it is shown.
const AREAS: [(&str, &str); 15] = [
    ("roles", "roles and memberships"),
    ("schemas", "schemas"),
    ("row-level-security", "row-level security"),
    ("policies", "policies"),
    ("grants", "grants and default privileges"),
    ("functions", "functions"),
    ("columns", "columns and types"),
    ("owners", "owners"),
    ("views", "view options"),
    ("publications", "publications"),
    ("partitions", "partitions"),
    ("triggers", "triggers and rules"),
    ("constraints", "constraints, indexes and statistics"),
    (
        "surroundings",
        "database, server, settings, extensions and event triggers",
    ),
    ("outside", "what others have made on the tables"),
];

fn area_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Role | Kind::Member => "roles",
        Kind::Belongs => "owners",
        Kind::Schema => "schemas",
        Kind::Table => "row-level-security",
        Kind::Partition => "partitions",
        Kind::Policy => "policies",
        Kind::Usage
        | Kind::Grant
        | Kind::Execute
        | Kind::External
        | Kind::Temporary
        | Kind::Default => "grants",
        Kind::Function | Kind::Owner => "functions",
    }
}

fn area_of_attribute(kind: &str) -> &'static str {
    match kind {
        "role" => "roles",
        "schema" | "relation" => "owners",
        "column" | "type" => "columns",
        "view" => "views",
        "default privileges" => "grants",
        "publication" => "publications",
        "partition" => "partitions",
        "trigger" | "rule" => "triggers",
        "constraint" | "index" | "statistics" => "constraints",
        "database"
        | "event trigger"
        | "parameter"
        | "setting"
        | "catalog"
        | "extension"
        | "language"
        | "large object"
        | "foreign server"
        | "foreign data wrapper"
        | "subscription"
        | "tablespace"
        | "operator" => "surroundings",
        "outside" => "outside",
        _ => "functions",
    }
}

/// One check for each area. `recorded` is `None` where nothing was ever recorded; `declared` are memberships
/// (member, role) that other policy files of the project ask for.
#[must_use]
pub fn drift(
    rendered: &RenderedPolicies,
    live: &Live,
    recorded: Option<&Attributes>,
    now: &Attributes,
    declared: &BTreeSet<(String, String)>,
) -> Vec<Check> {
    let system = &rendered.policies.system;
    let path = &rendered.policies.file.path;
    if live.verdict == Verdict::LeftAlone {
        return Vec::new();
    }
    let mut found: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    if live.verdict == Verdict::Differs {
        for (key, line) in differences(rendered, live) {
            let lines = found.entry(area_of(key.kind)).or_default();
            // A missing role has several attributes.
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    let seen: BTreeSet<String> = found.values().flatten().cloned().collect();
    let unmanaged = rendered.policies.unmanaged.iter();
    let unmanaged: Vec<String> = unmanaged
        .map(|table| qualified(&table.schema, &table.name))
        .collect();
    for (kind, line) in recorded
        .into_iter()
        .flat_map(|was| changed(was, now, declared, &unmanaged))
    {
        if !seen.contains(&line) {
            found
                .entry(area_of_attribute(&kind))
                .or_default()
                .push(line);
        }
    }
    let mut checks = vec![check(
        system,
        "record",
        "record of the last application",
        if recorded.is_some() {
            Vec::new()
        } else {
            vec![
                "nothing says how owners, functions and views were left: run `workroom db migrate`"
                    .to_owned(),
            ]
        },
    )];
    checks.extend(AREAS.iter().map(|(area, name)| {
        let lines = found.remove(area).unwrap_or_default();
        check(system, area, name, lines)
    }));
    for check in checks.iter_mut().filter(|check| !check.passed) {
        check.place = Some(rendered.policies.file.place(0..0));
        check.hint = Some(format!(
            "`workroom policy apply` brings back what {path} speaks of; the rest is for a migration, or `workroom policy drift --accept` takes it as it is"
        ));
    }
    checks
}

fn check(system: &str, area: &str, name: &str, details: Vec<String>) -> Check {
    Check {
        key: format!("drift/{area}"),
        system: system.to_owned(),
        name: name.to_owned(),
        passed: details.is_empty(),
        expected: "as applied".to_owned(),
        found: match details.len() {
            0 => "as applied".to_owned(),
            1 => "1 difference".to_owned(),
            count => format!("{count} differences"),
        },
        details,
        hint: None,
        place: None,
    }
}

/// Facts that do not hold, and facts that nobody asked for.
fn differences(rendered: &RenderedPolicies, live: &Live) -> Vec<(Key, String)> {
    let wanted = rendered.facts();
    let path = &rendered.policies.file.path;
    let is_print = |kind| matches!(kind, Kind::Policy | Kind::Function);
    let mut lines = Vec::new();
    for (key, value) in &wanted {
        let what = describe(key);
        match live.facts.get(key) {
            Some(found) if found == value => {}
            Some(found) if is_print(key.kind) => {
                let how = match (found.as_str(), found.strip_prefix("of ")) {
                    ("altered", _) => "was changed by hand".to_owned(),
                    ("unmanaged", _) => "was replaced by one that workroom did not make".to_owned(),
                    (_, Some(owner)) => format!("belongs to {owner}"),
                    _ => "is of an earlier version of the policy file".to_owned(),
                };
                lines.push((key.clone(), format!("{what} {how}")));
            }
            Some(found) => lines.push((
                key.clone(),
                format!("{what}{}: expected {value}, found {found}", property(key)),
            )),
            None if key.kind == Kind::Temporary => {
                lines.push((key.clone(), format!("{what} was given back")));
            }
            None if key.detail.ends_with("_timeout") => lines.push((
                key.clone(),
                format!("{what}{}: expected {value}, found nothing", property(key)),
            )),
            None => lines.push((key.clone(), format!("{what} is missing"))),
        }
    }
    for (key, value) in live
        .facts
        .iter()
        .filter(|(key, _)| !wanted.contains_key(*key))
    {
        let what = describe(key);
        let line = match key.kind {
            Kind::Partition => continue,
            Kind::Policy if value == "unmanaged" => format!("{what} was not made by workroom"),
            Kind::Grant | Kind::Usage | Kind::Execute | Kind::Default => {
                format!(
                    "{what}: expected nothing, found {}",
                    value.to_ascii_lowercase()
                )
            }
            _ => format!("{what} is not in {path}"),
        };
        lines.push((key.clone(), line));
    }
    lines.extend(open_partitions(live));
    lines
}

/// One line for each table with partitions that row security does not bind.
fn open_partitions(live: &Live) -> Vec<(Key, String)> {
    let mut tables: BTreeMap<(&str, &str), Vec<&Key>> = BTreeMap::new();
    for key in live.facts.keys().filter(|key| key.kind == Kind::Partition) {
        tables
            .entry((&key.schema, &key.name))
            .or_default()
            .push(key);
    }
    let lines = tables.into_iter().filter_map(|((schema, name), keys)| {
        let first = (*keys.first()?).clone();
        let more = match keys.len() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        let table = qualified(schema, name);
        let line = format!(
            "row-level security of {table} is not forced on {}{more}",
            first.detail
        );
        Some((first, line))
    });
    lines.collect()
}

fn property(key: &Key) -> String {
    match key.kind {
        Kind::Role => format!(" ({})", key.detail),
        _ => String::new(),
    }
}

/// Attributes that are not as they were recorded.
fn changed(
    was: &Attributes,
    now: &Attributes,
    declared: &BTreeSet<(String, String)>,
    unmanaged: &[String],
) -> Vec<(String, String)> {
    let keys: BTreeSet<_> = was.keys().chain(now.keys()).collect();
    // Settings of the server are told to some roles only.
    let are_told = |one: &Attributes| one.keys().any(|(_, _, property)| property == "are told");
    let can_tell = are_told(was) && are_told(now);
    let [kind, object, property] = HOME_KEY.map(str::to_owned);
    let home = (kind, object, property);
    let is_copy = was.contains_key(&home) && was.get(&home) != now.get(&home);
    let mut lines = Vec::new();
    for key in keys.into_iter().filter(|key| **key != home) {
        let (kind, object, property) = key;
        if property == "are told" || property == "of the server" && !can_tell {
            continue;
        }
        let (before, after) = (was.get(key), now.get(key));
        let is_text = TEXTS.contains(&property.as_str()) && before.is_some() && after.is_some();
        if before == after || is_copy && is_text {
            continue;
        }
        // `shop.orders`, `shop.orders.total`, `orders_pkey on shop.orders`
        let is_left = |table: &String| {
            let (before, after) = object.split_once(table.as_str()).unwrap_or(("-", "-"));
            (before.is_empty() || before.ends_with(' '))
                && (after.is_empty() || after.starts_with('.'))
        };
        if unmanaged.iter().any(is_left) {
            continue;
        }
        let by_another = property
            .strip_prefix("member of ")
            .is_some_and(|role| declared.contains(&(object.clone(), role.to_owned())));
        if by_another {
            continue;
        }
        let show = |value: Option<&String>| value.map_or("nothing".to_owned(), Clone::clone);
        lines.push((
            kind.clone(),
            format!(
                "{kind} {object}, {property}: expected {}, found {}",
                show(before),
                show(after)
            ),
        ));
    }
    lines
}
