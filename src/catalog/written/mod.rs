//! The catalog read back from what a manifest says of it, so that what works on a catalog alone needs no server: tables with
//! columns, constraints, indexes and triggers, and types. What nobody needs without a server is left out: rights, functions,
//! policies, extensions, and the constraints that say `not null` once more.

mod clauses;
mod parts;

use std::collections::BTreeSet;

use clauses::Clauses;
use parts::{constraint, index, owned, trigger};

use super::{
    Catalog, Column, ConstraintKind, Generated, Identity, Name, Objects, Persistence, Properties,
    Relation, RelationKind, Type, TypeKind,
};
use crate::sql::{identifier, literals_of, whole_name};

/// What is known of all objects while one is read.
struct Written<'o> {
    objects: &'o Objects,
    /// Collations that take different texts for the same.
    alike: BTreeSet<&'o str>,
    catalog: Catalog,
}

impl Catalog {
    /// The tables and types of a description.
    ///
    /// # Errors
    /// With the name of an object that is described in a way that this version does not know.
    pub fn written(objects: &Objects) -> Result<Self, String> {
        let alike = objects.iter().filter_map(|(title, object)| {
            let name = title.strip_prefix("collation ")?;
            object
                .properties
                .contains_key("deterministic")
                .then_some(name)
        });
        let mut written = Written {
            objects,
            alike: alike.collect(),
            catalog: Self::default(),
        };
        for title in objects.keys() {
            written.object(title).ok_or_else(|| title.clone())?;
        }
        let mut catalog = written.catalog;
        catalog
            .types
            .sort_by(|one, other| one.name.cmp(&other.name));
        catalog
            .relations
            .sort_by(|one, other| one.name.cmp(&other.name));
        // Those of one table are in their order already.
        catalog
            .columns
            .sort_by(|one, other| one.relation.cmp(&other.relation));
        catalog
            .constraints
            .sort_by(|one, other| (&one.relation, &one.name).cmp(&(&other.relation, &other.name)));
        catalog
            .indexes
            .sort_by(|one, other| one.name.cmp(&other.name));
        catalog
            .triggers
            .sort_by(|one, other| (&one.relation, &one.name).cmp(&(&other.relation, &other.name)));
        Ok(catalog)
    }
}

impl<'o> Written<'o> {
    /// None when something of it is not understood.
    fn object(&mut self, title: &str) -> Option<()> {
        for (word, kind) in [
            ("table ", RelationKind::Table),
            ("foreign table ", RelationKind::ForeignTable),
        ] {
            if let Some(name) = title.strip_prefix(word) {
                return self.table(title, clauses::name(name)?, kind);
            }
        }
        if let Some(name) = title.strip_prefix("domain ") {
            return self.domain(title, &clauses::name(name)?);
        }
        if let Some(name) = title.strip_prefix("type ") {
            return self.declared(title, &clauses::name(name)?);
        }
        Some(())
    }

    fn table(&mut self, title: &str, name: Name, kind: RelationKind) -> Option<()> {
        let object = &self.objects[title];
        let own = &object.properties;
        let order = own.get("column order").map_or(Some(Vec::new()), |order| {
            Clauses::of(&format!("({order})"))?.columns(0)
        })?;
        let mut indexes = Vec::new();
        for (part, held) in &object.parts {
            let Some((what, part)) = part.split_once(' ') else {
                continue;
            };
            let part = whole_name(part);
            match what {
                "constraint" => {
                    let made = constraint(&name, part, held, &order)?;
                    self.catalog.constraints.push(made);
                }
                "index" => indexes.push(index(&name, part, held, own)?),
                "trigger" => self.catalog.triggers.push(trigger(&name, part, held)?),
                _ => {}
            }
        }
        for index in &mut indexes {
            let mut keys = self.catalog.constraints.iter();
            let key = keys.find(|key| {
                key.relation == name
                    && key.name == index.name.name
                    && matches!(
                        key.kind,
                        ConstraintKind::PrimaryKey
                            | ConstraintKind::Unique
                            | ConstraintKind::Exclusion
                    )
            });
            index.primary = key.is_some_and(|key| key.kind == ConstraintKind::PrimaryKey);
            index.constraint = key.map(|key| key.name.clone());
        }
        self.catalog.indexes.append(&mut indexes);
        for (at, column) in order.iter().enumerate() {
            let part = format!("column {}", identifier(column));
            let made = self.column(&name, column, at, object.parts.get(&part)?)?;
            self.catalog.columns.push(made);
        }
        let partition_of = match own.get("partition of") {
            Some(parent) => Some(clauses::name(parent)?),
            None => None,
        };
        self.catalog.relations.push(Relation {
            name,
            kind: match own.contains_key("partition by") {
                true => RelationKind::PartitionedTable,
                false => kind,
            },
            persistence: match own.contains_key("persistence") {
                true => Persistence::Unlogged,
                false => Persistence::Permanent,
            },
            owner: owned(own, "owner").unwrap_or_default(),
            partition_of,
            row_security: own.contains_key("row-level security"),
            force_row_security: own.contains_key("force row-level security"),
            options: Vec::new(),
            definition: owned(own, "partition by").map(|by| format!("partition by {by}")),
            partition_bound: owned(own, "partition bound"),
            comment: owned(own, "comment"),
        });
        Some(())
    }

