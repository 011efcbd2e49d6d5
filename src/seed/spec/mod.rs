//! A seed file and the live catalog joined into a [`Dataset`], with every mistake of the file in one pass.

mod also;
mod constraints;
mod cycle;
mod draft;
mod fields;
mod header;
mod infer;
mod layout;
mod literal;
mod literal_rows;
mod lookup;
mod names;
mod order;
mod phrases;
mod reader;
mod shape;
mod table;
mod times;
mod unique;

pub(crate) use fields::Fields;
pub(crate) use literal::range_of;
#[cfg(test)]
pub(crate) use names::PLACES;
pub(crate) use reader::{Reader, Slot};

use std::collections::{BTreeMap, HashMap};

use crate::catalog::{Catalog, Name, RelationKind};
use crate::error::{Error, Result};
use crate::files::toml::{self, Data, Node};
use crate::files::{TextFile, Tree, fingerprint};
use crate::seed::dataset::{Dataset, Existing};
use crate::seed::refusal;
use crate::seed::scale::Scale;
use names::{Names, Scope};

/// The contract of the value functions: what a file of this format makes never changes.
pub const FORMAT: i64 = 1;

/// What the command line says beside the file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Instead of the file's scale, in thousandths.
    pub scale: Option<Scale>,
    /// Instead of the file's seed.
    pub seed: Option<i64>,
    /// Moves all dates by whole weeks so that the present day is this one, or up to six days before.
    pub as_of: Option<i32>,
    /// The day on which this runs: what `as_of = "this week"` means without another.
    pub today: i32,
}

/// A seed file as far as it can be read without a catalog.
#[derive(Debug)]
pub struct SeedFile {
    /// The file.
    pub file: TextFile,
    /// Its system.
    pub system: String,
    /// The text files of its lists and literal rows, by the name that it gives them.
    lists: BTreeMap<String, TextFile>,
    tree: Node,
}

fn is_in(catalog: &Catalog, label: &str) -> bool {
    let mut tables = catalog.tables();
    tables.any(|known| draft::label(&known.name) == label)
}

impl SeedFile {
    /// Reads a file and its lists.
    ///
    /// # Errors
    /// When it is not TOML, or a list cannot be read.
    pub fn read(system: &str, file: &TextFile, project: &Tree) -> Result<Self> {
        let mut tree = toml::tree(file)?;
        let mut lists = BTreeMap::new();
        let mut mistakes: Vec<Error> = Vec::new();
        mistakes.extend(also::spread(&mut tree).into_iter().map(|column| {
            let message = format!("`{}` has a line of its own", column.text);
            Error::project(message).at(file.place(column.span))
        }));
        for (name, node) in header::other_files(&tree) {
            let path = format!("seeds/{name}");
            let is_inside = !name
                .split('/')
                .any(|part| part.is_empty() || part == "." || part == "..");
            let read = if is_inside {
                project.read(&path)
            } else {
                Err(Error::project(format!("{name} lies outside of seeds/")))
            };
            match read {
                Ok(text) => {
                    lists.insert(name, text);
                }
                Err(error) => mistakes.push(error.at(file.place(node.span.clone()))),
            }
        }
        Error::all(mistakes)?;
        Ok(Self {
            file: file.clone(),
            system: system.to_owned(),
            lists,
            tree,
        })
    }

