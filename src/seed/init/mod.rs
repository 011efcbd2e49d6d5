//! A first seed file for a schema that is there: a line for each column that nothing is known of, and every line that is
//! inferred as a comment, so that its reader sees what happens without it. `judge` finds lines that make checks hold.

mod check;
mod clock;
mod combine;
mod days;
mod draft;
mod judge;
mod pattern;
mod propose;
mod rows;

pub use days::days;
pub use draft::Draft;
pub use judge::{Broken, judge};

use crate::catalog::{Catalog, Column, ConstraintKind, Name, Relation};
use crate::seed::column_type::ColumnType;
use crate::seed::dataset::Dataset;

/// Names by which columns usually hold the tenant.
const TENANT_COLUMNS: [&str; 4] = ["tenant_id", "organisation_id", "organization_id", "org_id"];

/// The tables of a file.
fn tables<'c>(catalog: &'c Catalog, fill: &'c [Name]) -> impl Iterator<Item = &'c Relation> {
    catalog
        .tables()
        .filter(|relation| fill.contains(&relation.name))
}

/// The tables of some schemas, and all others that they refer to.
#[must_use]
pub fn reached(catalog: &Catalog, schemas: &[String]) -> Vec<Name> {
    let mut reached: Vec<Name> = catalog
        .tables()
        .filter(|relation| schemas.contains(&relation.name.schema))
        .map(|relation| relation.name.clone())
        .collect();
    let mut at = 0;
    while at < reached.len() {
        let from = reached[at].clone();
        let constraints = catalog.constraints.iter();
        let targets = constraints
            .filter(|constraint| constraint.relation == from)
            .filter_map(|constraint| Some(&constraint.references.as_ref()?.relation));
        for target in targets {
            if !reached.contains(target) {
                reached.push(target.clone());
            }
        }
        at += 1;
    }
    reached
}

/// The table that a nullable column refers to, when others refer to the column itself: it must have values.
fn passed_on(catalog: &Catalog, table: &Name, column: &Column) -> Option<Name> {
    let is_target = catalog.constraints.iter().any(|constraint| {
        constraint.references.as_ref().is_some_and(|reference| {
            reference.relation == *table && reference.columns.contains(&column.name)
        })
    });
    if column.not_null || !is_target {
        return None;
    }
    catalog.constraints.iter().find_map(|constraint| {
        let is_own = constraint.relation == *table && constraint.columns.contains(&column.name);
        constraint
            .references
            .as_ref()
            .filter(|_| is_own)
            .map(|reference| reference.relation.clone())
    })
}

/// Of a key of several columns the last refers, and the others agree with it: how such a column is read from there.
fn agreed(
    catalog: &Catalog,
    table: &Name,
    column: &Column,
    tenant: Option<&str>,
) -> Option<String> {
    catalog.constraints.iter().find_map(|constraint| {
        let reference = constraint
            .references
            .as_ref()
            .filter(|_| constraint.relation == *table)?;
        let (last, others) = constraint.columns.split_last()?;
        let at = others
            .iter()
            .position(|name| *name == column.name && Some(name.as_str()) != tenant)?;
        let refers = catalog
            .columns_of(table)
            .any(|column| column.name == *last && column.not_null);
        refers.then(|| format!("{{ copy = \"{last}.{}\" }}", reference.columns[at]))
    })
}

/// Whether a column must differ in all rows, whatever their tenant.
fn is_unique(catalog: &Catalog, table: &Name, column: &Column) -> bool {
    is_key(catalog, table, |key| key == [column.name.as_str()])
}

/// Whether a column must differ in all rows of a tenant.
fn is_unique_in_tenant(
    catalog: &Catalog,
    table: &Name,
    column: &Column,
    tenant: Option<&str>,
) -> bool {
    is_key(catalog, table, |key| {
        let mut own = key.iter().filter(|name| Some(**name) != tenant);
        own.next() == Some(&column.name.as_str()) && own.next().is_none()
    })
}

/// Whether a table has a key of which this holds.
fn is_key(catalog: &Catalog, table: &Name, test: impl Fn(&[&str]) -> bool) -> bool {
    let by_constraint = catalog.constraints.iter().any(|constraint| {
        let columns: Vec<&str> = constraint.columns.iter().map(String::as_str).collect();
        constraint.relation == *table && constraint.kind == ConstraintKind::Unique && test(&columns)
    });
    by_constraint
        || catalog.indexes.iter().any(|index| {
            let keys: Vec<&str> = index.keys.iter().flatten().map(String::as_str).collect();
            index.relation == *table
                && index.unique
                && keys.len() == index.keys.len()
                && test(&keys)
        })
}

