//! What the names of a seed file mean: its tables, their columns, and which columns lead to other tables.

use crate::files::suggest;
use crate::seed::column_type::{ColumnType, Comparison};
use crate::seed::expression::{End, Hop, Path, Root};

/// All tables that the file names, and those they refer to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    pub(crate) tables: Vec<TableNames>,
}

/// A table's names.
#[derive(Clone, Debug, Default)]
pub(crate) struct TableNames {
    /// As the file writes it.
    pub(crate) label: String,
    pub(crate) columns: Vec<ColumnNames>,
    /// The table that its rows are made for.
    pub(crate) parent: Option<usize>,
}

/// A column's name and what is known of it.
#[derive(Clone, Debug)]
pub(crate) struct ColumnNames {
    pub(crate) name: String,
    /// The table that it leads to.
    pub(crate) target: Option<usize>,
    pub(crate) data_type: Option<ColumnType>,
    pub(crate) not_null: bool,
    pub(crate) comparison: Comparison,
    /// The texts that a check lets pass, if one lists them.
    pub(crate) labels: Option<Vec<String>>,
}

/// The tables that a name may start from.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) table: usize,
    pub(crate) it: Option<usize>,
    pub(crate) via: Option<usize>,
    /// The column that is being read, which a place in its own text cannot mean.
    pub(crate) own: Option<usize>,
}

/// What a row has beside its columns, with what it is; a column of the same name is meant before it.
pub(crate) const PLACES: [(&str, End, &str); 7] = [
    (
        "order",
        End::Order,
        "the row's place under its parent, from 1",
    ),
    ("siblings", End::Siblings, "how many rows its parent has"),
    ("day", End::Day, "the calendar's day"),
    ("row", End::Row, "the row's number in its tenant, from 1"),
    (
        "row_number",
        End::Row,
        "the same, where a column is called `row`",
    ),
    ("tenant", End::Tenant, "the tenant's name"),
    ("as_of", End::Present, "the present day of the story"),
];

/// A complaint and what was probably meant.
pub(crate) type Unknown = (String, Option<String>);

impl Names {
    pub(crate) fn table(&self, label: &str) -> Option<usize> {
        self.tables.iter().position(|table| table.label == label)
    }

    pub(crate) fn column(&self, table: usize, name: &str) -> Option<usize> {
        self.tables[table]
            .columns
            .iter()
            .position(|column| column.name == name)
    }

    /// What a dotted name means in a scope.
    pub(crate) fn path(&self, scope: Scope, name: &str) -> Result<Path, Unknown> {
        let mut segments: Vec<&str> = name.split('.').collect();
        let last = segments.pop().unwrap_or_default();
        let (mut root, mut table) = (Root::Own, scope.table);
        let mut hops = Vec::new();
        for (at, segment) in segments.iter().enumerate() {
            if at == 0
                && let Some(found) = match *segment {
                    "it" => scope.it.map(|table| (Root::It, table)),
                    "via" => scope.via.map(|table| (Root::Via, table)),
                    // As in the words of a policy file.
                    "row" if self.hop(table, segment).is_err() => Some((Root::Own, table)),
                    _ => None,
                }
            {
                (root, table) = found;
                continue;
            }
            let (hop, next) = self.hop(table, segment)?;
            hops.push(hop);
            table = next;
        }
        // In its own line a column cannot mean itself: `row` is the row's number there.
        let own = scope.own.filter(|_| root == Root::Own && hops.is_empty());
        let end = self.end(table, last, own)?;
        Ok(Path { root, hops, end })
    }

    /// One step from a table to another.
    pub(crate) fn hop(&self, table: usize, segment: &str) -> Result<(Hop, usize), Unknown> {
        let names = &self.tables[table];
        if segment == "previous" {
            return Ok((Hop::Previous, table));
        }
        if let Some(parent) = names.parent
            && (segment == "parent" || is_one_of(segment, &self.tables[parent].label))
        {
            return Ok((Hop::Parent, parent));
        }
        let with_id = format!("{segment}_id");
        let found = names.columns.iter().enumerate().find_map(|(at, column)| {
            let is_meant = column.name == segment || column.name == with_id;
            column
                .target
                .filter(|_| is_meant)
                .map(|target| (Hop::Reference(at), target))
        });
        found.ok_or_else(|| {
            let known: Vec<&str> = names
                .columns
                .iter()
                .filter(|column| column.target.is_some())
                .map(|column| column.name.strip_suffix("_id").unwrap_or(&column.name))
                .chain(names.parent.map(|_| "parent"))
                .collect();
            let message = if self.column(table, segment).is_some() {
                format!("{}.{segment} does not lead to another table", names.label)
            } else {
                format!("nothing in {} leads to `{segment}`", names.label)
            };
            (message, suggest::hint(segment, known))
        })
    }

    fn end(&self, table: usize, last: &str, own: Option<usize>) -> Result<End, Unknown> {
        let known = PLACES.iter().find(|(name, ..)| *name == last);
        let column = self.column(table, last);
        if let Some(column) = column.filter(|_| column != own || known.is_none()) {
            return Ok(End::Column(column));
        }
        Ok(match known {
            Some((_, end, _)) => *end,
            None => {
                let columns = self.tables[table]
                    .columns
                    .iter()
                    .map(|column| column.name.as_str());
                return Err((
                    format!("{} has no column `{last}`", self.tables[table].label),
                    suggest::hint(last, columns),
                ));
            }
        })
    }
}

/// Whether a word is the singular of a table's name: `employee` of `agency.employees`.
fn is_one_of(word: &str, label: &str) -> bool {
    let plural = label.rsplit('.').next().unwrap_or(label);
    let singular = match plural.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => plural.strip_suffix('s').unwrap_or(plural).to_owned(),
    };
    word == singular || word == plural
}
