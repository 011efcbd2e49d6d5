//! Ways to the rows of the shared role.
//!
//! Under the shared role the policies of all application roles are joined by OR, and which of them holds is known
//! only when a statement runs, so that no plan can use the index of the owner's column: a user who sees their own
//! rows reads those of the whole tenant. A way is a restrictive policy that the permissive ones imply, so that it
//! permits nothing and refuses nothing, and that is one range of that column: from the least to the greatest value
//! for roles that see more, from the user to the user for those that do not. A hint, answered when the plan is
//! made, leaves it out of plans that are made for the former. Where a plan is used by another role later, both the
//! range and the permissive policies are still right; only the plan is not the best.

use std::collections::BTreeSet;

use super::model::{Command, Compared, Policies, RoleIndex, RoleKind, Table};
use super::naming::policy_name;
use super::policy_statement::push;
use super::render::{Values, render_piece};
use super::resolver::Resolver;
use super::session_values::context_values;
use super::statement::Section;
use super::writer::Writer;
use crate::error::Result;

impl Compared {
    /// The least and the greatest value, as SQL.
    fn bounds(self) -> [&'static str; 2] {
        match self {
            Self::Uuid => [
                "'00000000-0000-0000-0000-000000000000'::uuid",
                "'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid",
            ],
            Self::Integer => ["(-2147483648)::integer", "2147483647"],
            Self::Bigint => ["(-9223372036854775808)::bigint", "9223372036854775807"],
        }
    }
}

/// Application roles that see nothing of a table but rows of a macro, and those that see more.
fn split(
    is_application: impl Fn(RoleIndex) -> bool,
    table: &Table,
    name: &str,
) -> [BTreeSet<RoleIndex>; 2] {
    let cells = table
        .cells
        .iter()
        .filter(|cell| cell.command == Command::Select && is_application(cell.role));
    let (mut own, mut others) = (BTreeSet::new(), BTreeSet::new());
    for cell in cells {
        let is_own = cell
            .using
            .iter()
            .any(|using| using.terms.iter().any(|term| term.name == name));
        if is_own { &mut own } else { &mut others }.insert(cell.role);
    }
    [own.difference(&others).copied().collect(), others]
}

/// Whether `found_by` of a table can be kept.
pub(super) fn check(resolver: &mut Resolver<'_>, table: &Table) {
    let Some((name, span)) = &table.found_by else {
        return;
    };
    let is = |kind| {
        let roles: BTreeSet<RoleIndex> = (0..resolver.roles.len())
            .filter(|role| resolver.roles[*role].kind == kind)
            .collect();
        roles
    };
    let application = is(RoleKind::Application);
    let [own, others] = split(|role| application.contains(&role), table, name);
    let compares = resolver.macros.get(name).map(|found| &found.compares);
    let (what, hint) = if compares.is_none() {
        (format!("there is no macro `{name}`"), "name a macro")
    } else if compares.is_some_and(Option::is_none) {
        (
            format!("`{name}` does not say what type it compares"),
            "add `compares = \"uuid\"` to the macro",
        )
    } else if table.owner.is_none() {
        (
            format!("{} has no owner to be found by", table.title()),
            "set `owner = \"…\"` to the column that the macro compares",
        )
    } else if is(RoleKind::Shared).is_empty() || !resolver.has_private_schema {
        (
            "there is no shared role whose plans it could help".to_owned(),
            "leave `found_by` out: under database roles the owner's index is used anyway; or set `private_schema`, where its hint lives",
        )
    } else if own.is_empty() || others.is_empty() {
        (
            format!("no plan of {} depends on the role", table.title()),
            "leave `found_by` out: it helps where some roles see only the macro's rows and others see more",
        )
    } else {
        return;
    };
    resolver.mistake_at(span.clone(), what, hint);
}

/// The hint that the ways of all tables share.
pub(super) fn has_any(policies: &Policies) -> bool {
    policies.tables.iter().any(|table| table.found_by.is_some())
}

pub(super) fn write(writer: &mut Writer<'_>, table: &Table) -> Result<()> {
    let policies = writer.policies;
    let (Some((name, span)), Some(shared)) = (&table.found_by, policies.shared()) else {
        return Ok(());
    };
    let definition = &policies.macros[name];
    let (Some((kind, value)), Some(private), Some(owner)) =
        (&definition.compares, &policies.private_schema, &table.owner)
    else {
        return Ok(());
    };
    let is_open = |role: RoleIndex| {
        policies.roles[role].kind == RoleKind::Application
            && table.is_open_to_shared(policies, Command::Select, role)
    };
    let [own, others] = split(is_open, table, name).map(|roles| {
        let names = roles.iter().map(|role| policies.roles[*role].name.clone());
        names.collect::<Vec<_>>()
    });
    // Whoever also has the rights of a group sees what that is permitted.
    let memberships = &policies.roles[shared].member_of;
    let sees_more = table.cells.iter().any(|cell| {
        let role = &policies.roles[cell.role].database_role;
        memberships.iter().any(|(of, _)| of == role)
    });
    if own.is_empty() || others.is_empty() || sees_more {
        return Ok(());
    }
    let context = context_values(policies).text("owner", owner);
    let value = render_piece(&policies.file, &definition.span, value, context)?;
    let [least, greatest] = kind.bounds();
    let policy = policy_name(&[&table.name, "way_to", name, "select"]);
    let sql = writer.engine.render(
        "path",
        Values::new()
            .text("policy", &policy)
            .text("schema", &table.schema)
            .text("table", &table.name)
            .text("shared", &policies.roles[shared].database_role)
            .text("private", private)
            .text("context", &policies.context.schema)
            .text("column", owner)
            .texts("own", &own)
            .texts("others", &others)
            .sql("least", least)
            .sql("greatest", greatest)
            .sql("value", &value),
    )?;
    let says = format!(
        "Implied by what is permitted: lets plans made for {} use the index of {owner}.",
        own.join(", ")
    );
    push(
        writer,
        Section::Path,
        table,
        (&policy, &says),
        sql,
        span,
        &BTreeSet::from([shared]),
        "path",
    );
    Ok(())
}
