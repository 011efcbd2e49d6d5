//! The text of a first file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::Ground;
use super::macros::{Macro, Macros};
use super::section::Section;
use super::session::Session;
use crate::catalog::{Function, Grantee, Name, Privilege, Relation, RelationKind, Target};
use crate::files::toml::{key, quoted};
use crate::policy::accept::AcceptEntry;
use crate::policy::spec::Command;

pub(super) fn file(
    ground: Ground<'_>,
    roles: &[&str],
    session: &Session,
    macros: &Macros<'_>,
    sections: &[Section],
    others: &[&Relation],
) -> String {
    let system = ground.system;
    let schema = system.schemas.first().map_or("public", String::as_str);
    let writer = Writer {
        ground,
        roles,
        schema,
    };
    let mut out = format!(
        "# Who may do what in system {}, as its database had it when `workroom policy init` wrote this file. The SQL of the\n\
         # conditions is the database's own; the words (`oracle`) are proposed from it, for `workroom policy prove` to hold the\n\
         # two against each other. Where they do not say what was meant, one of the two is to be mended.\n\n[policies]\nschema = {}\n",
        system.name,
        quoted(schema)
    );
    let unseen = writer.unseen(sections, others, !others.is_empty());
    if !unseen.is_empty() {
        out.push_str("# What no migration of the project is seen to create.\n");
        let _ = writeln!(out, "unseen = [{}]", list(&unseen, ", "));
    }
    for role in roles {
        writer.role(&mut out, role);
    }
    context(&mut out, session);
    for one in &macros.all {
        write_macro(&mut out, one);
    }
    for section in sections {
        writer.section(&mut out, section);
    }
    for table in others {
        let _ = write!(
            out,
            "\n[tables.{}]\nclass = \"unmanaged\"\nreason = \"not taken over yet\"\n",
            writer.key(&table.name)
        );
    }
    // Beside tables that are left as they are, so are the rest of the views and functions.
    if others.is_empty() {
        writer.granted(&mut out, "views", writer.views());
        writer.granted(&mut out, "functions", writer.functions());
        writer.definers(&mut out);
    }
    out
}

fn list<'a>(names: impl IntoIterator<Item = &'a String>, between: &str) -> String {
    let names: Vec<String> = names.into_iter().map(|name| quoted(name)).collect();
    names.join(between)
}

fn context(out: &mut String, session: &Session) {
    if let Some((setting, kind)) = &session.tenant_setting {
        let _ = write!(
            out,
            "\n[context.tenant]\nsetting = {}\ntype = \"{kind}\"\n",
            quoted(setting)
        );
    }
    if let Some(sql) = &session.user_sql {
        let _ = write!(out, "\n[context.user]\nsql = {}\n", quoted(sql));
    }
}

fn write_macro(out: &mut String, one: &Macro) {
    out.push('\n');
    let from: Vec<&str> = one.from.iter().map(String::as_str).collect();
    let more = from.len().saturating_sub(3);
    let _ = write!(
        out,
        "# {}",
        from[..from.len() - more]
            .join(", ")
            .replace(['\n', '\r'], " ")
    );
    if more > 0 {
        let _ = write!(out, " and {more} more");
    }
    let _ = write!(
        out,
        "\n[macros.{}]\nsql = {}\n",
        one.name,
        template(&one.sql)
    );
    match &one.words {
        Ok(words) => {
            let _ = writeln!(out, "oracle = {}", quoted(&words.to_string()));
        }
        Err(reason) => {
            let _ = write!(out, "oracle = \"none\"\nreason = {}\n", quoted(reason));
        }
    }
}

/// SQL as a template that renders to it.
fn template(sql: &str) -> String {
    let is_marked = ["{{", "{%", "{#"].iter().any(|mark| sql.contains(mark));
    let sql = if is_marked {
        format!("{{% raw %}}{sql}{{% endraw %}}")
    } else {
        sql.to_owned()
    };
    if sql.contains('\n') && !sql.contains("'''") && !sql.ends_with('\'') && !sql.contains('\r') {
        format!("'''\n{sql}'''")
    } else {
        quoted(&sql)
    }
}