    fn column(&self, table: &Name, name: &str, at: usize, held: &Properties) -> Option<Column> {
        let data_type = owned(held, "type")?;
        let (generated, expression) = match held.get("generated") {
            None => (None, owned(held, "default")),
            Some(text) => {
                let (how, expression) = text.split_once(' ')?;
                let how = match how {
                    "stored" => Generated::Stored,
                    _ => Generated::Virtual,
                };
                (Some(how), Some(expression.to_owned()))
            }
        };
        let domain = self.objects.get(&format!("domain {data_type}"));
        let of_domain = domain.and_then(|domain| domain.properties.get("collation"));
        let collation = held.get("collation");
        Some(Column {
            relation: table.clone(),
            name: name.to_owned(),
            number: i16::try_from(at + 1).ok()?,
            type_name: type_name(&data_type),
            data_type,
            modifier: -1,
            not_null: held.contains_key("not null"),
            expression,
            generated,
            identity: match held.get("identity").map(String::as_str) {
                Some("always") => Some(Identity::Always),
                Some(_) => Some(Identity::ByDefault),
                None => None,
            },
            nondeterministic: collation
                .or(of_domain)
                .is_some_and(|name| self.alike.contains(name.as_str())),
            collation: collation.map(|name| {
                let of_the_server = || Name::new("pg_catalog", whole_name(name));
                clauses::name(name).unwrap_or_else(of_the_server)
            }),
            comment: owned(held, "comment"),
        })
    }

    fn domain(&mut self, title: &str, name: &Name) -> Option<()> {
        let object = &self.objects[title];
        for (part, held) in &object.parts {
            if let Some(part) = part.strip_prefix("constraint ") {
                let mut made = constraint(name, whole_name(part), held, &[])?;
                made.on_domain = true;
                self.catalog.constraints.push(made);
            }
        }
        let own = &object.properties;
        let kind = TypeKind::Domain {
            base: owned(own, "base type")?,
            not_null: own.contains_key("not null"),
            default: owned(own, "default"),
        };
        self.type_of(name, kind, own);
        Some(())
    }

    fn declared(&mut self, title: &str, name: &Name) -> Option<()> {
        let object = &self.objects[title];
        let own = &object.properties;
        let kind = if let Some(order) = own.get("column order") {
            let columns = Clauses::of(&format!("({order})"))?.columns(0)?;
            let attribute = |column: &String| {
                let name = identifier(column);
                let held = object.parts.get(&format!("column {name}"))?;
                Some(format!("{name} {}", held.get("type")?))
            };
            TypeKind::Composite {
                attributes: columns.iter().map(attribute).collect::<Option<_>>()?,
            }
        } else if let Some(range) = own.get("range") {
            let subtype = range
                .strip_prefix("subtype ")?
                .split(", subtype_opclass")
                .next()?;
            TypeKind::Range {
                subtype: subtype.to_owned(),
            }
        } else if own.contains_key("base") || own.contains_key("shell") {
            return Some(());
        } else {
            TypeKind::Enum {
                labels: literals_of(own.get("labels").map_or("", String::as_str)),
            }
        };
        self.type_of(name, kind, own);
        Some(())
    }

    fn type_of(&mut self, name: &Name, kind: TypeKind, own: &Properties) {
        self.catalog.types.push(Type {
            name: name.clone(),
            kind,
            owner: owned(own, "owner").unwrap_or_default(),
            comment: owned(own, "comment"),
        });
    }
}

/// The name of a type; of the server's own, the one that SQL has for it.
fn type_name(data_type: &str) -> Name {
    let element = data_type.trim_end_matches("[]");
    let mark = if element == data_type { "" } else { "_" };
    let bare = element.split('(').next().unwrap_or(element).trim_end();
    let name = clauses::name(bare).unwrap_or_else(|| Name::new("pg_catalog", bare));
    Name::new(name.schema, format!("{mark}{}", name.name))
}
