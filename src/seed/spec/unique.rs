//! Which rows must differ, and how they are known to before any is made.

use super::names::Scope;
use super::reader::Reader;
use crate::catalog::{Catalog, ConstraintKind};
use crate::seed::column_type::Comparison;
use crate::seed::dataset::{Dataset, Shape, Unique};
use crate::seed::expression;
use crate::seed::grammar::Generator;
use crate::seed::grammar::reference::{Among, Choice, Place};
use crate::seed::value::text::slug;

/// Fills in `uniques`; notes those whose rows cannot differ.
pub(super) fn prove(
    reader: &mut Reader<'_>,
    data: &mut Dataset,
    catalog: &Catalog,
    tenant: Option<&str>,
) {
    for at in 0..data.tables.len() {
        if matches!(data.tables[at].shape, Shape::Existing(_)) {
            continue;
        }
        phrases(reader, data, at);
        for wanted in wanted(catalog, data, at) {
            let (name, nulls_alike) = (wanted.name, wanted.nulls_alike);
            let Some(columns) = wanted.columns else {
                continue;
            };
            let predicate = match wanted.predicate {
                None => None,
                Some(text) => {
                    reader.scope = Scope {
                        table: at,
                        ..Scope::default()
                    };
                    match expression::parse(&text, &mut Plain(reader)) {
                        Ok(predicate) => Some(predicate),
                        // Beyond the small language: the server decides.
                        Err(_) => continue,
                    }
                }
            };
            let own: Vec<usize> = columns
                .iter()
                .copied()
                .filter(|column| Some(data.tables[at].columns[*column].name.as_str()) != tenant)
                .collect();
            let within_tenant = own.len() < columns.len();
            let mut proof = proof(reader, data, at, &own, within_tenant, &name);
            let may_be_null = |column: &usize| data.tables[at].columns[*column].when.is_some();
            if nulls_alike && columns.iter().any(may_be_null) {
                proof = None;
            }
            let is_collated = |column: &usize| {
                data.tables[at].columns[*column].comparison == Comparison::Collated
            };
            if proof.is_none() && columns.iter().any(is_collated) {
                proof = Some(
                    "the load alone tells: a collation takes different texts for the same"
                        .to_owned(),
                );
            }
            data.uniques.push(Unique {
                table: at,
                name,
                columns,
                nulls_alike,
                predicate,
                proof,
            });
        }
    }
}

/// Texts that are gone through one by one must be as many as the rows of the largest tenant.
fn phrases(reader: &mut Reader<'_>, data: &Dataset, at: usize) {
    let table = &data.tables[at];
    let all = table.pods.iter().filter_map(|pods| pods.last().copied());
    let all = all.max().unwrap_or(0);
    let pods = table.pods.iter().flat_map(|pods| pods.windows(2));
    let of_a_pod = pods.map(|pod| pod[1] - pod[0]).max().unwrap_or(0);
    for column in &table.columns {
        let Generator::Phrase(text) = &column.generator else {
            continue;
        };
        let capacity = data.words.capacity(text.phrase).unwrap_or(u64::MAX);
        let rows = if text.in_pod { of_a_pod } else { all };
        if (text.unique || text.in_pod) && rows > capacity {
            let span = column.place.span.clone().unwrap_or_default();
            let message = format!(
                "{}.{} must differ in {rows} rows, and its phrase makes {capacity} texts",
                table.label, column.name
            );
            reader.mistake(
                span,
                message,
                Some("add words to its lists, or a variant".to_owned()),
            );
        }
    }
}

/// A unique key of a table.
struct Wanted {
    name: String,
    /// None when one is an expression or left to the server.
    columns: Option<Vec<usize>>,
    predicate: Option<String>,
    nulls_alike: bool,
}

/// The unique keys of a table.
fn wanted(catalog: &Catalog, data: &Dataset, at: usize) -> Vec<Wanted> {
    let table = &data.tables[at];
    let position = |name: &String| {
        table.columns.iter().position(|column| {
            column.name == *name && !matches!(column.generator, Generator::Server)
        })
    };
    let constraints = catalog.constraints.iter().filter(|constraint| {
        constraint.relation == table.name
            && matches!(
                constraint.kind,
                ConstraintKind::PrimaryKey | ConstraintKind::Unique
            )
    });
    let are_alike = |definition: &str| definition.contains(" NULLS NOT DISTINCT");
    let mut found: Vec<Wanted> = constraints
        .map(|constraint| Wanted {
            name: constraint.name.clone(),
            columns: constraint.columns.iter().map(position).collect(),
            predicate: None,
            nulls_alike: are_alike(&constraint.definition),
        })
        .collect();
    for index in &catalog.indexes {
        if index.relation == table.name && index.unique && index.constraint.is_none() {
            let columns = index.keys.iter();
            found.push(Wanted {
                name: index.name.name.clone(),
                columns: columns.map(|key| key.as_ref().and_then(position)).collect(),
                predicate: index.predicate.clone(),
                nulls_alike: are_alike(&index.definition),
            });
        }
    }
    found
}

/// Names without helper values of other rows, for conditions from the catalog.
struct Plain<'r, 'a>(&'r Reader<'a>);

impl expression::Names for Plain<'_, '_> {
    fn path(&mut self, name: &str) -> Result<expression::Path, (String, Option<String>)> {
        self.0.names.path(self.0.scope, name)
    }

    fn as_of(&self) -> i32 {
        self.0.as_of
    }
}

