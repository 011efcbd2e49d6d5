//! Who asks, as the conditions of a database say it: the user, the tenant and the claims of the session.

use std::collections::BTreeMap;

use super::tree::{Query, Sql};
use crate::catalog::Catalog;

/// The setting that holds the claims of a JWT, as PostgREST sets it.
const CLAIMS: &str = "request.jwt.claims";

/// Words in names of settings and functions that say who the user is.
const USERS: &[&str] = &["uid", "user", "userid", "person", "sub", "profile"];

/// The same for the tenant.
const TENANTS: &[&str] = &[
    "tenant",
    "org",
    "organisation",
    "organization",
    "company",
    "workspace",
    "team",
    "account",
];

/// What of a session has a word.
#[derive(Clone, Debug, Default)]
pub(super) struct Session {
    /// What gives the user, without casts.
    user: Option<Sql>,
    /// The same as SQL.
    pub(super) user_sql: Option<String>,
    /// What gives the tenant, and the setting behind it.
    tenant: Option<Sql>,
    /// The setting behind it, and the type that it is read as.
    pub(super) tenant_setting: Option<(String, &'static str)>,
}

impl Session {
    /// Finds what most conditions take for the user and for the tenant.
    pub(super) fn of(conditions: &[Sql], catalog: &Catalog) -> Self {
        // The first of what is named equally often, so that the same database gives the same file.
        let mut users: BTreeMap<String, (usize, Sql)> = BTreeMap::new();
        let mut tenants: BTreeMap<String, (usize, Sql, String)> = BTreeMap::new();
        let mut types: BTreeMap<String, &'static str> = BTreeMap::new();
        for condition in conditions {
            visit(condition, &mut |one| {
                if let Sql::Cast(inner, kind) = one {
                    types.entry(text_of(plain(inner))).or_insert(key_type(kind));
                }
                let Some((name, setting)) = source(one, catalog) else {
                    return;
                };
                let sql = text_of(one);
                if says(&name, USERS) {
                    users.entry(sql).or_insert((0, one.clone())).0 += 1;
                } else if let Some(setting) = setting
                    && says(&name, TENANTS)
                {
                    tenants.entry(sql).or_insert((0, one.clone(), setting)).0 += 1;
                }
            });
        }
        let most = |left: usize, right: usize| left > right;
        let mut session = Self::default();
        let mut count = 0;
        for (sql, (times, one)) in users {
            if most(times, count) {
                (count, session.user, session.user_sql) = (times, Some(one), Some(sql));
            }
        }
        // A function of that name would be written over.
        let is_taken = |name: &str| catalog.functions.iter().any(|one| one.name.name == name);
        count = 0;
        for (sql, (times, one, setting)) in tenants {
            if most(times, count) && !is_taken("current_tenant_id") {
                let kind = types.get(&sql).copied();
                let kind = kind.or_else(|| result_of(&one, catalog)).unwrap_or("text");
                (count, session.tenant, session.tenant_setting) =
                    (times, Some(one), Some((setting, kind)));
            }
        }
        session
    }

    /// Whether a call says who asks, so that what it runs does not matter.
    pub(super) fn is_source(sql: &Sql, catalog: &Catalog) -> bool {
        let named = source(sql, catalog);
        claim(sql).is_some()
            || path(sql).is_some()
            || named.is_some_and(|(name, _)| says(&name, USERS) || says(&name, TENANTS))
    }

    /// The word for a value that comes from the session.
    pub(super) fn word(&self, sql: &Sql) -> Option<&'static str> {
        let plain = plain(sql);
        if self.user.as_ref() == Some(plain) {
            return Some("user");
        }
        (self.tenant.as_ref() == Some(plain)).then_some("tenant")
    }
}

/// The path of a claim, if that is what a value is.
pub(super) fn claim(sql: &Sql) -> Option<Vec<String>> {
    match plain(sql) {
        Sql::Call(name, arguments) if arguments.is_empty() => match name.as_str() {
            "auth.email" => Some(vec!["email".to_owned()]),
            "auth.role" => Some(vec!["role".to_owned()]),
            _ => None,
        },
        Sql::Between(left, sign, right) if sign == "->>" => {
            let mut path = path(left)?;
            path.push(key(right)?);
            Some(path)
        }
        _ => None,
    }
}

fn path(sql: &Sql) -> Option<Vec<String>> {
    match plain(sql) {
        Sql::Call(name, arguments) => {
            let is_setting = name == "current_setting"
                && matches!(arguments.first().map(plain), Some(Sql::Text(setting)) if setting == CLAIMS);
            (name == "auth.jwt" || is_setting).then(Vec::new)
        }
        Sql::Between(left, sign, right) if sign == "->" => {
            let mut path = path(left)?;
            path.push(key(right)?);
            Some(path)
        }
        _ => None,
    }
}

