//! Macros and look-ups: their SQL uses only variables that there are, and look-ups read what they may.

use std::collections::BTreeSet;

use super::model::{Command, Lookup, Macro, RoleIndex, RoleKind, Table};
use super::render;
use super::resolver::Resolver;
use super::spec::{MacroEntry, Named, PolicyFile};
use super::words::{self, Expression};
use crate::files::suggest::suggestion;
use crate::sql::QualifiedName;

/// What the SQL of a macro may use besides its parameters.
const VARIABLES: [&str; 5] = ["tenant", "owner", "team", "user", "current_tenant"];

/// Instead of words, for a reason that the file states.
const NONE: &str = "none";

/// How a macro begins that is no more than a comparison.
const COMPARISON: &str = "{{ owner | ident }} = ";

impl Resolver<'_> {
    pub(super) fn read_macros(&mut self, entry: &PolicyFile) {
        for (name, entry) in &entry.macros {
            let is_name = |text: &str| {
                text.starts_with(|first: char| first.is_ascii_lowercase())
                    && text
                        .chars()
                        .all(|part| part.is_ascii_alphanumeric() || part == '_')
            };
            let reserved = ["all", "and"].contains(&name.get_ref().as_str());
            if reserved || !is_name(name.get_ref()) {
                self.mistake(
                    name,
                    format!("a macro cannot be called `{}`", name.get_ref()),
                    "a macro's name is lower_snake_case and not `all` or `and`",
                );
            }
            let known = VARIABLES.iter().copied();
            let known = known.chain(entry.parameters.iter().map(String::as_str));
            let uses = self.variables(&entry.sql, known.collect());
            let compares = entry.compares.as_ref().and_then(|kind| {
                let compared = entry.sql.get_ref().trim().strip_prefix(COMPARISON);
                if compared.is_none() {
                    self.mistake_at(
                        kind.span(),
                        format!("`{}` does not just compare the owner", name.get_ref()),
                        format!("`compares` is for conditions that are written `{COMPARISON}…`"),
                    );
                }
                Some((*kind.get_ref(), compared?.trim().to_owned()))
            });
            let words = self.words(name.get_ref(), entry);
            self.macros.insert(
                name.get_ref().clone(),
                Macro {
                    compares,
                    uses,
                    parameters: entry.parameters.clone(),
                    sql: entry.sql.get_ref().clone(),
                    oracle: entry.oracle.get_ref().clone(),
                    words,
                    reason: entry.reason.as_ref().map(|one| one.get_ref().clone()),
                    group: entry.group.clone(),
                    says: entry.says.clone(),
                    span: entry.sql.span(),
                },
            );
        }
    }

    /// What a macro says in words; none where it says why not.
    fn words(&mut self, name: &str, entry: &MacroEntry) -> Option<Expression> {
        let reason = entry.reason.as_ref();
        let has_none = entry.oracle.get_ref() == NONE;
        let is_given = reason.is_some_and(|one| !one.get_ref().trim().is_empty());
        if has_none {
            if !is_given {
                self.mistake(
                    reason.unwrap_or(&entry.oracle),
                    format!("the macro `{name}` goes without words for no reason"),
                    "say why nothing but invariants is proven of its cells: `reason = \"…\"`",
                );
            }
            return None;
        }
        if let Some(reason) = reason {
            self.mistake(
                reason,
                format!("the macro `{name}` has words and a reason to have none"),
                "leave `reason` out, or write `oracle = \"none\"`",
            );
        }
        words::parse(entry.oracle.get_ref())
            .map_err(|message| {
                let message = format!("the oracle of the macro `{name}` cannot be read: {message}");
                self.mistake(&entry.oracle, message, words::FORMS);
            })
            .ok()
    }

    /// The variables of a template, each of which has to be a known one.
    fn variables(&mut self, sql: &Named, known: Vec<&str>) -> BTreeSet<String> {
        let uses = render::variables(self.file, &sql.span(), sql.get_ref());
        let uses = uses.unwrap_or_else(|error| {
            self.mistakes.push(error);
            BTreeSet::new()
        });
        for unknown in uses.iter().filter(|name| !known.contains(&name.as_str())) {
            let hint = suggestion(unknown, known.iter().copied());
            let source = &self.file.text[sql.span()];
            let at = source.find(unknown.as_str()).map_or(sql.span(), |at| {
                sql.span().start + at..sql.span().start + at + unknown.len()
            });
            self.mistake_at(at, format!("there is no variable `{unknown}`"), hint);
        }
        uses
    }

    pub(super) fn lookups(&mut self, entry: &PolicyFile, tables: &[Table]) -> Vec<Lookup> {
        let mut entries: Vec<_> = entry.lookups.iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        let definers: Vec<RoleIndex> = (0..self.roles.len())
            .filter(|at| self.roles[*at].kind == RoleKind::Definer)
            .collect();
        let mut lookups = Vec::new();
        for (name, entry_of) in entries {
            self.kept_whole(name);
            if entry.policies.private_schema.is_none() || definers.len() != 1 {
                self.mistake(
                    name,
                    format!("the look-up `{}` has nowhere to live", name.get_ref()),
                    "look-ups need `private_schema` under [policies] and one role of the kind \"definer\"",
                );
                continue;
            }
            for table in &entry_of.reads {
                let (schema, short) = self.qualify(table.get_ref());
                let found = tables
                    .iter()
                    .position(|other| other.schema == schema && other.name == short);
                let Some(found) = found else {
                    let known: Vec<QualifiedName> = tables
                        .iter()
                        .map(|table| (table.schema.clone(), table.name.clone()))
                        .collect();
                    let hint = self.suggest(table.get_ref(), known.iter());
                    let message = format!("there is no table `{}` in this file", table.get_ref());
                    self.mistake(table, message, hint);
                    continue;
                };
                let may_read = tables[found]
                    .cells
                    .iter()
                    .any(|cell| cell.role == definers[0] && cell.command == Command::Select);
                if !may_read {
                    let definer = &self.roles[definers[0]].name;
                    let message = format!(
                        "the look-up `{}` reads {}, which {definer} may not read",
                        name.get_ref(),
                        table.get_ref()
                    );
                    let hint = format!(
                        "add `{definer} = {{ select = \"all\" }}` to the matrix of {}",
                        table.get_ref()
                    );
                    self.mistake(table, message, hint);
                }
            }
            self.variables(&entry_of.sql, vec!["user", "current_tenant"]);
            lookups.push(Lookup {
                name: name.get_ref().clone(),
                returns: entry_of.returns.clone(),
                sql: entry_of.sql.get_ref().clone(),
                rows: entry_of.rows,
                comment: entry_of.comment.clone(),
                span: entry_of.sql.span(),
            });
        }
        lookups
    }
}