fn proof(
    reader: &mut Reader<'_>,
    data: &mut Dataset,
    at: usize,
    own: &[usize],
    within_tenant: bool,
    name: &str,
) -> Option<String> {
    let table = &data.tables[at];
    let by_tenant = table.by_tenant;
    for column in own {
        if let Some(reason) = differs(data, at, *column, within_tenant || !by_tenant) {
            return Some(format!("{} {reason}", table.columns[*column].name));
        }
    }
    let of_parent = |column: &usize| matches!(&table.columns[*column].generator, Generator::Reference(reference) if reference.choice == Choice::Parent);
    let distinct = |column: &usize| matches!(&table.columns[*column].generator, Generator::Reference(reference) if reference.distinct);
    let has = |test: &dyn Fn(&usize) -> bool| own.iter().any(test);
    match &table.shape {
        Shape::Per { most, .. } if has(&of_parent) => {
            if *most <= 1 {
                return Some("one row for each parent".to_owned());
            }
            if has(&|column| matches!(table.columns[*column].generator, Generator::Order(_))) {
                return Some("parent and order".to_owned());
            }
            if has(&distinct) {
                return Some("parent and a distinct reference".to_owned());
            }
        }
        Shape::Calendar(_) if has(&of_parent) => {
            let has_day = has(&|column| {
                matches!(table.columns[*column].generator, Generator::Calendar { .. })
            });
            if has_day && has(&distinct) {
                return Some("person, day and a distinct reference".to_owned());
            }
        }
        _ => {}
    }
    pairs(reader, data, at, own, name)
}

/// Why a column alone differs in every row, if it does.
fn differs(data: &Dataset, at: usize, column: usize, within_tenant: bool) -> Option<&'static str> {
    let table = &data.tables[at];
    let made = &table.columns[column];
    if made.null > 0
        || !table.first.is_empty()
            && table
                .first
                .iter()
                .any(|row| row.iter().any(|(known, _)| *known == column))
    {
        return None;
    }
    match &made.generator {
        Generator::Key(_) => Some("is the row's key"),
        Generator::Code(_) if within_tenant => Some("is numbered"),
        // What differs in case alone is the same to some types.
        Generator::Phrase(text)
            if text.unique
                && made.comparison == Comparison::Exact
                && (within_tenant || table.pods.len() == 1) =>
        {
            Some("goes through its texts")
        }
        Generator::Reference(reference) if reference.choice == Choice::Same => {
            Some("follows the other row")
        }
        Generator::Email(email) if email.unique => Some("is numbered"),
        Generator::Email(email) if made.comparison != Comparison::Collated => {
            // Different names make different addresses when no two words of the name's lists look alike in one.
            let expression::End::Column(name) = email.name.end else {
                return None;
            };
            if !email.name.hops.is_empty() {
                return None;
            }
            differs(data, at, name, within_tenant)?;
            plain_words(data, at, name).then_some("follows a name that differs")
        }
        _ => None,
    }
}

/// Whether the words that a unique phrase is made of stay different in addresses.
fn plain_words(data: &Dataset, at: usize, column: usize) -> bool {
    let Generator::Phrase(text) = &data.tables[at].columns[column].generator else {
        return false;
    };
    data.words.phrases[text.phrase]
        .variants
        .iter()
        .flatten()
        .all(|piece| match piece {
            crate::seed::words::Piece::List(list, _) => {
                let mut slugs: Vec<String> = data.words.lists[*list]
                    .items
                    .iter()
                    .map(|word| slug(data.words.text(*word), '.'))
                    .collect();
                let count = slugs.len();
                slugs.sort();
                slugs.dedup();
                slugs.len() == count && !slugs.iter().any(|slug| slug.contains('.'))
            }
            crate::seed::words::Piece::Text(_) => true,
            _ => false,
        })
}

/// Two free references that together must differ are gone through pair by pair; one alone, row by row.
fn pairs(
    reader: &mut Reader<'_>,
    data: &mut Dataset,
    at: usize,
    own: &[usize],
    name: &str,
) -> Option<String> {
    let table = &data.tables[at];
    if !matches!(table.shape, Shape::Rows(_)) {
        return None;
    }
    let free: Vec<(usize, usize)> = own
        .iter()
        .filter_map(|column| match &table.columns[*column].generator {
            Generator::Reference(reference)
                if reference.among == Among::All
                    && reference.condition.is_none()
                    && matches!(reference.choice, Choice::Uniform)
                    && table.columns[*column].null == 0 =>
            {
                Some((*column, reference.target))
            }
            _ => None,
        })
        .collect();
    if free.len() != own.len() || free.is_empty() || free.len() > 2 {
        return None;
    }
    let (label, place) = (table.label.clone(), table.place.clone());
    for (tenant, pod) in data.kinds_of_pods(at) {
        let rows = u64::from(data.rows_in(at, tenant, pod));
        let room: u64 = free
            .iter()
            .map(|(_, target)| {
                let (tenant, pod) = data.pod_in(*target, tenant, pod);
                u64::from(data.rows_in(*target, tenant, pod))
            })
            .product();
        if rows > room {
            let hint = if pod == 0 {
                format!("lower rows to {room}, or raise those of the tables that it refers to")
            } else {
                crate::seed::scale::IN_PART.to_owned()
            };
            reader.mistake(
                place.span.unwrap_or_default(),
                format!("{name} of {label} allows {room} rows, {rows} asked"),
                Some(hint),
            );
            return None;
        }
    }
    let targets: Vec<usize> = free.iter().map(|(_, target)| *target).collect();
    for (position, (column, _)) in free.iter().enumerate() {
        if let Generator::Reference(reference) = &mut data.tables[at].columns[*column].generator {
            reference.choice = match targets[..] {
                [_, _] => Choice::Pairs(Place {
                    other: targets[1 - position],
                    is_first: position == 0,
                }),
                _ => Choice::Same,
            };
        }
    }
    Some(if free.len() == 2 {
        "each pair once".to_owned()
    } else {
        "each row once".to_owned()
    })
}
