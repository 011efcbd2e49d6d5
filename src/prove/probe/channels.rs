//! Views and functions through which rows come out, and with what they are called.

use super::ProbeContext;
use super::rights::{is_accepted, is_named, lender};
use crate::catalog::{Function, FunctionKind, RelationKind, Volatility};
use crate::policy::Writes;
use crate::prove::world::value_sql;
use crate::sql::identifier;

/// Calls of one function, each with other arguments.
const CALLS: usize = 4;

/// A view or function that shows rows, and the query that fingerprints all that it shows.
pub(in crate::prove) struct Channel<'a> {
    /// `agency.v_totals`, `agency.totals(uuid)#0`
    pub(in crate::prove) label: String,
    /// A query with one value.
    pub(in crate::prove) sql: String,
    /// Where the file speaks of it, if it does.
    pub(in crate::prove) granted: Option<usize>,
    /// Who may always ask.
    pub(in crate::prove) owner: String,
    /// The function, if it is one.
    pub(in crate::prove) function: Option<&'a Function>,
    /// The role with whose rights the file has it run, if not with the caller's.
    pub(in crate::prove) lender: Option<&'a str>,
    /// What the file has it write for its caller.
    pub(in crate::prove) writes: Vec<&'a Writes>,
    /// A statement that calls it for what it does, if it may do something.
    pub(in crate::prove) act: Option<String>,
    /// Whether it also tells whose rows it shows.
    pub(in crate::prove) tenant_sql: Option<String>,
    /// A query that makes its rows anew, for a materialized view.
    pub(in crate::prove) refresh: Option<String>,
}

/// Views and functions of the system that somebody could ask.
pub(in crate::prove) fn channels<'a>(
    context: &ProbeContext<'a>,
    tenant: Option<&str>,
) -> Vec<Channel<'a>> {
    let policies = context.intent.policies;
    let mut channels = Vec::new();
    for view in &context.catalog.relations {
        let is_view = matches!(
            view.kind,
            RelationKind::View | RelationKind::MaterializedView | RelationKind::ForeignTable
        );
        if !is_view || !policies.schemas.contains(&view.name.schema) {
            continue;
        }
        let has_tenant = tenant.filter(|tenant| {
            context
                .catalog
                .columns_of(&view.name)
                .any(|column| column.name == **tenant)
        });
        let granted = policies
            .views
            .iter()
            .position(|one| one.schema == view.name.schema && one.name == view.name.name);
        // Beside tables that are left as they are, so are views that the file does not name.
        if granted.is_none() && policies.is_partly_managed(&view.name.schema) {
            continue;
        }
        let is_kept = view.kind == RelationKind::MaterializedView;
        channels.push(Channel {
            label: view.name.to_string(),
            sql: fingerprint(&view.name.to_string()),
            granted,
            owner: view.owner.clone(),
            function: None,
            lender: None,
            writes: Vec::new(),
            act: None,
            tenant_sql: has_tenant.map(|tenant| {
                let tenant = identifier(tenant);
                format!(
                    "select string_agg(distinct {tenant}::text, chr(30)) from {}",
                    view.name
                )
            }),
            refresh: is_kept.then(|| format!("refresh materialized view {};", view.name)),
        });
    }
    for function in &context.catalog.functions {
        if function.kind != FunctionKind::Function
            || function.returns_trigger()
            || !policies.schemas.contains(&function.name.schema)
            || policies.private_schema.as_ref() == Some(&function.name.schema)
        {
            continue;
        }
        let granted = policies
            .functions
            .iter()
            .position(|one| is_named(function, &one.schema, &one.name));
        let is_left = policies.is_partly_managed(&function.name.schema);
        if granted.is_none() && (is_left || !function.security_definer)
            || is_accepted(context, function)
        {
            continue;
        }
        for (number, arguments) in arguments(context, function).into_iter().enumerate() {
            let call = format!("{}({arguments})", function.name);
            channels.push(Channel {
                label: format!("{}#{number}", function.label()),
                sql: fingerprint(&call),
                granted,
                owner: function.owner.clone(),
                function: Some(function),
                lender: lender(context, function),
                writes: policies
                    .writes
                    .iter()
                    .filter(|one| is_named(function, &one.schema, &one.name))
                    .collect(),
                act: (function.volatility == Volatility::Volatile)
                    .then(|| format!("select count(*) from {call}")),
                tenant_sql: None,
                refresh: None,
            });
        }
    }
    channels
}

fn fingerprint(from: &str) -> String {
    format!(
        "select coalesce(md5(string_agg(shown::text, chr(30) order by shown::text)), '') from {from} as shown"
    )
}

/// Arguments to call a function with: keys that exist in the fixture, and texts that match much.
fn arguments(context: &ProbeContext<'_>, function: &Function) -> Vec<String> {
    if function.signature.is_empty() {
        return vec![String::new()];
    }
    let names: Vec<&str> = function.arguments.split(", ").collect();
    let mut calls = Vec::new();
    for number in 0..CALLS {
        let parts = split(&function.signature)
            .into_iter()
            .enumerate()
            .map(|(at, kind)| {
                let name = names
                    .get(at)
                    .and_then(|argument| argument.split(' ').next())
                    .unwrap_or_default();
                let value = value_for(context, kind.trim(), name, number);
                format!("{}::{kind}", value_sql(value.as_deref()))
            });
        calls.push(parts.collect::<Vec<_>>().join(", "));
    }
    calls.dedup();
    calls
}

fn split(signature: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, letter) in signature.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&signature[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&signature[start..]);
    parts
}

fn value_for(context: &ProbeContext<'_>, kind: &str, name: &str, number: usize) -> Option<String> {
    match kind {
        "uuid" => key_for(context, name, number)
            .filter(|key| key.len() == 36)
            .or_else(|| Some(format!("dddd0000-0000-4000-8000-{number:012x}"))),
        "integer" | "bigint" if name.ends_with("id") => {
            key_for(context, name, number).or_else(|| Some("100".to_owned()))
        }
        "integer" | "bigint" | "smallint" | "numeric" | "double precision" | "real" => {
            Some("100".to_owned())
        }
        "boolean" => Some("true".to_owned()),
        "text" | "character varying" => Some(["v", "%", "v1", ""][number % 4].to_owned()),
        _ => None,
    }
}

/// A key of the table that an argument is named after: `campaign_id` is most likely the key of `campaigns`, and
/// `period` that of `timesheet_periods`.
fn key_for(context: &ProbeContext<'_>, name: &str, number: usize) -> Option<String> {
    let stem = name.strip_suffix("_id").unwrap_or(name);
    let stem = stem.trim_start_matches("p_").trim_start_matches('_');
    let tables = || context.world.tables.iter();
    let table = tables()
        .find(|table| table.name.name.starts_with(stem))
        .or_else(|| {
            tables().find(|table| {
                let name = table.name.name.trim_end_matches('s');
                name.ends_with(&format!("_{stem}"))
            })
        })?;
    // From all over the table: rows beside one another are of one tenant or one owner.
    let row = table.rows.get(number * table.rows.len() / CALLS)?;
    table.key.iter().rev().find_map(|at| row[*at].clone())
}