    /// SHA-256 of the file and its lists.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut text = self.file.fingerprint();
        for (name, list) in &self.lists {
            text.push_str(name);
            text.push_str(&list.fingerprint());
        }
        fingerprint(&text)
    }

    /// The schemas that its tables lie in.
    #[must_use]
    pub fn schemas(&self) -> Vec<String> {
        let mut schemas: Vec<String> = self
            .tables()
            // A schema's or a table's name may have dots itself: what is no schema has nothing in it.
            .flat_map(|(label, _)| {
                label
                    .match_indices('.')
                    .map(move |(at, _)| label[..at].to_owned())
            })
            .collect();
        schemas.sort();
        schemas.dedup();
        schemas
    }

    /// Whether it fills a table, which it names like this.
    #[must_use]
    pub fn fills(&self, table: &str) -> bool {
        self.tables().any(|(label, _)| label == table)
    }

    /// The column that says whose a row is, if the file has one.
    #[must_use]
    pub fn tenant_column(&self) -> Option<&str> {
        let column = draft::entry(draft::entry(&self.tree, "tenant")?, "column");
        draft::text_of(column)
    }

    /// Whether a database has none of the tables that it fills.
    #[must_use]
    pub fn is_foreign_to(&self, catalog: &Catalog) -> bool {
        let mut labels = self.tables().map(|(label, _)| label).peekable();
        labels.peek().is_some() && labels.all(|label| !is_in(catalog, label))
    }

    /// Whether each of its tables is in a catalog.
    #[must_use]
    pub fn is_all_in(&self, catalog: &Catalog) -> bool {
        self.tables().all(|(label, _)| is_in(catalog, label))
    }

    /// The tables that it fills, with what it says of them.
    fn tables(&self) -> impl Iterator<Item = (&str, &Node)> {
        let Data::Table(entries) = &self.tree.data else {
            return Vec::new().into_iter();
        };
        let tables = entries
            .iter()
            .find(|(key, _)| key.text == "table")
            .map(|(_, node)| node);
        let Some(Data::Table(tables)) = tables.map(|node| &node.data) else {
            return Vec::new().into_iter();
        };
        tables
            .iter()
            .map(|(key, node)| (key.text.as_str(), node))
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// Tables that the filled ones refer to and that the file does not fill, with the columns that are referred to:
    /// their rows must be read from the database.
    #[must_use]
    pub fn existing(&self, catalog: &Catalog) -> BTreeMap<String, (Name, Vec<String>)> {
        let filled: Vec<&str> = self.tables().map(|(label, _)| label).collect();
        let mut wanted: BTreeMap<String, (Name, Vec<String>)> = BTreeMap::new();
        for constraint in &catalog.constraints {
            let label = draft::label(&constraint.relation);
            let Some(reference) = constraint
                .references
                .as_ref()
                .filter(|_| filled.contains(&label.as_str()))
            else {
                continue;
            };
            let target = draft::label(&reference.relation);
            if filled.contains(&target.as_str()) {
                continue;
            }
            let entry = wanted
                .entry(target)
                .or_insert_with(|| (reference.relation.clone(), Vec::new()));
            for column in &reference.columns {
                if !entry.1.contains(column) {
                    entry.1.push(column.clone());
                }
            }
        }
        wanted
    }

    /// Joins the file with the catalog.
    ///
    /// # Errors
    /// With every mistake of the file.
    pub fn compile(
        &self,
        catalog: &Catalog,
        existing: &BTreeMap<String, (Vec<String>, Existing)>,
        options: Options,
    ) -> Result<Dataset> {
        let mut reader = Reader {
            file: &self.file,
            mistakes: Vec::new(),
            names: Names::default(),
            words: crate::seed::words::Words::default(),
            as_of: 0,
            start: 0,
            shift: 0,
            moves: false,
            seasons: Vec::new(),
            scope: Scope::default(),
            tenants: Vec::new(),
            references: 0,
            raw_phrases: Vec::new(),
            read_phrases: HashMap::new(),
        };
        let header = header::read(&mut reader, &self.tree, &self.lists, options);
        let present = options
            .as_of
            .or_else(|| reader.moves.then_some(options.today));
        reader.shift = present.map_or(0, |day| (day - reader.as_of).div_euclid(7) * 7);
        let drafts = draft::drafts(&mut reader, self, catalog, &header, existing);
        let tables = table::read(
            &mut reader,
            &drafts,
            catalog,
            &header,
            existing,
            &self.lists,
        );
        let mut data = Dataset {
            system: self.system.clone(),
            format: FORMAT,
            seed: header.seed,
            as_of: reader.as_of,
            shift: reader.shift,
            scale: header.scale,
            tenants: header.tenants.clone(),
            tenant_setting: header.tenant_setting.clone(),
            words: std::mem::take(&mut reader.words),
            tables,
            order: Vec::new(),
            uniques: Vec::new(),
            sums: crate::seed::dataset::Sums::default(),
            shows: header.shows.clone(),
            fingerprint: self.fingerprint(),
        };
        for table in &mut data.tables {
            table.rules = refusal::rules(catalog, &table.name, &table.columns);
            table.partitioned = catalog
                .relation(&table.name)
                .is_some_and(|relation| relation.kind == RelationKind::PartitionedTable);
        }
        literal_rows::tenant_ids(&mut reader, &mut data, &header);
        // What follows stands on sound tables only.
        Error::all(in_order(std::mem::take(&mut reader.mistakes)))?;
        cycle::check(&mut reader, &data);
        Error::all(in_order(std::mem::take(&mut reader.mistakes)))?;
        layout::lay_out(&mut reader, &mut data);
        layout::check_targets(&mut reader, &data);
        Error::all(in_order(std::mem::take(&mut reader.mistakes)))?;
        data.order = order::load_order(&data, catalog);
        unique::prove(
            &mut reader,
            &mut data,
            catalog,
            header.tenant_column.as_deref(),
        );
        Error::all(in_order(std::mem::take(&mut reader.mistakes)))?;
        Ok(data)
    }
}

/// Mistakes as a reader of the file meets them.
fn in_order(mut mistakes: Vec<Error>) -> Vec<Error> {
    mistakes.sort_by_key(|mistake| {
        mistake
            .place
            .as_ref()
            .and_then(|place| place.span.as_ref().map(|span| span.start))
    });
    mistakes
}
