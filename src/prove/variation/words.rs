//! What the words make a difference of: the constants that they compare columns with, and people.

use std::collections::{BTreeMap, BTreeSet};

use super::alike::{alike, with_alike};
use super::beside::{Forms, beside, listed};
use super::candidates::{Candidates, satisfied};
use super::company::{Company, Satisfied, company};
use super::reading::Reading;
use super::targets::readers;
use crate::policy::Expression;
use crate::prove::fixture::scopes;
use crate::prove::probe::ProbeContext;
use crate::prove::world::At;

impl Candidates {
    /// What the words compare columns with, however long the list.
    pub(super) fn of_words(&mut self, context: &ProbeContext<'_>) {
        for (at, values) in &context.hints.literals {
            let readers = readers(context, *at);
            for reader in readers {
                for value in values {
                    self.of_word(context, *at, value, &[], reader);
                }
            }
        }
        let broken = of_variants(context);
        for (reader, compared) in &context.hints.compared {
            let all: Vec<Satisfied> = compared
                .iter()
                .map(|one| {
                    let beside = compared.iter().filter(|other| other.at == one.at);
                    let known: Vec<&str> = beside.map(|one| one.value.as_str()).collect();
                    let reading = Reading::default();
                    Satisfied {
                        nesting: one.nesting.clone(),
                        ..satisfied(context, one.at, one.sign, &one.value, &known, &reading)
                    }
                })
                .collect();
            for (place, one) in compared.iter().enumerate() {
                let companies = [company(&all, place)[0].clone()];
                let companies = with_alike(&companies, &alike(context, *reader), one.at);
                self.of_word(context, one.at, &one.value, &companies, *reader);
                let other = vec![all[place].other.clone()];
                self.add_all(one.at, other, &companies, *reader);
                let broken = broken.get(&one.at).into_iter().flatten();
                let broken: Vec<String> = broken.map(|value| crate::sql::literal(value)).collect();
                self.add_all(one.at, broken, &companies, *reader);
            }
        }
    }

    /// The claims that words with one place changed would let in.
    pub(super) fn of_broken_claims(&mut self, context: &ProbeContext<'_>) {
        for (name, variant, _) in context.intent.variants() {
            let Some((Expression::Claim(path), value)) = &variant.value else {
                continue;
            };
            let readers = scopes(context.intent, context.world).filter(|one| one.name == name);
            let readers = readers.map(|one| one.at);
            let claim = (path.clone(), value.clone());
            self.claims.entry(claim).or_default().extend(readers);
        }
    }

    /// Each of several people of a row alone, or nobody could tell the words from others with one person less.
    pub(super) fn of_people(&mut self, context: &ProbeContext<'_>, users: &BTreeSet<&str>) {
        let mut users = users.iter().map(|user| crate::sql::literal(user));
        let (Some(user), Some(other)) = (users.next(), users.next()) else {
            return;
        };
        for (reader, columns, absent) in &context.hints.people {
            let absent = absent.iter().map(|one| (*one, "null".to_owned()));
            for at in columns {
                let others = columns.iter().filter(|one| *one != at);
                let company = others.map(|one| (*one, other.clone()));
                let company = company.chain(absent.clone()).collect();
                self.add(*at, user.clone(), company, *reader);
            }
        }
    }

    fn of_word(
        &mut self,
        context: &ProbeContext<'_>,
        at: At,
        value: &str,
        companies: &[Company],
        reader: usize,
    ) {
        let column = &context.world.tables[at.0].columns[at.1];
        let is_number = value.parse::<f64>().is_ok();
        let mut values = beside(column, value, is_number, Forms::default());
        values.extend(listed(context.catalog, column));
        self.add_all(at, values, companies, reader);
    }
}

/// The constants of words with one place changed that are compared with a column, which rows must have for anybody to notice.
fn of_variants<'c>(context: &'c ProbeContext<'_>) -> BTreeMap<At, BTreeSet<&'c str>> {
    let mut all: BTreeMap<At, BTreeSet<&str>> = BTreeMap::new();
    for (name, variant, _) in context.intent.variants() {
        let Some((left, value)) = &variant.value else {
            continue;
        };
        let scopes = scopes(context.intent, context.world).filter(|one| one.name == name);
        for at in scopes.filter_map(|one| one.column_in(left)) {
            all.entry(at).or_default().insert(value);
        }
    }
    all
}