fn label(name: &Name) -> String {
    format!("{}.{}", name.schema, name.name)
}

/// The file: `draft` has the columns that need a line and lines that were found; `known` comments on the others.
#[must_use]
pub fn file(
    catalog: &Catalog,
    fill: &[Name],
    as_of: &str,
    draft: &Draft,
    known: Option<&Dataset>,
) -> String {
    let mut text = format!(
        "# A first seed file, written by `workroom seed init`. A column without a line follows from the catalog, as the\n\
         # comments say; change what should look real. `workroom seed plan` lets the server judge it.\n\n\
         [seed]\nformat = 1\nseed = 1\nas_of = {as_of}\nmonths = 12\n"
    );
    let tenants = tenant(catalog, fill, draft.tenant());
    text.push_str(&tenants);
    text.push_str("\n[list]\nword = [\"alder\", \"birch\", \"cedar\", \"elm\", \"hazel\", \"linden\", \"maple\", \"oak\", \"pine\", \"willow\"]\n");
    for relation in tables(catalog, fill) {
        let name = label(&relation.name);
        text.push_str(&format!(
            "\n[table.\"{name}\"]\nrows = {}\n[table.\"{name}\".set]\n",
            draft.rows(&name)
        ));
        for remark in draft.remarks(&name, "") {
            text.push_str(&format!("# {remark}\n"));
        }
        for column in catalog
            .columns_of(&relation.name)
            .filter(|column| column.generated.is_none())
        {
            for remark in draft.remarks(&name, &column.name) {
                text.push_str(&format!("# {remark}\n"));
            }
            if let Some(line) = line(catalog, fill, draft, !tenants.is_empty(), column) {
                text.push_str(&format!("{} = {line}\n", key(&column.name)));
            } else if let Some(reason) = inferred(known, column) {
                text.push_str(&format!("# {} — {reason}\n", column.name));
            }
        }
    }
    text
}

/// What a column is made by; nothing when that follows from the catalog.
fn line(
    catalog: &Catalog,
    fill: &[Name],
    draft: &Draft,
    has_tenants: bool,
    column: &Column,
) -> Option<String> {
    let table = &column.relation;
    if let Some(line) = draft.line(&label(table), &column.name) {
        return Some(line.to_owned());
    }
    if let Some(line) = agreed(catalog, table, column, draft.tenant()) {
        return Some(line);
    }
    if let Some(target) = passed_on(catalog, table, column).filter(|target| fill.contains(target)) {
        return Some(format!(
            "{{ ref = \"{}\", pick = \"same\" }}",
            label(&target)
        ));
    }
    let data_type = ColumnType::of(catalog, column);
    let start = column.name.replacen("end", "start", 1);
    let is_end = start != column.name
        && column.not_null
        && matches!(data_type, ColumnType::Date | ColumnType::Timestamp)
        && catalog.columns_of(table).any(|other| other.name == start);
    if is_end {
        return Some(format!("{{ after = \"{start}\", hours = [1, 90] }}"));
    }
    draft.is_open(&label(table), &column.name).then(|| {
        let differs = has_tenants && is_unique(catalog, table, column);
        generator(&column.name, &data_type, differs)
    })
}

/// Why a column needs no line.
fn inferred(known: Option<&Dataset>, column: &Column) -> Option<&'static str> {
    let tables = &known?.tables;
    let table = tables.iter().find(|table| table.name == column.relation)?;
    let made = table.columns.iter().find(|made| made.name == column.name)?;
    made.inferred
}

/// A key, quoted where TOML wants it so.
fn key(name: &str) -> String {
    let plain = name
        .chars()
        .all(|character| character.is_ascii_alphanumeric() || matches!(character, '_' | '-'));
    if plain && !name.is_empty() {
        name.to_owned()
    } else {
        format!("{name:?}")
    }
}

/// The column that says whose a row is: the one that the project declares, or one that looks like it. Tenants have UUIDs.
#[must_use]
pub fn tenant_column(catalog: &Catalog, fill: &[Name], declared: Option<&str>) -> Option<String> {
    let is_there = |name: &&str| {
        let mut columns = tables(catalog, fill).flat_map(|table| catalog.columns_of(&table.name));
        columns.any(|column| {
            column.name == **name && ColumnType::of(catalog, column) == ColumnType::Uuid
        })
    };
    let mut names = declared.into_iter().chain(TENANT_COLUMNS);
    names.find(is_there).map(str::to_owned)
}

