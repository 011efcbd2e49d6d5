//! What a role sees of a table that a condition reads with its caller's rights: the policies of that table have a say.

use super::condition;
use super::inline::inlined;
use super::session::Session;
use super::words::words;
use crate::catalog::{Catalog, Grantee, Name, Policy, PolicyCommand};
use crate::policy::words::Expression;

/// Policies that read tables with policies are followed so far.
const DEPTH: usize = 3;

/// A role that reads.
#[derive(Clone, Copy)]
pub(super) struct Viewer<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) session: &'a Session,
    pub(super) role: &'a str,
    depth: usize,
}

impl<'a> Viewer<'a> {
    pub(super) fn new(catalog: &'a Catalog, session: &'a Session, role: &'a str) -> Self {
        Self {
            catalog,
            session,
            role,
            depth: 0,
        }
    }

    /// The words for a condition on rows of a table, as this role sees what it reads.
    pub(super) fn words(&self, text: &str, table: &str) -> Result<Expression, String> {
        let read = condition::read(text)?;
        let keep = |sql: &_| Session::is_source(sql, self.catalog);
        let whole = inlined(&read, table, self.catalog, &keep);
        let sees = |table: &str, called: &str| self.sees(table, called);
        words(&whole, table, self.session, Some(&sees))
    }

    /// The condition on rows of a table that its policies make for this role, the rows called `called`; none where it
    /// sees all of them.
    pub(super) fn sees(&self, table: &str, called: &str) -> Result<Option<Expression>, String> {
        let (schema, name) = table.split_once('.').unwrap_or(("", table));
        let relation = self.catalog.relation(&Name::new(schema, name));
        let Some(relation) = relation else {
            return Err(format!("nothing is known of the policies of {table}"));
        };
        if !relation.row_security {
            return Ok(None);
        }
        if self.depth >= DEPTH {
            return Err(format!(
                "policies of {table} read tables with policies, and these others"
            ));
        }
        let deeper = Self {
            depth: self.depth + 1,
            ..*self
        };
        let policies = self.catalog.policies.iter();
        let concerned: Vec<&Policy> = policies
            .filter(|policy| policy.relation == relation.name && self.is_bound_by(policy))
            .collect();
        let words_of = |is_permissive: bool| -> Result<Vec<Expression>, String> {
            let of_kind = concerned
                .iter()
                .filter(|one| one.permissive == is_permissive);
            let texts = of_kind.map(|policy| policy.using.as_deref().unwrap_or("true"));
            texts.map(|text| deeper.words(text, name)).collect()
        };
        let (permissive, mut all) = (words_of(true)?, words_of(false)?);
        if !permissive.contains(&Expression::Flag(true)) {
            all.push(match permissive.len() {
                0 => Expression::Flag(false),
                1 => permissive[0].clone(),
                _ => Expression::Or(permissive),
            });
        }
        all.retain(|one| *one != Expression::Flag(true));
        Ok(match all.len() {
            0 => None,
            1 => Some(called_otherwise(&all[0], called)),
            _ => Some(called_otherwise(&Expression::And(all), called)),
        })
    }

    fn is_bound_by(&self, policy: &Policy) -> bool {
        matches!(policy.command, PolicyCommand::All | PolicyCommand::Select)
            && policy.roles.iter().any(|grantee| match grantee {
                Grantee::Public => true,
                Grantee::Role(name) => name == self.role,
            })
    }
}

/// The same of rows that are called otherwise than `row`.
fn called_otherwise(words: &Expression, called: &str) -> Expression {
    let of = |one: &Expression| Box::new(called_otherwise(one, called));
    let all = |list: &[Expression]| {
        list.iter()
            .map(|one| called_otherwise(one, called))
            .collect()
    };
    match words {
        Expression::Column(whose, column) if whose == "row" => {
            Expression::Column(called.to_owned(), column.clone())
        }
        Expression::Lower(inner) => Expression::Lower(of(inner)),
        Expression::Upper(inner) => Expression::Upper(of(inner)),
        Expression::IsNull(inner) => Expression::IsNull(of(inner)),
        Expression::Not(inner) => Expression::Not(of(inner)),
        Expression::Coalesce(parts) => Expression::Coalesce(all(parts)),
        Expression::And(parts) => Expression::And(all(parts)),
        Expression::Or(parts) => Expression::Or(all(parts)),
        Expression::In(left, list) => Expression::In(of(left), all(list)),
        Expression::Compare(left, sign, right) => Expression::Compare(of(left), *sign, of(right)),
        Expression::Sum(left, step, right) => Expression::Sum(of(left), *step, of(right)),
        Expression::Exists {
            table,
            name,
            condition,
        } => Expression::Exists {
            table: table.clone(),
            name: name.clone(),
            condition: of(condition),
        },
        other => other.clone(),
    }
}
