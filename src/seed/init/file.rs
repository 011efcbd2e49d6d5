//! The text of a first file, with what each of its lines is for.

use std::collections::BTreeMap;

use super::draft::{Draft, Place};
use super::generator::{Known, by_name, generator};
use super::names::{beginnings, by_number, text_beside};
use super::{agreed, is_unique, is_unique_in_tenant, label, lists, passed_on, referred, tenants};
use crate::catalog::{Catalog, Column, Name, Relation};
use crate::files::toml::quoted;
use crate::seed::column_type::{ColumnType, default_of, refuses_null};
use crate::seed::dataset::Dataset;

/// The lines of a table, each with what it is for.
type Lines = Vec<(String, Place)>;

/// A file.
#[derive(Debug, Default)]
pub struct Written {
    /// Its text.
    pub text: String,
    /// How many lines it has.
    lines: usize,
    /// What its lines are for, by their numbers from 1.
    places: BTreeMap<usize, Place>,
}

impl Written {
    /// What a line is for.
    pub(super) fn place(&self, line: usize) -> Option<&Place> {
        self.places.get(&line)
    }

    fn push(&mut self, line: &str, place: Option<Place>) {
        self.lines += 1;
        if let Some(place) = place {
            self.places.insert(self.lines, place);
        }
        self.text.push_str(line);
        self.text.push('\n');
    }
}

/// The file: `draft` has the columns that need a line and lines that were found; `known` comments on the others.
#[must_use]
pub fn file(catalog: &Catalog, as_of: &str, draft: &Draft, known: Option<&Dataset>) -> Written {
    let head = format!(
        "# A first seed file, written by `workroom seed init`. A column without a line follows from the catalog, as the\n\
         # comments say; change what should look real. `workroom seed plan` lets the server judge it.\n\n\
         [seed]\nformat = 1\nseed = 1\nas_of = {as_of}\nmonths = 12\n{}",
        tenant(catalog, draft)
    );
    extended(&head, catalog, draft, known)
}

/// Another text with the tables of a draft, and the lists that they need and it does not have.
#[must_use]
pub fn extended(head: &str, catalog: &Catalog, draft: &Draft, known: Option<&Dataset>) -> Written {
    let tables: Vec<(String, Lines, bool)> = catalog
        .tables()
        .filter(|relation| draft.has(&relation.name))
        .map(|relation| {
            let name = label(&relation.name);
            let lines = block(catalog, draft, known, relation);
            let is_out = draft.left_out(&name).is_some();
            (name, lines, is_out)
        })
        .collect();
    let lines: String = tables
        .iter()
        .filter(|(.., is_out)| !is_out)
        .flat_map(|(_, lines, _)| lines.iter().map(|(line, _)| format!("{line}\n")))
        .collect();
    let mut text = lists::added(head, &lines);
    if !text.ends_with('\n') {
        text.push('\n');
    }
    let mut written = Written {
        lines: text.matches('\n').count(),
        text,
        places: BTreeMap::new(),
    };
    for (name, lines, is_out) in tables {
        written.push("", None);
        if let Some(reason) = draft.left_out(&name) {
            written.push(&format!("# Left out, as {reason}"), None);
        }
        for (line, place) in lines {
            match is_out {
                true if line.starts_with('#') => written.push(&line, None),
                true => written.push(&format!("# {line}"), None),
                false => written.push(&line, Some(place)),
            }
        }
    }
    written
}

/// The lines of a table without remarks: what its rows follow from.
#[must_use]
pub fn lines_of(catalog: &Catalog, draft: &Draft, table: &Name) -> String {
    let relation = catalog.relation(table);
    let lines = relation.map_or_else(Vec::new, |relation| block(catalog, draft, None, relation));
    let lines = lines.into_iter().map(|(line, _)| line);
    lines.filter(|line| !line.starts_with('#')).collect()
}

/// The lines of a table.
fn block(catalog: &Catalog, draft: &Draft, known: Option<&Dataset>, relation: &Relation) -> Lines {
    let name = label(&relation.name);
    let mut lines = Lines::new();
    let mut add =
        |line: String, column: &str| lines.push((line, (name.clone(), column.to_owned())));
    let header = quoted(&name);
    add(format!("[table.{header}]"), "");
    if let Some(remark) = draft.limit(&name) {
        add(format!("# {remark}"), "");
    }
    add(format!("rows = {}", draft.rows(&name)), "");
    add(format!("[table.{header}.set]"), "");
    for remark in draft.remarks(&name, "") {
        add(format!("# {remark}"), "");
    }
    let columns = catalog.columns_of(&relation.name);
    let has_row = catalog
        .columns_of(&relation.name)
        .any(|column| column.name == "row");
    for column in columns.filter(|column| column.generated.is_none()) {
        for remark in draft.remarks(&name, &column.name) {
            add(format!("# {remark}"), &column.name);
        }
        if let Some(line) = line(catalog, draft, column) {
            let line = if has_row { by_number(&line) } else { line };
            add(format!("{} = {line}", key(&column.name)), &column.name);
        } else if let Some(reason) = inferred(known, column) {
            add(
                format!("# {} — {reason}", column.name.replace(['\n', '\r'], " ")),
                &column.name,
            );
        }
    }
    lines
}