/// `[tenant]`.
fn tenant(catalog: &Catalog, fill: &[Name], column: Option<&str>) -> String {
    let Some(column) = column else {
        return String::new();
    };
    let table = catalog.constraints.iter().find_map(|constraint| {
        let reference = constraint.references.as_ref()?;
        (constraint.columns == [column] && fill.contains(&reference.relation))
            .then(|| label(&reference.relation))
    });
    let mut text = format!("\n[tenant]\ncolumn = \"{column}\"\n");
    match table {
        Some(table) => text.push_str(&format!("table = \"{table}\"\n[tenant.names]\nfirst = {{ share = 3 }}\nsecond = {{ share = 1 }}\n")),
        None => text.push_str(
            "[tenant.names]\nfirst = { id = \"10000000-0000-4000-8000-000000000001\", share = 3 }\n\
             second = { id = \"20000000-0000-4000-8000-000000000002\", share = 1 }\n",
        ),
    }
    text
}

/// A generator that fits a column of which only name and type are known, and whether tenants must not have the same.
fn generator(name: &str, data_type: &ColumnType, differs: bool) -> String {
    match data_type {
        ColumnType::Bool => "{ true = 1, false = 1 }".to_owned(),
        ColumnType::Int(_) | ColumnType::Float(_) => "{ number = [1, 100] }".to_owned(),
        ColumnType::Numeric(limits) => {
            let most = limits
                .map_or(100, |(precision, scale)| {
                    10_u64.pow(precision.saturating_sub(scale).min(3)) - 1
                })
                .clamp(1, 999);
            format!("{{ number = [1, {most}] }}")
        }
        ColumnType::Date | ColumnType::Timestamp => {
            "{ date = [\"-12 months\", \"as_of\"] }".to_owned()
        }
        ColumnType::Uuid => "{ key = \"uuid\" }".to_owned(),
        ColumnType::Json | ColumnType::Jsonb => {
            "{ json = { word = { list = \"word\" } } }".to_owned()
        }
        ColumnType::Texts(_) => "{ array = \"word\" }".to_owned(),
        ColumnType::Enum(labels) => format!("{{ pick = {labels:?} }}"),
        ColumnType::Text(_) if name.contains("email") && differs => {
            "{ text = \"{word}.{row}@{tenant}.example\" }".to_owned()
        }
        ColumnType::Text(_) if name.contains("email") => {
            "{ text = \"{word}.{row}@example.com\" }".to_owned()
        }
        ColumnType::Text(_) if differs => "{ text = \"{word} {row} {tenant}\" }".to_owned(),
        ColumnType::Text(Some(most)) if *most < 4 && !differs => {
            format!("{:?}", "x".repeat(*most as usize))
        }
        ColumnType::Text(Some(most)) if *most < 12 => "{ text = \"{row}\" }".to_owned(),
        ColumnType::Text(_) => "{ text = \"{word} {row}\" }".to_owned(),
        ColumnType::Other(sql) if !texts_of(sql).is_empty() => {
            format!("{{ pick = {:?} }}", texts_of(sql))
        }
        ColumnType::Vector(_) | ColumnType::Other(_) => "{ server = true }".to_owned(),
    }
}

/// Texts that the server reads as values of a type; none where nothing is known of it.
fn texts_of(sql: &str) -> &'static [&'static str] {
    match sql {
        "inet" | "cidr" => &["192.0.2.1", "198.51.100.7", "203.0.113.9"],
        "macaddr" => &["00:00:5e:00:53:01", "00:00:5e:00:53:02"],
        "interval" => &["30 minutes", "1 day", "2 weeks"],
        "bytea" => &["\\x00", "\\xff00"],
        "int4range" | "int8range" | "numrange" => &["[1,10)", "[5,50)"],
        "daterange" | "tsrange" | "tstzrange" => &["[2026-01-01,2026-02-01)"],
        "point" => &["(1,2)", "(3,5)"],
        "money" => &["9.99", "20"],
        "tsvector" => &["alder", "birch"],
        "xml" => &["<word/>"],
        _ if sql.starts_with("time") => &["09:00", "12:30", "17:45"],
        // Whatever the items are.
        _ if sql.ends_with("[]") => &["{}"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generator_follows_from_name_and_type() {
        assert_eq!(
            generator("contact_email", &ColumnType::Text(None), false),
            "{ text = \"{word}.{row}@example.com\" }"
        );
        assert_eq!(
            generator("x", &ColumnType::Numeric(Some((4, 3))), true),
            "{ number = [1, 9] }"
        );
        assert_eq!(key("a b"), "\"a b\"");
    }
}
