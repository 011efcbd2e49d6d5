//! The conditions of a database's policies as macros: one for each text, with the words that it has.

use std::collections::{BTreeMap, BTreeSet};

use super::condition;
use super::inline::inlined;
use super::session::Session;
use super::tree::Sql;
use super::visible::Viewer;
use super::words::is_word;
use crate::catalog::{Catalog, Name, Policy, Relation};
use crate::policy::words::{Expression, Sign};

/// Names that mean something else in a predicate.
const RESERVED: [&str; 2] = ["all", "and"];

/// The longest name that is made up: it becomes a part of a policy's name.
const LONGEST: usize = 40;

/// A condition under a name.
#[derive(Clone, Debug)]
pub(super) struct Macro {
    pub(super) name: String,
    /// As the server writes it.
    pub(super) sql: String,
    /// The words, or why there are none.
    pub(super) words: Result<Expression, String>,
    /// The policies that it comes from.
    pub(super) from: Vec<String>,
}

/// All of them, in the order in which they are met.
pub(super) struct Macros<'a> {
    session: &'a Session,
    catalog: &'a Catalog,
    pub(super) all: Vec<Macro>,
    /// Text, the table where it names the row by it, and the words → its place.
    known: BTreeMap<(String, Option<String>, String), usize>,
    names: BTreeSet<String>,
}

impl<'a> Macros<'a> {
    pub(super) fn new(session: &'a Session, catalog: &'a Catalog) -> Self {
        Self {
            session,
            catalog,
            all: Vec::new(),
            known: BTreeMap::new(),
            names: RESERVED.map(str::to_owned).into(),
        }
    }

    /// The conditions of some tables' policies that can be read.
    pub(super) fn conditions(catalog: &Catalog, tables: &[&Relation]) -> Vec<Sql> {
        let policies = catalog.policies.iter();
        let policies =
            policies.filter(|policy| tables.iter().any(|table| table.name == policy.relation));
        let texts = policies.flat_map(|policy| policy.using.iter().chain(&policy.check));
        let read = texts.filter_map(|text| condition::read(text).ok());
        // Only who asks is looked for: whose row it is does not matter.
        read.map(|one| written_out(&one, "", catalog)).collect()
    }

    /// The name of the macro of a condition for a role; none where it is true for every row. The same condition may say
    /// something else for another role, which sees other rows of the tables that it reads.
    pub(super) fn name_of(&mut self, policy: &Policy, text: &str, role: &str) -> Option<String> {
        if condition::read(text) == Ok(Sql::Flag(true)) {
            return None;
        }
        let table = &policy.relation;
        let sql = unwrapped(text).to_owned();
        // Inside of a sub-select the row is called as its table is.
        let is_bound = sql.contains(&format!("{}.", crate::sql::identifier(&table.name)));
        let viewer = Viewer::new(self.catalog, self.session, role);
        let words = viewer.words(text, &table.name);
        let shown = match &words {
            Ok(words) => words.to_string(),
            Err(reason) => reason.clone(),
        };
        let key = (sql.clone(), is_bound.then(|| table.to_string()), shown);
        let from = format!("{} on {}", policy.name, table);
        if let Some(at) = self.known.get(&key) {
            let known = &mut self.all[*at];
            if !known.from.contains(&from) {
                known.from.push(from);
            }
            return Some(known.name.clone());
        }
        let name = self.free(&name_for(words.as_ref().ok(), &policy.name, table));
        self.known.insert(key, self.all.len());
        self.all.push(Macro {
            name: name.clone(),
            sql,
            words,
            from: vec![from],
        });
        Some(name)
    }

    /// The name of a condition that lets in no row: a grant that opens nothing by itself is needed all the same where
    /// conditions, views or functions read the table for their caller.
    pub(super) fn nobody(&mut self, policy_of: &Name) -> String {
        let from = format!("granted on {policy_of}, and no policy lets in a row");
        let known = self.all.iter_mut().find(|one| one.sql == "false");
        if let Some(known) = known {
            known.from.push(from);
            return known.name.clone();
        }
        let name = self.free("nobody");
        self.all.push(Macro {
            name: name.clone(),
            sql: "false".to_owned(),
            words: Ok(Expression::Flag(false)),
            from: vec![from],
        });
        name
    }

    fn free(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut serial = 1;
        while !self.names.insert(name.clone()) {
            serial += 1;
            name = format!("{wanted}_{serial}");
        }
        name
    }