/// What a column is made by; nothing when that follows from the catalog.
fn line(catalog: &Catalog, draft: &Draft, column: &Column) -> Option<String> {
    let (table, name) = (&column.relation, label(&column.relation));
    if let Some(line) = draft.line(&name, &column.name) {
        return Some(line.to_owned());
    }
    let must = refuses_null(catalog, column);
    let stays = draft.keys_stay && is_unique(catalog, table, column);
    if draft.goes_along(&name)
        && must
        && !stays
        && Some(column.name.as_str()) != draft.tenant()
        && let Some((target, of)) = referred(catalog, column, &|target| draft.fills(target))
    {
        return Some(format!(
            "{{ ref = {}, column = {}, pick = \"same\" }}",
            quoted(&label(target)),
            quoted(of)
        ));
    }
    let is_open = draft.is_open(&name, &column.name);
    if draft.is_barred(&name, &column.name) {
        return is_open.then(|| draft.generator(catalog, column));
    }
    let agreed = agreed(catalog, table, column, draft.tenant());
    if let Some(line) = agreed.filter(|_| !stays) {
        return Some(line);
    }
    if let Some(target) = passed_on(catalog, table, column).filter(|target| draft.fills(target)) {
        return Some(format!(
            "{{ ref = {}, pick = \"same\" }}",
            quoted(&label(&target))
        ));
    }
    let data_type = ColumnType::of(catalog, column);
    let is_time = matches!(data_type, ColumnType::Date | ColumnType::Timestamp);
    let start = beginnings(&column.name).into_iter().find_map(|name| {
        let mut columns = catalog.columns_of(table);
        columns.find(|other| other.name == name && refuses_null(catalog, other))
    });
    if let Some(start) = start.filter(|_| is_time && must) {
        return Some(format!(
            "{{ after = {}, hours = [1, 90] }}",
            quoted(&start.name)
        ));
    }
    if is_open {
        return Some(draft.generator(catalog, column));
    }
    // What others refer to must have values.
    let is_target = catalog.constraints.iter().any(|constraint| {
        constraint.references.as_ref().is_some_and(|reference| {
            reference.relation == *table && reference.columns.contains(&column.name)
        })
    });
    if is_target && !must && referred(catalog, column, &|_| true).is_none() {
        return draft.alone(catalog, column);
    }
    draft.embellished(catalog, column)
}

impl Draft {
    /// The line of a column that may stay empty, where its name tells what it holds.
    pub(super) fn embellished(&self, catalog: &Catalog, column: &Column) -> Option<String> {
        let name = label(&column.relation);
        let place = (name, column.name.clone());
        let data_type = ColumnType::of(catalog, column);
        let is_free = !refuses_null(catalog, column)
            && data_type.is_plain_text()
            && default_of(catalog, column).is_none()
            && referred(catalog, column, &|_| true).is_none()
            && !self.barred.contains(&place)
            && !self.lines.contains_key(&place)
            && !self.open.contains(&place);
        let known = self.known(catalog, column, &data_type);
        let line = is_free.then(|| by_name(known)).flatten()?;
        let open = line.strip_suffix(" }")?;
        Some(format!("{open}, null = 0.2 }}"))
    }

    /// What is known of a column.
    fn known<'a>(
        &self,
        catalog: &Catalog,
        column: &'a Column,
        data_type: &'a ColumnType,
    ) -> Known<'a> {
        let table = &column.relation;
        Known {
            table: &table.name,
            name: &column.name,
            data_type,
            sql: &column.data_type,
            unique: is_unique_in_tenant(catalog, table, column, self.tenant()),
            apart: self.tenant().is_some() && is_unique(catalog, table, column),
        }
    }

    /// A line for a column that needs one.
    pub(super) fn generator(&self, catalog: &Catalog, column: &Column) -> String {
        let data_type = ColumnType::of(catalog, column);
        if let ColumnType::Vector(size) = data_type
            && let Some(text) = text_beside(catalog, column)
        {
            let size = size.unwrap_or(3);
            return format!("{{ vector = {size}, of = {} }}", quoted(text));
        }
        generator(self.known(catalog, column, &data_type), self.texts())
    }

    /// A line for a column whose values must differ.
    pub(super) fn differing(&self, catalog: &Catalog, column: &Column) -> String {
        let data_type = ColumnType::of(catalog, column);
        let known = Known {
            unique: true,
            apart: self.tenant().is_some(),
            ..self.known(catalog, column, &data_type)
        };
        generator(known, self.texts())
    }
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
        quoted(name)
    }
}

/// `[tenant]`.
fn tenant(catalog: &Catalog, draft: &Draft) -> String {
    let Some(column) = draft.tenant() else {
        return String::new();
    };
    let mut text = format!("\n[tenant]\ncolumn = {}\n", quoted(column));
    let names = ["first", "second"].into_iter().zip([3, 1]);
    let table = tenants(catalog, column).map(|(table, _)| table);
    if let Some(table) = table.filter(|table| draft.fills(table)) {
        text.push_str(&format!(
            "table = {}\n[tenant.names]\n",
            quoted(&label(&table))
        ));
        for (name, share) in names {
            text.push_str(&format!("{name} = {{ share = {share} }}\n"));
        }
        return text;
    }
    text.push_str("[tenant.names]\n");
    for ((name, share), id) in names.zip(draft.tenant_ids()) {
        text.push_str(&format!(
            "{name} = {{ id = {}, share = {share} }}\n",
            quoted(id)
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_key_of_the_file() {
        assert_eq!(key("a_b-1"), "a_b-1");
        assert_eq!(key("a \"b\"."), "\"a \\\"b\\\".\"");
        assert_eq!(key(""), "\"\"");
    }
}