fn key(sql: &Sql) -> Option<String> {
    match plain(sql) {
        Sql::Text(key) => Some(key.clone()),
        _ => None,
    }
}

/// A value without what does not change which one it is: casts, `(select …)` around it, `nullif(…, '')`.
pub(super) fn plain(sql: &Sql) -> &Sql {
    match sql {
        Sql::Cast(inner, _) => plain(inner),
        Sql::Query(query) if query.table.is_none() => plain(&query.result),
        Sql::Call(name, arguments)
            if name == "nullif"
                && matches!(arguments.get(1).map(plain), Some(Sql::Text(text)) if text.is_empty()) =>
        {
            plain(&arguments[0])
        }
        other => other,
    }
}

/// What the session says by a function or a setting: the name, and the setting that is read.
fn source(sql: &Sql, catalog: &Catalog) -> Option<(String, Option<String>)> {
    let Sql::Call(name, arguments) = sql else {
        return None;
    };
    if name == "current_setting" {
        let Some(Sql::Text(setting)) = arguments.first().map(plain) else {
            return None;
        };
        let is_claims = setting.starts_with("request.");
        return (!is_claims).then(|| (setting.clone(), Some(setting.clone())));
    }
    let (schema, short) = name.split_once('.')?;
    if !arguments.is_empty() {
        return None;
    }
    let mut functions = catalog.functions.iter();
    let function = functions.find(|one| one.name.schema == schema && one.name.name == short);
    let definition = function.and_then(|one| one.definition.as_deref());
    Some((short.to_owned(), definition.and_then(setting_in)))
}

/// The type of a tenant's key: the last cast is the outermost.
fn key_type(name: &str) -> &'static str {
    match name {
        "uuid" => "uuid",
        "bigint" | "integer" | "smallint" => "bigint",
        _ => "text",
    }
}

/// The type that a function without arguments returns.
fn result_of(sql: &Sql, catalog: &Catalog) -> Option<&'static str> {
    let Sql::Call(name, _) = sql else {
        return None;
    };
    let mut functions = catalog.functions.iter();
    let function = functions.find(|one| one.name.to_string() == *name)?;
    function.result.as_deref().map(key_type)
}

/// The setting that a function reads, if it reads one.
fn setting_in(definition: &str) -> Option<String> {
    let (_, rest) = definition.split_once("current_setting('")?;
    let (name, _) = rest.split_once('\'')?;
    (!name.starts_with("request.")).then(|| name.to_owned())
}

/// Whether a name is that of a key of something: `app.current_user_id`, `uid`; not `is_user_active`.
fn says(name: &str, words: &[&str]) -> bool {
    let name = name.to_ascii_lowercase();
    let parts: Vec<&str> = name.split(['.', '_']).collect();
    let is_key = parts
        .last()
        .is_some_and(|last| *last == "id" || words.contains(last));
    is_key && parts.iter().any(|part| words.contains(part))
}

/// A call as SQL.
fn text_of(sql: &Sql) -> String {
    match sql {
        Sql::Call(name, arguments) if arguments.is_empty() => format!("{name}()"),
        Sql::Call(_, arguments) => match arguments.first().map(plain) {
            Some(Sql::Text(setting)) => format!(
                "nullif(current_setting({}, true), '')",
                crate::sql::literal(setting)
            ),
            _ => String::new(),
        },
        _ => String::new(),
    }
}

/// Calls `see` for a value and everything inside it.
fn visit(sql: &Sql, see: &mut impl FnMut(&Sql)) {
    see(sql);
    let mut of_query = |query: &Query| {
        visit(&query.result, see);
        if let Some(condition) = &query.condition {
            visit(condition, see);
        }
    };
    match sql {
        Sql::Call(_, parts) => parts.iter().for_each(|one| visit(one, see)),
        Sql::Cast(inner, _) | Sql::Not(inner) | Sql::IsNull(inner) => visit(inner, see),
        Sql::Between(left, _, right) => {
            visit(left, see);
            visit(right, see);
        }
        Sql::In(left, list) => {
            visit(left, see);
            list.iter().for_each(|one| visit(one, see));
        }
        Sql::InQuery(left, query) => {
            of_query(query);
            visit(left, see);
        }
        Sql::Exists(query) | Sql::Query(query) => of_query(query),
        Sql::Column(..) | Sql::Text(_) | Sql::Number(_) | Sql::Flag(_) | Sql::Null => {}
    }
}