    /// Whether all conditions of a cell, which names macros, have words.
    pub(super) fn are_worded<'c>(&self, mut cell: impl Iterator<Item = &'c String>) -> bool {
        cell.all(|name| {
            let found = self.all.iter().find(|one| one.name == *name);
            found.is_none_or(|one| one.words.is_ok())
        })
    }

    /// The policies of conditions without words, with the reason.
    pub(super) fn wordless(&self) -> Vec<String> {
        let without = self.all.iter().filter_map(|one| {
            let reason = one.words.as_ref().err()?;
            Some((one, reason))
        });
        without
            .map(|(one, reason)| format!("{} ({}): {reason}", one.name, one.from.join(", ")))
            .collect()
    }
}

fn written_out(condition: &Sql, table: &str, catalog: &Catalog) -> Sql {
    inlined(condition, table, catalog, &|sql| {
        Session::is_source(sql, catalog)
    })
}

/// A condition without the parentheses around all of it.
fn unwrapped(text: &str) -> &str {
    let Some(inner) = text
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
    else {
        return text;
    };
    // `(a) or (b)` begins and ends with others; a quote may hold anything.
    let mut depth = 0_i32;
    if inner.contains(['\'', '"']) && inner.contains(['(', ')']) {
        let file = crate::files::TextFile::new("condition", inner);
        let Ok(tokens) = crate::sql::tokens(&file) else {
            return text;
        };
        for token in tokens {
            depth += match &inner[token.span] {
                "(" => 1,
                ")" => -1,
                _ => 0,
            };
            if depth < 0 {
                return text;
            }
        }
        return inner;
    }
    for letter in inner.chars() {
        depth += match letter {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        if depth < 0 {
            return text;
        }
    }
    inner
}

/// What a condition is called: what it says where that is short, and otherwise what its policy is called.
fn name_for(words: Option<&Expression>, policy: &str, table: &Name) -> String {
    let said = words.and_then(short);
    let name = snake(&said.unwrap_or_else(|| policy.to_owned()));
    // A policy named in another script leaves nothing.
    match name.starts_with(|first: char| first.is_ascii_lowercase()) {
        true => name,
        false => snake(&format!("rows of {}", table.name)),
    }
}

fn short(words: &Expression) -> Option<String> {
    match words {
        Expression::Compare(left, Sign::Equal, right) => {
            let (column, other) = match (&**left, &**right) {
                (Expression::Column(_, column), other) | (other, Expression::Column(_, column)) => {
                    (Some(column), other)
                }
                (Expression::Claim(_), _) => (None, &**right),
                _ => return None,
            };
            match (column, other) {
                (Some(column), Expression::Context(key)) => Some(format!("{key} is {column}")),
                (Some(column), Expression::Claim(path)) => {
                    Some(format!("claim {} is {column}", path.last()?))
                }
                (Some(column), Expression::Text(text)) if text == "true" => Some(column.clone()),
                (Some(column), Expression::Text(text)) => Some(format!("{column} {text}")),
                (None, Expression::Text(text)) => match &**left {
                    Expression::Claim(path) => Some(format!("claim {} {text}", path.last()?)),
                    _ => None,
                },
                _ => None,
            }
        }
        Expression::Exists { table, .. } => Some(format!("through {}", table.rsplit('.').next()?)),
        _ => None,
    }
}

/// `Members can view` → `members_can_view`
fn snake(text: &str) -> String {
    let plain = |part: char| {
        if part.is_ascii_alphanumeric() {
            part.to_ascii_lowercase()
        } else {
            '_'
        }
    };
    let name: String = text.chars().map(plain).collect();
    let parts: Vec<&str> = name.split('_').filter(|part| !part.is_empty()).collect();
    let mut name = String::new();
    for part in parts {
        if !name.is_empty() && name.len() + part.len() >= LONGEST {
            break;
        }
        if !name.is_empty() {
            name.push('_');
        }
        name.push_str(&part[..part.len().min(LONGEST)]);
    }
    debug_assert!(
        name.is_empty() || is_word(&name) || name.starts_with(|c: char| c.is_ascii_digit())
    );
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parentheses_around_all_of_it_are_left_out() {
        for (text, inner) in [
            ("(a = 1)", "a = 1"),
            ("((a) OR (b))", "(a) OR (b)"),
            ("(a) OR (b)", "(a) OR (b)"),
            ("(a = ')'::text)", "a = ')'::text"),
            ("(a = '('::text) OR (b)", "(a = '('::text) OR (b)"),
            ("true", "true"),
        ] {
            assert_eq!(unwrapped(text), inner);
        }
    }

    #[test]
    fn names_are_words() {
        let table = Name::new("app", "notes");
        let named = |policy: &str| name_for(None, policy, &table);
        assert_eq!(
            named("Users can view their own notes."),
            "users_can_view_their_own_notes"
        );
        assert_eq!(named("Пользователи"), "rows_of_notes");
        assert!(named(&"long words ".repeat(20)).len() <= LONGEST);
    }
}
