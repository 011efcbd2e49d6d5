//! Which values to try where: what the SQL and the words compare a column with, and what lies beside that.

use std::collections::{BTreeMap, BTreeSet};

use super::alike::{MOST_ALIKE, alike, with_alike};
use super::beside::{Forms, beside, is_moment, listed};
use super::company::{Company, Known, Satisfied, company, satisfying};
use super::compared_settings::{compared_settings, is_of_claims};
use super::reach::{Reach, Text, Texts};
use super::reading::{Constant, Reading};
use super::targets::{columns, direct, indirect, is_role, readers, reads_rows, reads_tenant};
use crate::policy::Sign;
use crate::prove::claims::{Claim, json};
use crate::prove::probe::ProbeContext;
use crate::prove::world::At;

/// One value that one column is given in its rows, and what others are given with it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Candidate {
    pub(super) at: At,
    /// As SQL.
    pub(super) value: String,
    /// Other columns, so that comparisons beside this one hold.
    pub(super) company: Company,
}

/// A constant that some text of SQL compares with something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Literal {
    /// The policy, function or view.
    pub(super) label: String,
    pub(super) value: String,
    /// What else the text compares, so that a change of it is noticed.
    pub(super) beside: String,
}

/// What there is to try, for the rows and for sessions.
#[derive(Default)]
pub(super) struct Candidates {
    /// What rows are given → tables of the file whose policies may decide otherwise then.
    pub(super) rows: BTreeMap<Candidate, BTreeSet<usize>>,
    /// Setting and value → the tables whose policies read it.
    pub(super) settings: BTreeMap<(String, String), BTreeSet<usize>>,
    /// What the SQL compares with something: the text, the constant → columns and values that are tried for it.
    pub(super) literals: BTreeMap<Literal, BTreeSet<(At, String)>>,
    /// Claims → the tables whose policies read them.
    pub(super) claims: BTreeMap<Claim, BTreeSet<usize>>,
    /// Tables whose policies compare something with a pattern.
    pub(super) patterns: BTreeSet<usize>,
    /// What reads the clock and compares no column with it: only the present can be tried.
    pub(super) clocks: BTreeSet<String>,
}

/// What a setting is given that is compared with nothing that is written out.
const SWITCHED_ON: [&str; 2] = ["on", "true"];

/// Values of one claim.
const MOST_CLAIMS: usize = 8;

impl Candidates {
    pub(super) fn of(context: &ProbeContext<'_>, users: &BTreeSet<&str>) -> Self {
        let mut all = Self::default();
        let texts = Texts::new(context.catalog);
        let mut elsewhere: BTreeSet<String> = BTreeSet::new();
        for reader in 0..context.intent.policies.tables.len() {
            let reach = texts.of(&context.world.tables[reader].name);
            if !context.chosen.has(reader) {
                elsewhere.extend(reach.texts.into_iter().map(|text| text.label));
                continue;
            }
            let columns = columns(context.world, reader, &reach);
            all.of_columns(context, reader, &columns, users);
            all.of_sql(context, reader, &reach, &columns);
        }
        all.of_words(context);
        all.of_people(context, users);
        all.of_claims(context);
        all.of_broken_claims(context);
        all.of_read_columns(context);
        if !context.chosen.is_whole() {
            all.leave_out(context, &elsewhere);
        }
        all
    }

    /// One after the other, with the tables of the file whose policies may decide otherwise then.
    pub(super) fn each(self) -> Vec<(Candidate, BTreeSet<usize>)> {
        self.rows.into_iter().collect()
    }

    pub(super) fn add(&mut self, at: At, value: String, company: Company, reader: usize) {
        let candidate = Candidate { at, value, company };
        self.rows.entry(candidate).or_default().insert(reader);
    }

    /// A value alone, and with what else must hold.
    pub(super) fn add_all(
        &mut self,
        at: At,
        values: Vec<String>,
        companies: &[Company],
        reader: usize,
    ) {
        for value in values {
            for company in companies.iter().filter(|one| !one.is_empty()) {
                self.add(at, value.clone(), company.clone(), reader);
            }
            self.add(at, value, Company::new(), reader);
        }
    }

    /// Columns that the SQL names and the words do not: whoever asks may stand in them, or either truth.
    fn of_columns(
        &mut self,
        context: &ProbeContext<'_>,
        reader: usize,
        columns: &[At],
        users: &BTreeSet<&str>,
    ) {
        for at in columns {
            let (table, hints) = (&context.world.tables[at.0], context.hints);
            let is_known = hints.read.contains(at) || hints.tenants.contains(at);
            if is_known || table.key.contains(&at.1) || !table.is_writable(at.1) {
                continue;
            }
            let values: Vec<String> = match table.columns[at.1].type_name.name.as_str() {
                "bool" => vec!["true".to_owned(), "false".to_owned()],
                "timestamptz" | "timestamp" | "date" => Vec::new(),
                _ => users.iter().map(|user| crate::sql::literal(user)).collect(),
            };
            self.add_all(*at, values, &[], reader);
        }
    }

