//! The types that a column may have, as far as values and their binary form are concerned.

use std::fmt;

use crate::catalog::{Catalog, Column, TypeKind};

/// What a column takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// `boolean`
    Bool,
    /// `smallint`, `integer`, `bigint`: 2, 4 or 8 bytes.
    Int(u8),
    /// `real`, `double precision`: 4 or 8 bytes.
    Float(u8),
    /// `numeric`, with precision and scale when they are limited.
    Numeric(Option<(u32, u32)>),
    /// Any kind of text, with its most characters.
    Text(Option<u32>),
    /// `uuid`
    Uuid,
    /// `date`
    Date,
    /// `timestamp`, with or without time zone.
    Timestamp,
    /// `json`
    Json,
    /// `jsonb`
    Jsonb,
    /// An enumeration, with its labels.
    Enum(Vec<String>),
    /// An array of texts, with the element's `ColumnType` and its SQL name.
    Texts(String),
    /// `vector(n)` of pgvector; without dimensions any number will do.
    Vector(Option<u32>),
    /// Any other type, whose values are sent as texts that the server reads.
    Other(String),
}

impl ColumnType {
    /// The type of a column, domains looked through.
    #[must_use]
    pub fn of(catalog: &Catalog, column: &Column) -> Self {
        Self::named(catalog, &column.data_type, 0)
    }

    fn named(catalog: &Catalog, sql: &str, depth: u32) -> Self {
        let (name, modifiers) = match sql.split_once('(') {
            Some((name, rest)) => {
                let (inside, after) = rest.split_once(')').unwrap_or((rest, ""));
                let numbers: Vec<u32> = inside
                    .split(',')
                    .filter_map(|part| part.trim().parse().ok())
                    .collect();
                (format!("{}{after}", name.trim()), numbers)
            }
            None => (sql.to_owned(), Vec::new()),
        };
        if let Some(element) = name.strip_suffix("[]") {
            return match Self::named(catalog, element, depth + 1) {
                Self::Text(_) | Self::Enum(_) => Self::Texts(element.to_owned()),
                _ => Self::Other(sql.to_owned()),
            };
        }
        match name.as_str() {
            "boolean" => Self::Bool,
            "smallint" => Self::Int(2),
            "integer" => Self::Int(4),
            "bigint" => Self::Int(8),
            "real" => Self::Float(4),
            "double precision" => Self::Float(8),
            "numeric" => Self::Numeric(match modifiers[..] {
                [precision, scale] => Some((precision, scale)),
                [precision] => Some((precision, 0)),
                _ => None,
            }),
            "text" | "name" | "citext" => Self::Text(None),
            "character varying" | "character" => Self::Text(modifiers.first().copied()),
            "uuid" => Self::Uuid,
            "date" => Self::Date,
            "timestamp with time zone" | "timestamp without time zone" => Self::Timestamp,
            "json" => Self::Json,
            "jsonb" => Self::Jsonb,
            _ if name == "vector" || name.ends_with(".vector") => {
                Self::Vector(modifiers.first().copied())
            }
            _ if name.ends_with(".citext") => Self::Text(None),
            _ => Self::declared(catalog, sql, depth),
        }
    }

    /// A type of the project's own: an enumeration or a domain.
    fn declared(catalog: &Catalog, sql: &str, depth: u32) -> Self {
        let found = catalog.types.iter().find(|declared| {
            let name = declared.name.to_string();
            sql == name || name.rsplit('.').next() == Some(sql)
        });
        match found.map(|declared| &declared.kind) {
            Some(TypeKind::Enum { labels }) => Self::Enum(labels.clone()),
            Some(TypeKind::Domain { base, .. }) if depth < 8 => {
                Self::named(catalog, base, depth + 1)
            }
            _ => Self::Other(sql.to_owned()),
        }
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => formatter.write_str("boolean"),
            Self::Int(2) => formatter.write_str("smallint"),
            Self::Int(4) => formatter.write_str("integer"),
            Self::Int(_) => formatter.write_str("bigint"),
            Self::Float(4) => formatter.write_str("real"),
            Self::Float(_) => formatter.write_str("double precision"),
            Self::Numeric(Some((precision, scale))) => {
                write!(formatter, "numeric({precision},{scale})")
            }
            Self::Numeric(None) => formatter.write_str("numeric"),
            Self::Text(Some(most)) => write!(formatter, "text of at most {most} characters"),
            Self::Text(None) => formatter.write_str("text"),
            Self::Uuid => formatter.write_str("uuid"),
            Self::Date => formatter.write_str("date"),
            Self::Timestamp => formatter.write_str("timestamp"),
            Self::Json => formatter.write_str("json"),
            Self::Jsonb => formatter.write_str("jsonb"),
            Self::Enum(labels) => write!(formatter, "one of {}", labels.join(", ")),
            Self::Texts(element) => write!(formatter, "{element}[]"),
            Self::Vector(Some(size)) => write!(formatter, "vector({size})"),
            Self::Vector(None) => formatter.write_str("vector"),
            Self::Other(name) => formatter.write_str(name),
        }
    }
}
