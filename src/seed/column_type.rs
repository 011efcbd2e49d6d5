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
    /// `character(n)`, filled up with blanks to that many characters.
    Character(u32),
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

    /// The most characters that it takes, if it is a text with a limit.
    #[must_use]
    pub fn most_characters(&self) -> Option<u32> {
        match self {
            Self::Text(most) => *most,
            Self::Character(most) => Some(*most),
            _ => None,
        }
    }

    /// Whether it is a text of any kind.
    #[must_use]
    pub fn is_plain_text(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Character(_))
    }

    /// A type by its name in SQL.
    pub(crate) fn named(catalog: &Catalog, sql: &str, depth: u32) -> Self {
        if let Some(element) = sql.strip_suffix("[]") {
            return match Self::named(catalog, element, depth + 1) {
                // Only built-in types have numbers that an array's binary form can name for good.
                Self::Text(_) if is_built_in_text(element) => Self::Texts(element.to_owned()),
                _ => Self::Other(sql.to_owned()),
            };
        }
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
            "character varying" => Self::Text(modifiers.first().copied()),
            "character" => Self::Character(modifiers.first().copied().unwrap_or(1)),
            "bpchar" => Self::Text(None),
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

/// How the server compares a column's values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Comparison {
    /// Byte by byte, blanks at the end of `character(n)` aside.
    #[default]
    Exact,
    /// Letters in both cases alike, as `citext` does.
    Folded,
    /// By a collation that takes different texts for the same.
    Collated,
}

/// How the server compares a column's values.
#[must_use]
pub fn comparison(catalog: &Catalog, column: &Column) -> Comparison {
    let is_citext = |name: &str| name == "citext" || name.ends_with(".citext");
    let below = domains(catalog, column);
    if column.nondeterministic {
        Comparison::Collated
    } else if is_citext(&column.data_type) || below.iter().any(|domain| is_citext(domain.base)) {
        Comparison::Folded
    } else {
        Comparison::Exact
    }
}

/// Whether a type of array elements is one of the server's own texts.
fn is_built_in_text(element: &str) -> bool {
    let name = element.split('(').next().unwrap_or(element);
    matches!(name, "text" | "character varying" | "name")
}

/// What a domain says.
struct Domain<'c> {
    base: &'c str,
    not_null: bool,
    default: Option<&'c str>,
}

/// The domain that a column has, and the domains below that one.
fn domains<'c>(catalog: &'c Catalog, column: &Column) -> Vec<Domain<'c>> {
    let mut found = Vec::new();
    let mut name = Some(column.type_name.clone());
    while let Some(declared) = name.and_then(|name| {
        let mut types = catalog.types.iter();
        types.find(|declared| declared.name == name)
    }) {
        let TypeKind::Domain {
            base,
            not_null,
            default,
        } = &declared.kind
        else {
            break;
        };
        found.push(Domain {
            base,
            not_null: *not_null,
            default: default.as_deref(),
        });
        let mut types = catalog.types.iter();
        let below = types.find(|other| other.name.to_string() == *base);
        name = below
            .map(|other| other.name.clone())
            .filter(|_| found.len() < 16);
    }
    found
}

/// Whether a column refuses null, by itself or by its domain.
#[must_use]
pub fn refuses_null(catalog: &Catalog, column: &Column) -> bool {
    column.not_null
        || domains(catalog, column)
            .iter()
            .any(|domain| domain.not_null)
}

/// The default of a column, its own or its domain's.
#[must_use]
pub fn default_of<'c>(catalog: &'c Catalog, column: &'c Column) -> Option<&'c str> {
    let own = column.expression.as_deref();
    own.or_else(|| {
        domains(catalog, column)
            .iter()
            .find_map(|domain| domain.default)
    })
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
            Self::Character(count) => write!(formatter, "character({count})"),
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
