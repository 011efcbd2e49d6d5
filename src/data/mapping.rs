//! The mapping file of a folder: which source fills which table, and which field which column.
//!
//! ```toml
//! ignore = ["export.json#theme"]              # sources that nobody needs
//!
//! [tables.contacts]
//! from = "export.json#contacts"               # or several: ["a.csv", "b.csv"]
//! ignore = ["avatar"]                         # fields that nobody needs
//!
//! [tables.contacts.columns]
//! id = { field = "id", key_of = "contacts" }  # a UUID made of a key of any kind, the same wherever it is made
//! name = "name"                               # a field as it is
//! status = { field = "state", values = { open = "active" } }
//! owner_id = { field = "owner", by = "email" } # the row there that has this e-mail address
//! type = { value = "company" }                # the same in each row
//! ```

use std::collections::BTreeMap;
use std::ops::Range;

use crate::error::{Error, Place, Result};
use crate::files::TextFile;
use crate::files::suggest::suggestion;
use crate::files::toml::{Data, Key, Node, tree};

/// The name of the mapping in its folder.
pub const FILE: &str = "import.toml";

/// A mapping as written.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// The file.
    pub file: TextFile,
    pub(super) tables: Vec<TableMapping>,
    /// Sources that nobody needs.
    pub(super) ignore: Vec<Named>,
}

/// A text of the file and where it stands.
pub(super) type Named = (String, Range<usize>);

/// What fills a table.
#[derive(Clone, Debug)]
pub(super) struct TableMapping {
    pub(super) name: Named,
    pub(super) from: Vec<Named>,
    pub(super) ignore: Vec<Named>,
    pub(super) columns: Vec<ColumnMapping>,
}

/// What fills a column.
#[derive(Clone, Debug)]
pub(super) struct ColumnMapping {
    pub(super) name: Named,
    pub(super) origin: Origin,
    /// Field values → what is written for them.
    pub(super) values: BTreeMap<String, String>,
}

/// Where a column's values come from.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// A field as it is.
    Field(Named),
    /// A UUID made of a field: the same for the same name and value.
    Key { field: Named, of: Named },
    /// The key of the row whose column has the field's value.
    Row { field: Named, by: Named },
    /// The same text in each row.
    Value(String),
}

impl Mapping {
    /// Reads a mapping.
    ///
    /// # Errors
    /// With every mistake of the file.
    pub fn read(file: &TextFile) -> Result<Self> {
        let mut reader = Reader {
            file,
            mistakes: Vec::new(),
        };
        let mut mapping = Self {
            file: file.clone(),
            tables: Vec::new(),
            ignore: Vec::new(),
        };
        for (key, node) in reader.members(&tree(file)?) {
            match key.text.as_str() {
                "ignore" => mapping.ignore = reader.texts(&node),
                "tables" => {
                    for (name, node) in reader.members(&node) {
                        let table = reader.table(name, &node);
                        mapping.tables.push(table);
                    }
                }
                _ => reader.unknown(&key, &["ignore", "tables"]),
            }
        }
        if mapping.tables.is_empty() && reader.mistakes.is_empty() {
            reader.mistakes.push(
                Error::project(format!("{} maps nothing", file.path))
                    .at(Place::file(&file.path))
                    .hint("give each table that is filled its `[tables.<name>]`; `--propose` writes a first mapping"),
            );
        }
        let line = |mistake: &Error| mistake.place.as_ref().and_then(Place::line_column);
        reader.mistakes.sort_by_key(line);
        Error::all(reader.mistakes)?;
        Ok(mapping)
    }

    /// A mistake at a place of the file.
    pub(super) fn mistake(&self, span: &Range<usize>, message: impl Into<String>) -> Error {
        Error::project(message).at(self.file.place(span.clone()))
    }
}

struct Reader<'a> {
    file: &'a TextFile,
    mistakes: Vec<Error>,
}

