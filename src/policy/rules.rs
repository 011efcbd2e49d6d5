//! Policies: the tenant floor, further restrictions, and one permissive policy for each table, command and
//! predicate, made out to all roles that share it.
//!
//! A cell of the matrix (role, table, command) is therefore the set of that table's policies for the command
//! that name the role: alternatives of a cell are policies of their own, which Postgres joins by OR.

use std::collections::BTreeSet;

use super::model::{Class, Command, Policies, RoleKind, Table};
use super::naming::{names, policy_name, says};
use super::policy_statement::push;
use super::predicate::{Argument, Predicate, Term};
use super::render::{Values, render_piece};
use super::rule::Rule;
use super::session_values::context_values;
use super::statement::Section;
use super::writer::Writer;
use super::{column_limits, paths};
use crate::error::Result;

pub(super) fn write(writer: &mut Writer<'_>) -> Result<()> {
    for table in writer
        .policies
        .tables
        .iter()
        .chain(&writer.policies.elsewhere)
    {
        if table.class == Class::Exempt {
            continue;
        }
        if let Some(tenant) = &table.tenant {
            floor(writer, table, tenant)?;
        }
        restrictions(writer, table)?;
        paths::write(writer, table)?;
        permissive(writer, table)?;
    }
    writer.refuse_twins()
}

fn floor(writer: &mut Writer<'_>, table: &Table, tenant: &str) -> Result<()> {
    let context = Values::new()
        .text("tenant", tenant)
        .text("schema", &writer.policies.context.schema);
    let condition = writer.engine.render("floor", context)?;
    let name = policy_name(&[&table.name, "tenant_isolation"]);
    let sql = writer.engine.render(
        "restrictive",
        Values::new()
            .text("policy", &name)
            .text("schema", &table.schema)
            .text("table", &table.name)
            .sql("command", "all")
            .sql("using", &condition)
            .sql("check", &condition),
    )?;
    let says = "Only rows of the session's tenant, for every role and every command.";
    let roles = table.cells.iter().map(|cell| cell.role).collect();
    push(
        writer,
        Section::Floor,
        table,
        (&name, says),
        sql,
        &table.span,
        &roles,
        "tenant",
    );
    Ok(())
}

fn restrictions(writer: &mut Writer<'_>, table: &Table) -> Result<()> {
    for restriction in &table.restrict {
        for command in &restriction.commands {
            let condition = sql_of(writer.policies, table, &restriction.using)?;
            let rule = format!("only_{}", restriction.using.rule());
            let name = policy_name(&[&table.name, &rule, command.word()]);
            let values = Values::new()
                .text("policy", &name)
                .text("schema", &table.schema)
                .text("table", &table.name)
                .sql("command", command.word());
            let (using, check) = clauses(*command, &condition, &condition);
            let values = values.sql("using", using).sql("check", check);
            let sql = writer.engine.render("restrictive", values)?;
            let roles = table.cells.iter().map(|cell| cell.role).collect();
            let says = restriction.reason.clone();
            push(
                writer,
                Section::Restrictive,
                table,
                (&name, &says),
                sql,
                &restriction.span,
                &roles,
                "restriction",
            );
        }
    }
    Ok(())
}

/// Which clauses a command has.
fn clauses<'a>(command: Command, using: &'a str, check: &'a str) -> (&'a str, &'a str) {
    match command {
        Command::Select | Command::Delete => (using, ""),
        Command::Insert => ("", check),
        Command::Update => (using, check),
    }
}

fn permissive(writer: &mut Writer<'_>, table: &Table) -> Result<()> {
    let policies = writer.policies;
    let mut rules: Vec<Rule<'_>> = Vec::new();
    for cell in &table.cells {
        let role = &policies.roles[cell.role];
        // Where a role may do something to every row, its narrower alternatives add nothing but their cost.
        let is_implied = !cell.is_unconditional()
            && table.cells.iter().any(|other| {
                (other.role, other.command) == (cell.role, cell.command) && other.is_unconditional()
            });
        if role.bypass_rls || is_implied {
            continue;
        }
        let is_application = role.kind == RoleKind::Application;
        let is_open_to_shared =
            is_application && table.is_open_to_shared(policies, cell.command, cell.role);
        let same = rules.iter_mut().find(|rule| {
            rule.command == cell.command
                && rule.is_application == is_application
                && rule.is_open_to_shared == is_open_to_shared
                && (rule.using, rule.check) == (cell.using.as_ref(), cell.check.as_ref())
                && rule.columns == cell.columns.as_ref()
        });
        match same {
            Some(rule) => {
                rule.roles.insert(cell.role);
            }
            None => rules.push(Rule {
                command: cell.command,
                using: cell.using.as_ref(),
                check: cell.check.as_ref(),
                columns: cell.columns.as_ref(),
                is_application,
                is_open_to_shared,
                roles: BTreeSet::from([cell.role]),
                span: cell.span.clone(),
            }),
        }
    }
    rules.sort_by_key(|rule| rule.command);
    let names = names(policies, table, &rules);
    column_limits::write(writer, table, &rules)?;
    for (rule, name) in rules.iter().zip(names) {
        write_rule(writer, table, rule, &name)?;
    }
    Ok(())
}