    /// What columns that the words read may be besides: nothing, and of another tenant where a look-up finds them.
    fn of_read_columns(&mut self, context: &ProbeContext<'_>) {
        for at in &context.hints.read {
            let table = &context.world.tables[at.0];
            if table.columns[at.1].not_null || table.key.contains(&at.1) {
                continue;
            }
            for reader in readers(context, *at) {
                self.add(*at, "null".to_owned(), Company::new(), reader);
            }
        }
        // And something, where the words want nothing.
        for at in &context.hints.absent {
            let mut rows = context.world.tables[at.0].rows.iter();
            let Some(value) = rows.find_map(|row| row[at.1].as_ref()) else {
                continue;
            };
            for reader in readers(context, *at) {
                self.add(*at, crate::sql::literal(value), Company::new(), reader);
            }
        }
        for (reader, one, two) in &context.hints.pairs {
            let values = |at: &At| -> BTreeSet<&String> {
                let rows = context.world.tables[at.0].rows.iter();
                rows.filter_map(|row| row[at.1].as_ref()).collect()
            };
            // What no rows have in common is given to one of them; what a look-up finds is all alike once, so that it does
            // not find something for everybody.
            let is_disjoint = values(one).is_disjoint(&values(two));
            for (to, from) in [(one, two), (two, one)] {
                let most = match (is_disjoint, to.0 == *reader) {
                    (true, _) => MOST_ALIKE,
                    (false, is_own) => usize::from(!is_own),
                };
                let values = values(from).into_iter().take(most);
                let values = values.map(|value| crate::sql::literal(value));
                self.add_all(*to, values.collect(), &[], *reader);
            }
        }
        for at in &context.hints.tenants {
            let rows = &context.world.tables[at.0].rows;
            let tenants: BTreeSet<&String> = rows.iter().flat_map(|row| &row[at.1]).collect();
            for (reader, reads) in &context.hints.reads {
                if *reader == at.0 || !reads.contains(&at.0) {
                    continue;
                }
                for tenant in &tenants {
                    self.add(*at, crate::sql::literal(tenant), Company::new(), *reader);
                }
            }
        }
    }