impl Reader<'_> {
    fn wrong(&mut self, span: &Range<usize>, message: impl Into<String>, hint: impl Into<String>) {
        let mistake = Error::project(message).at(self.file.place(span.clone()));
        self.mistakes.push(mistake.hint(hint));
    }

    fn unknown(&mut self, key: &Key, known: &[&str]) {
        let message = format!("`{}` is not known here", key.text);
        self.wrong(
            &key.span,
            message,
            suggestion(&key.text, known.iter().copied()),
        );
    }

    fn members(&mut self, node: &Node) -> Vec<(Key, Node)> {
        match &node.data {
            Data::Table(members) => members.clone(),
            _ => {
                self.wrong(
                    &node.span,
                    "a table is expected here",
                    "see docs/data.md for the form of a mapping",
                );
                Vec::new()
            }
        }
    }

    fn text(&mut self, node: &Node) -> Option<Named> {
        match &node.data {
            Data::Text(text) => Some((text.clone(), node.span.clone())),
            _ => {
                self.wrong(&node.span, "a text is expected here", "write it in quotes");
                None
            }
        }
    }

    fn texts(&mut self, node: &Node) -> Vec<Named> {
        match &node.data {
            Data::Array(items) => items.iter().filter_map(|item| self.text(item)).collect(),
            _ => self.text(node).into_iter().collect(),
        }
    }

    fn table(&mut self, name: Key, node: &Node) -> TableMapping {
        let mut table = TableMapping {
            name: (name.text, name.span.clone()),
            from: Vec::new(),
            ignore: Vec::new(),
            columns: Vec::new(),
        };
        for (key, node) in self.members(node) {
            match key.text.as_str() {
                "from" => table.from = self.texts(&node),
                "ignore" => table.ignore = self.texts(&node),
                "columns" => {
                    for (name, node) in self.members(&node) {
                        let column = self.column(name, &node);
                        table.columns.extend(column);
                    }
                }
                _ => self.unknown(&key, &["from", "ignore", "columns"]),
            }
        }
        if table.from.is_empty() {
            let message = format!(
                "`tables.{}` says not `from` what it is filled",
                table.name.0
            );
            self.wrong(
                &name.span,
                message,
                "name a file of the folder: from = \"contacts.csv\"",
            );
        }
        table
    }

    fn column(&mut self, name: Key, node: &Node) -> Option<ColumnMapping> {
        let named = (name.text.clone(), name.span.clone());
        if let Data::Text(field) = &node.data {
            return Some(ColumnMapping {
                name: named,
                origin: Origin::Field((field.clone(), node.span.clone())),
                values: BTreeMap::new(),
            });
        }
        if !matches!(node.data, Data::Table(_)) {
            self.members(node);
            return None;
        }
        let (mut field, mut of, mut by, mut value) = (None, None, None, None);
        let mut values = BTreeMap::new();
        for (key, node) in self.members(node) {
            match key.text.as_str() {
                "field" => field = self.text(&node),
                "key_of" => of = self.text(&node),
                "by" => by = self.text(&node),
                "value" => {
                    value = match &node.data {
                        Data::Text(text) | Data::Decimal(text) | Data::Datetime(text) => {
                            Some(text.clone())
                        }
                        Data::Integer(number) => Some(number.to_string()),
                        Data::Boolean(truth) => Some(truth.to_string()),
                        Data::Array(_) | Data::Table(_) => self.text(&node).map(|(text, _)| text),
                    }
                }
                "values" => {
                    for (from, to) in self.members(&node) {
                        let to = self.text(&to);
                        values.extend(to.map(|(to, _)| (from.text, to)));
                    }
                }
                _ => self.unknown(&key, &["field", "key_of", "by", "value", "values"]),
            }
        }
        let origin = match (field, of, by, value) {
            (Some(field), None, None, None) => Origin::Field(field),
            (Some(field), Some(of), None, None) => Origin::Key { field, of },
            (Some(field), None, Some(by), None) => Origin::Row { field, by },
            (None, None, None, Some(value)) if values.is_empty() => Origin::Value(value),
            _ => {
                let message = format!(
                    "`{}` says not in one way where its values come from",
                    name.text
                );
                let hint = "give a `field`, with `key_of` or `by` or neither, or a `value`";
                self.wrong(&name.span, message, hint);
                return None;
            }
        };
        Some(ColumnMapping {
            name: named,
            origin,
            values,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        let error = Mapping::read(&TextFile::new(FILE, text)).unwrap_err();
        let line = |error: &Error| {
            error
                .place
                .as_ref()
                .unwrap()
                .line_column()
                .map_or(0, |at| at.0)
        };
        error.iter().map(line).collect()
    }

    #[test]
    fn every_mistake_of_a_mapping_is_named() {
        let text = "ignor = []\n[tables.a]\nfrm = 'a.csv'\n[tables.a.columns]\nx = 1\ny = { field = 'y', value = 'z' }\n\
                    z = { fild = 'z' }\nv = { value = [1] }\n";
        assert_eq!(lines(text), [1, 2, 3, 5, 6, 7, 7, 8, 8]);
        assert_eq!(lines(""), [0]);
    }

    #[test]
    fn a_column_has_one_origin() {
        let text = "[tables.a]\nfrom = ['a.csv', 'b.csv']\n[tables.a.columns]\nw = 'f'\nx = { field = 'f', key_of = 'a' }\n\
                    y = { field = 'f', by = 'name' }\nz = { value = 1.50 }\n";
        let mapping = Mapping::read(&TextFile::new(FILE, text)).unwrap();
        assert_eq!(mapping.tables[0].from.len(), 2);
        assert!(
            matches!(&mapping.tables[0].columns[0].origin, Origin::Field((field, _)) if field == "f")
        );
        assert!(
            matches!(&mapping.tables[0].columns[1].origin, Origin::Key { of, .. } if of.0 == "a")
        );
        assert!(
            matches!(&mapping.tables[0].columns[2].origin, Origin::Row { by, .. } if by.0 == "name")
        );
        assert!(
            matches!(&mapping.tables[0].columns[3].origin, Origin::Value(value) if value == "1.50")
        );
    }
}