fn write_rule(writer: &mut Writer<'_>, table: &Table, rule: &Rule<'_>, name: &str) -> Result<()> {
    let policies = writer.policies;
    let guard = if rule.is_application && policies.context.role_setting.is_some() {
        let names = rule.roles.iter().map(|role| &policies.roles[*role].name);
        let values = Values::new().text("schema", &policies.context.schema);
        Some(
            if let (1, Some(only)) = (rule.roles.len(), rule.roles.first()) {
                let values = values
                    .text("names", &policies.roles[*only].name)
                    .flag("is_one", true);
                writer.engine.render("guard", values)?
            } else {
                writer
                    .engine
                    .render("guard", values.texts("names", names).flag("is_one", false))?
            },
        )
    } else {
        None
    };
    let condition = |predicate: Option<&Predicate>| -> Result<String> {
        let Some(predicate) = predicate else {
            return Ok(String::new());
        };
        let parts: Vec<String> = guard
            .clone()
            .into_iter()
            .chain(
                (!predicate.is_all())
                    .then(|| sql_of(policies, table, predicate))
                    .transpose()?,
            )
            .collect();
        Ok(if parts.is_empty() {
            "true".to_owned()
        } else {
            parts.join(" and ")
        })
    };
    let (using, mut check) = (condition(rule.using)?, condition(rule.check)?);
    if let Some(kept) = column_limits::condition(writer, table, rule) {
        check = format!("{check} and {kept}");
    }
    let mut roles = rule.roles.clone();
    if rule.is_open_to_shared {
        roles.extend(policies.shared());
    }
    let sql = writer.engine.render(
        "permissive",
        Values::new()
            .text("policy", name)
            .text("schema", &table.schema)
            .text("table", &table.name)
            .texts(
                "roles",
                roles
                    .iter()
                    .map(|role| &policies.roles[*role].database_role),
            )
            .sql("command", rule.command.word())
            .sql("using", &using)
            .sql("check", &check),
    )?;
    let says = says(policies, rule);
    let group = match (rule.is_application, rule.using.or(rule.check)) {
        (false, _)
            if rule
                .roles
                .iter()
                .any(|role| policies.roles[*role].kind == RoleKind::Definer) =>
        {
            "definer"
        }
        (_, Some(Predicate { terms })) => terms
            .iter()
            .find_map(|term| policies.macros.get(&term.name)?.group.as_deref())
            .unwrap_or("role"),
        _ => "role",
    };
    push(
        writer,
        Section::Permissive,
        table,
        (name, &says),
        sql,
        &rule.span,
        &roles,
        group,
    );
    Ok(())
}

/// A predicate as SQL, each macro in parentheses when it is joined with others.
fn sql_of(policies: &Policies, table: &Table, predicate: &Predicate) -> Result<String> {
    let parts: Vec<String> = predicate
        .terms
        .iter()
        .map(|term| term_sql(policies, table, term))
        .collect::<Result<_>>()?;
    Ok(parts.join(" and "))
}

fn term_sql(policies: &Policies, table: &Table, term: &Term) -> Result<String> {
    let definition = &policies.macros[&term.name];
    let mut values = context_values(policies);
    for (key, column) in [
        ("tenant", &table.tenant),
        ("owner", &table.owner),
        ("team", &table.team),
    ] {
        if let Some(column) = column {
            values = values.text(key, column);
        }
    }
    for (parameter, argument) in definition.parameters.iter().zip(&term.arguments) {
        let (Argument::Column(text) | Argument::Literal(text)) = argument;
        values = values.named(parameter.clone(), text);
    }
    let sql = render_piece(&policies.file, &definition.span, &definition.sql, values)?;
    Ok(format!("({sql})"))
}