struct Writer<'a> {
    ground: Ground<'a>,
    roles: &'a [&'a str],
    schema: &'a str,
}

impl Writer<'_> {
    /// A name as a key of the file, without the schema where that is the file's own.
    fn key(&self, name: &Name) -> String {
        key(&self.short(name))
    }

    fn short(&self, name: &Name) -> String {
        if name.schema == self.schema {
            name.name.clone()
        } else {
            format!("{}.{}", name.schema, name.name)
        }
    }

    /// Tables, views and functions that no statement that is read creates.
    fn unseen(&self, sections: &[Section], others: &[&Relation], is_in_part: bool) -> Vec<String> {
        let declared = self.ground.system.declares();
        let full = |name: &Name| (name.schema.clone(), name.name.clone());
        let tables = sections.iter().map(|section| &section.table);
        let tables = tables.chain(others.iter().map(|table| &table.name));
        let mut unseen: Vec<String> = tables
            .filter(|name| !declared.tables.contains_key(&full(name)))
            .map(|name| format!("{}.{}", name.schema, name.name))
            .collect();
        if is_in_part {
            return unseen;
        }
        let views = self.views().into_keys();
        unseen.extend(
            views
                .filter(|(name, _)| !declared.views.contains(&full(name)))
                .map(|(name, _)| format!("{}.{}", name.schema, name.name)),
        );
        let functions = self.functions().into_keys();
        unseen.extend(
            functions
                .filter(|(name, _)| !declared.functions.contains_key(&full(name)))
                .map(|(name, signature)| format!("{}.{}({signature})", name.schema, name.name)),
        );
        unseen
    }

    fn role(&self, out: &mut String, role: &str) {
        let person = &self.ground.people[role];
        let kind = if person.bypasses {
            "group"
        } else {
            "application"
        };
        let _ = write!(out, "\n[roles.{}]\nkind = \"{kind}\"\n", key(role));
        if person.bypasses {
            out.push_str("bypass_rls = true\n");
        }
        if !person.member_of.is_empty() {
            let _ = writeln!(out, "member_of = [{}]", list(&person.member_of, ", "));
        }
    }

    fn section(&self, out: &mut String, section: &Section) {
        let _ = write!(
            out,
            "\n[tables.{}]\nclass = \"{}\"\n",
            self.key(&section.table),
            section.class
        );
        if let Some(reason) = &section.reason {
            let _ = writeln!(out, "reason = {}", quoted(reason));
        }
        let matrix = &section.matrix;
        let table = self.key(&section.table);
        // Roles that may do the same share a line.
        let mut lines: Vec<(Vec<&String>, String)> = Vec::new();
        for (role, row) in &matrix.roles {
            let cells: Vec<String> = row
                .iter()
                .map(|(command, cell)| {
                    format!("{} = {}", command.word(), cell_text(*command, cell))
                })
                .collect();
            let text = cells.join(", ");
            match lines.iter_mut().find(|(_, other)| *other == text) {
                Some((roles, _)) => roles.push(role),
                None => lines.push((vec![role], text)),
            }
        }
        if !lines.is_empty() {
            let _ = writeln!(out, "[tables.{table}.matrix]");
        }
        for (roles, text) in lines {
            let roles: Vec<&str> = roles.into_iter().map(String::as_str).collect();
            let _ = writeln!(out, "{} = {{ {text} }}", key(&roles.join(", ")));
        }
        for (command, roles) in &matrix.columns {
            // Nobody deletes a column.
            if *command == Command::Delete {
                continue;
            }
            let _ = writeln!(out, "[tables.{table}.{}_columns]", command.word());
            for (role, columns) in roles {
                let _ = writeln!(out, "{} = [{}]", key(role), list(columns, ", "));
            }
        }
    }

    /// Who of the file's roles a grantee is.
    fn meant(&self, grantee: &Grantee) -> Vec<String> {
        match grantee {
            Grantee::Public => self.roles.iter().map(ToString::to_string).collect(),
            Grantee::Role(role) if self.roles.contains(&role.as_str()) => vec![role.clone()],
            Grantee::Role(_) => Vec::new(),
        }
    }

    /// Views and who may read them.
    fn views(&self) -> BTreeMap<(Name, String), BTreeSet<String>> {
        let catalog = self.ground.catalog;
        let mut views: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
        for grant in &catalog.grants {
            let Target::Relation(name) = &grant.target else {
                continue;
            };
            let is_view = catalog.relation(name).is_some_and(|relation| {
                matches!(
                    relation.kind,
                    RelationKind::View | RelationKind::MaterializedView
                )
            });
            if is_view && grant.privilege == Privilege::Select {
                let roles = views.entry((name.clone(), String::new())).or_default();
                roles.extend(self.meant(&grant.grantee));
            }
        }
        views
    }

    /// Functions and who may call them.
    fn functions(&self) -> BTreeMap<(Name, String), BTreeSet<String>> {
        let catalog = self.ground.catalog;
        let mut functions: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
        for grant in &catalog.grants {
            let Target::Function { name, signature } = &grant.target else {
                continue;
            };
            let is_it = |one: &&Function| one.name == *name && one.signature == *signature;
            let function = catalog.functions.iter().find(is_it);
            // A trigger's function is called by its table alone.
            if function.is_some_and(|one| !one.returns_trigger()) {
                let roles = functions
                    .entry((name.clone(), signature.clone()))
                    .or_default();
                roles.extend(self.meant(&grant.grantee));
            }
        }
        functions
    }

    /// Functions that run with their owner's rights are taken as meant until they change.
    fn definers(&self, out: &mut String) {
        let functions = self.ground.catalog.functions.iter();
        for function in functions.filter(|one| one.security_definer) {
            let (id, print) = AcceptEntry::of_definer(function);
            let _ = write!(
                out,
                "\n[[accept]]\nid = {}\nreason = \"it ran with the rights of its owner, {}, when this file was written\"\nfingerprint = \"{print}\"\n",
                quoted(&id),
                function.owner.replace(['"', '\\'], " ")
            );
        }
    }

    fn granted(
        &self,
        out: &mut String,
        heading: &str,
        all: BTreeMap<(Name, String), BTreeSet<String>>,
    ) {
        let granted: Vec<_> = all.iter().filter(|(_, roles)| !roles.is_empty()).collect();
        if !granted.is_empty() {
            let _ = write!(out, "\n[{heading}]\n");
        }
        for ((name, signature), roles) in granted {
            let twins = all.keys().filter(|(other, _)| other == name).count();
            let mut named = self.short(name);
            if twins > 1 {
                named = format!("{named}({signature})");
            }
            let _ = writeln!(out, "{} = [{}]", key(&named), list(roles, ", "));
        }
    }
}

/// `"own"`, `["own", "public"]`, `{ using = "own", check = "own and open" }`
fn cell_text(command: Command, cell: &[(BTreeSet<String>, BTreeSet<String>)]) -> String {
    let predicate = |terms: &BTreeSet<String>| {
        let terms: Vec<&str> = terms.iter().map(String::as_str).collect();
        if terms.is_empty() {
            quoted("all")
        } else {
            quoted(&terms.join(" and "))
        }
    };
    let parts: Vec<String> = cell
        .iter()
        .map(|(using, check)| match command {
            Command::Select | Command::Delete => predicate(using),
            Command::Insert => predicate(check),
            Command::Update if using == check => predicate(using),
            Command::Update => {
                format!(
                    "{{ using = {}, check = {} }}",
                    predicate(using),
                    predicate(check)
                )
            }
        })
        .collect();
    match parts.as_slice() {
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sql_that_looks_like_a_template_is_taken_as_it_is() {
        assert_eq!(
            template("a = '{{b}}'"),
            "\"{% raw %}a = '{{b}}'{% endraw %}\""
        );
        assert_eq!(template("a\n  and b"), "'''\na\n  and b'''");
        assert_eq!(template("a = '{1}'"), "\"a = '{1}'\"");
    }
}