    fn of_sql(&mut self, context: &ProbeContext<'_>, reader: usize, reach: &Reach, columns: &[At]) {
        if reach.has_pattern() {
            self.patterns.insert(reader);
        }
        let has_moment = columns
            .iter()
            .any(|at| is_moment(&context.world.tables[at.0].columns[at.1]));
        for Text { label, reading, .. } in &reach.texts {
            if reading.has_clock && !has_moment {
                self.clocks.insert(label.clone());
            }
            for name in reading.settings.iter().filter(|one| !is_of_claims(one)) {
                let compared = reading.constants.iter();
                let compared = compared.filter(|one| one.setting.as_ref() == Some(name));
                let values = compared
                    .map(|one| one.value.as_str())
                    .filter(|one| !one.is_empty());
                for value in values.chain(SWITCHED_ON) {
                    let key = (name.clone(), value.to_owned());
                    self.settings.entry(key).or_default().insert(reader);
                }
            }
        }
        for setting in compared_settings(context, reader, reach, columns) {
            self.settings.entry(setting).or_default().insert(reader);
        }
        let mut settings = reach.texts.iter().flat_map(|one| &one.reading.settings);
        let has_claims = settings.any(|one| is_of_claims(one));
        if has_claims {
            self.of_paths(reach, reader);
        }
        let texts = reach.texts.iter().enumerate();
        let constants: Vec<(usize, &Text, &Constant)> = texts
            .flat_map(|(number, text)| {
                let constants = text.reading.constants.iter();
                constants.map(move |constant| (number, text, constant))
            })
            .collect();
        let alike = alike(context, reader);
        let mut all = Vec::new();
        let mut asked = Vec::new();
        for (number, text, constant) in &constants {
            let first = all.len();
            for (at, sign) in direct(context, columns, constant) {
                let of_column = text.reading.constants.iter();
                let beside = of_column.filter(|one| one.beside == constant.beside);
                let known: Vec<&str> = beside.map(|one| one.value.as_str()).collect();
                all.push(Satisfied {
                    text: *number,
                    nesting: constant.nesting.clone(),
                    is_alternative: text.is_alternative,
                    ..satisfied(context, at, sign, &constant.value, &known, &text.reading)
                });
            }
            asked.push(first..all.len());
        }
        for ((_, text, constant), own) in constants.iter().zip(asked) {
            let reading = &text.reading;
            let is_direct = !own.is_empty();
            let mut targets: Vec<(At, Option<usize>)> =
                own.map(|place| (all[place].at, Some(place))).collect();
            if !is_direct {
                let indirect = indirect(context, columns, text, constant);
                targets.extend(indirect.into_iter().map(|at| (at, None)));
            }
            let is_of_rows = text.is_policy || !targets.is_empty() || reads_rows(context, reading);
            if targets.is_empty() && reads_tenant(context, reading) {
                // What stands in for a tenant where a session has none.
                let tenants = context.hints.tenants.iter().filter(|(of, _)| *of == reader);
                targets.extend(tenants.map(|at| (*at, None)));
            }
            let is_role = is_role(context, constant);
            let literal = Literal {
                label: text.label.clone(),
                value: constant.value.clone(),
                beside: format!("{:?}", reading.constants),
            };
            // Behind a function of one's own, `auth.jwt() ->> 'plan'`.
            let is_worded = || {
                let mut claims = context.hints.claims.iter();
                claims.any(|(_, claim)| {
                    claim.path == constant.path && claim.value.as_ref() == Some(&constant.value)
                })
            };
            let is_of_claim =
                !constant.path.is_empty() && targets.is_empty() && (has_claims || is_worded());
            let is_of_session = constant.setting.is_some() || is_role || is_of_claim;
            if constant.is_compared && is_of_rows && !is_of_session {
                self.literals.entry(literal.clone()).or_default();
            }
            for (at, place) in targets {
                let column = &context.world.tables[at.0].columns[at.1];
                let mut values = if constant.path.is_empty() {
                    beside(
                        column,
                        &constant.value,
                        constant.is_number,
                        Forms {
                            has_clock: reading.has_clock,
                            has_pattern: reading.has_pattern,
                            has_trim: reading.has_trim,
                        },
                    )
                } else {
                    let inside = json(&[(constant.path.clone(), constant.value.clone())]);
                    vec![crate::sql::literal(&inside)]
                };
                if let Some(tried) = self.literals.get_mut(&literal) {
                    tried.extend(values.iter().map(|value| (at, value.clone())));
                }
                values.extend(listed(context.catalog, column));
                values.extend(place.map(|place| all[place].other.clone()));
                values.extend((!column.not_null).then(|| "null".to_owned()));
                let companies = place.map(|place| company(&all, place));
                let companies = companies.as_ref().map_or(&[][..], |all| all);
                let companies = with_alike(companies, &alike, at);
                self.add_all(at, values, &companies, reader);
            }
        }
    }

    /// Claims that the SQL reads, with every text that it compares something with.
    fn of_paths(&mut self, reach: &Reach, reader: usize) {
        for Text { reading, .. } in &reach.texts {
            let texts = reading.constants.iter().filter(|one| !one.is_number);
            let values = texts.map(|one| one.value.as_str()).take(MOST_CLAIMS);
            for path in &reading.paths {
                for value in values.clone().chain(SWITCHED_ON) {
                    let claim = (path.clone(), value.to_owned());
                    self.claims.entry(claim).or_default().insert(reader);
                }
            }
        }
    }

    /// Claims that the words compare with a constant or a column.
    fn of_claims(&mut self, context: &ProbeContext<'_>) {
        for (reader, claim) in &context.hints.claims {
            let rows = claim.at.map(|at| (&context.world.tables[at.0].rows, at.1));
            let of_rows = rows.into_iter().flat_map(|(rows, column)| {
                let values: BTreeSet<&String> = rows.iter().flat_map(|row| &row[column]).collect();
                values.into_iter().take(MOST_CLAIMS).cloned()
            });
            for value in claim.value.iter().cloned().chain(of_rows) {
                for value in [value.to_uppercase(), value.to_lowercase(), value] {
                    let claim = (claim.path.clone(), value);
                    self.claims.entry(claim).or_default().insert(*reader);
                }
            }
        }
    }
}

/// Values with which a comparison is true and is not.
pub(super) fn satisfied(
    context: &ProbeContext<'_>,
    at: At,
    sign: Sign,
    constant: &str,
    constants: &[&str],
    reading: &Reading,
) -> Satisfied {
    let column = &context.world.tables[at.0].columns[at.1];
    let known = Known {
        listed: &listed(context.catalog, column),
        constants,
        has_clock: reading.has_clock,
        has_pattern: reading.has_pattern,
    };
    Satisfied {
        text: 0,
        nesting: Vec::new(),
        is_alternative: false,
        at,
        value: satisfying(column, sign, constant, &known),
        other: satisfying(column, sign.negated(), constant, &known),
    }
}
