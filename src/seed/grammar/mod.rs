//! The generators: one kind a file, each with its shape in the file, and its check against the column. Its
//! draw is in `generate/draw/`.

mod among;
pub(in crate::seed) mod array;
pub(in crate::seed) mod case;
pub(in crate::seed) mod choice;
pub(in crate::seed) mod code;
pub(in crate::seed) mod copy;
pub(in crate::seed) mod days;
pub(in crate::seed) mod digest;
pub(in crate::seed) mod email;
pub(in crate::seed) mod family;
pub(in crate::seed) mod json;
pub(in crate::seed) mod key;
mod number;
pub(in crate::seed) mod phrase;
pub(in crate::seed) mod place;
pub mod reference;
pub(in crate::seed) mod share;
pub(in crate::seed) mod vector;

pub use choice::Choice;
pub(crate) use days::{After, Date};
pub use family::Family;
pub use key::Key;
pub(crate) use number::Number;
pub(crate) use reference::Reference;
pub(crate) use share::Share;
pub use vector::centre;

use crate::files::suggest;
use crate::files::toml::{Data, Node};
use crate::seed::column_type::ColumnType;
use crate::seed::expression::{Expression, Path};
use crate::seed::spec::{Fields, Reader, Slot};
use crate::seed::value::Value;

/// Where a column's values come from.
#[derive(Clone, Debug)]
pub enum Generator {
    /// The same everywhere.
    Constant(Value),
    /// The row's own key.
    Key(Key),
    /// A readable number: `CMP-0042`.
    Code(code::Code),
    /// The id of the row's tenant.
    Tenant,
    /// A column of a row of another table.
    Reference(Box<Reference>),
    /// One of several, by weight.
    Choice(Box<Choice>),
    /// A number between bounds.
    Number(Number),
    /// A day between bounds.
    Date(Box<Date>),
    /// Some time after another time.
    After(Box<After>),
    /// The first of several whose condition holds.
    Case(Box<case::Case>),
    /// Another column's value.
    Copy(Box<copy::Copied>),
    /// An expression.
    Value(Box<Expression>),
    /// A phrase.
    Phrase(Box<phrase::Text>),
    /// An address made from a name.
    Email(Box<email::Email>),
    /// A JSON object.
    Json(Box<json::Json>),
    /// A vector of a text, or near its topic's.
    Vector(Box<vector::Vector>),
    /// Some items of a list.
    Array(Box<array::Array>),
    /// The row's place under its parent, from a start.
    Order(i64),
    /// The calendar's day, or the Monday of its week.
    Calendar {
        /// Whether it is the Monday.
        week: bool,
    },
    /// A share of what the whole day has.
    Share(Share),
    /// The length of a text.
    Length(digest::Length),
    /// The SHA-256 of a text.
    Digest(digest::Sha),
    /// A UUID that follows from a text.
    Id(digest::Id),
    /// Something of all the rows that refer to this one.
    Family(Family),
    /// One of several by the row's place under its parent.
    Nth(Vec<Self>),
    /// Left to the server's default.
    Server,
}

type Parse = fn(&mut Reader<'_>, &mut Fields<'_>, &Node, &Slot) -> Option<Generator>;

/// The kinds by the key that names them in the file.
pub(crate) const KINDS: [(&str, Parse); 30] = [
    ("key", key::parse),
    ("code", code::parse),
    ("ref", reference::parse),
    ("pick", choice::parse),
    ("list", choice::parse_list),
    ("number", number::parse),
    ("date", days::parse_date),
    ("after", days::parse_after),
    ("case", case::parse),
    ("copy", copy::parse),
    ("value", place::parse_value),
    ("text", phrase::parse),
    ("email", email::parse),
    ("json", json::parse),
    ("json_list", json::parse_list),
    ("json_array", json::parse_array),
    ("vector", vector::parse),
    ("array", array::parse),
    ("order", place::parse_order),
    ("calendar", place::parse_calendar),
    ("share_of_day", share::parse),
    ("length_of", digest::parse_length),
    ("sha256", digest::parse_sha),
    ("uuid_of", digest::parse_id),
    ("sum_of", family::parse_sum),
    ("count_of", family::parse_count),
    ("last_of", family::parse_last),
    ("nth", place::parse_nth),
    ("server", place::parse_server),
    // After the kinds that have a `by` of their own.
    ("by", case::parse_by),
];

/// Reads a generator: a literal, weights, or a table with the key of a kind. Keys that belong to no kind are left in
/// `fields` for the caller.
pub(crate) fn parse(reader: &mut Reader<'_>, node: &Node, slot: &Slot) -> Option<Generator> {
    let mut fields = Fields::of(node);
    let generator = parse_fields(reader, node, &mut fields, slot);
    if generator.is_some() {
        reader.finish(fields, "this generator");
    }
    generator
}

/// As [`parse`], leaving keys that the kind did not take.
pub(crate) fn parse_fields(
    reader: &mut Reader<'_>,
    node: &Node,
    fields: &mut Fields<'_>,
    slot: &Slot,
) -> Option<Generator> {
    if !matches!(node.data, Data::Table(_)) {
        return reader.constant(node, slot).map(Generator::Constant);
    }
    let is_weights = fields.rest().next().is_some()
        && fields
            .rest()
            .all(|(_, value)| matches!(value.data, Data::Integer(_) | Data::Decimal(_)));
    // A label may be called like a generator: `copy`.
    let labels = match (&slot.data_type, &slot.labels) {
        (Some(ColumnType::Enum(labels)), _) | (_, Some(labels)) => &labels[..],
        _ => &[],
    };
    let are_labels = is_weights && fields.rest().all(|(key, _)| labels.contains(&key.text));
    if let Some((name, parse)) = kind_of(fields).filter(|_| !are_labels) {
        let value = fields.take(name)?;
        return parse(reader, fields, value, slot);
    }
    let known = KINDS.map(|(name, _)| name);
    // One label alone is no choice: where labels are not known, it may be a generator that is misspelt.
    let alone = fields.rest().next().filter(|_| fields.rest().count() == 1);
    let misspelt = alone
        .filter(|_| slot.data_type.is_none() && labels.is_empty())
        .and_then(|(key, _)| suggest::nearest(&key.text, known));
    if is_weights && misspelt.is_none() {
        // What every line may have is no label.
        let weights = Node {
            data: Data::Table(
                fields
                    .rest()
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect(),
            ),
            span: node.span.clone(),
        };
        fields.take_all();
        return choice::parse(reader, fields, &weights, slot);
    }
    let (span, hint) = match fields.rest().next() {
        Some((key, _)) => (key.span.clone(), suggest::hint(&key.text, known)),
        None => (node.span.clone(), None),
    };
    let hint = hint.or_else(|| Some(format!("the generators are: {}", known.join(", "))));
    reader.mistake(span, format!("{} has no known generator", slot.label), hint);
    None
}

fn kind_of(fields: &Fields<'_>) -> Option<(&'static str, Parse)> {
    KINDS.into_iter().find(|(name, _)| fields.has(name))
}

impl Generator {
    /// The table that it leads to.
    #[must_use]
    pub fn target(&self) -> Option<usize> {
        match self {
            Self::Reference(reference) => Some(reference.target),
            _ => None,
        }
    }

    /// Calls `visit` with every name that a draw may follow.
    pub(crate) fn paths(&self, visit: &mut dyn FnMut(&Path)) {
        match self {
            Self::Reference(reference) => {
                reference
                    .condition
                    .iter()
                    .chain(&reference.weight)
                    .for_each(|part| part.paths(visit));
            }
            Self::After(after) => after.paths(visit),
            Self::Case(case) => case.paths(visit),
            Self::Copy(copy) => copy.paths.iter().for_each(|(path, _)| visit(path)),
            Self::Value(expression) => expression.paths(visit),
            Self::Email(email) => visit(&email.name),
            Self::Json(json) => json.paths(visit),
            Self::Vector(vector) => vector.paths(visit),
            Self::Length(length) => visit(&length.of),
            Self::Digest(sha) => visit(&sha.of),
            Self::Id(id) => visit(&id.of),
            Self::Choice(choice) => choice.paths(visit),
            Self::Array(array) => array.paths(visit),
            Self::Nth(options) => {
                for option in options {
                    option.paths(visit);
                }
            }
            _ => {}
        }
    }
}

/// Notes that a kind does not make what the column takes.
pub(crate) fn wrong_type(reader: &mut Reader<'_>, node: &Node, slot: &Slot, makes: &str) {
    let wanted = slot
        .data_type
        .as_ref()
        .map_or_else(String::new, ToString::to_string);
    reader.mistake(
        node.span.clone(),
        format!("{} is {wanted}, and this makes {makes}", slot.label),
        None,
    );
}

/// Whether a column takes what a kind makes; helper values take everything.
pub(crate) fn takes(
    reader: &mut Reader<'_>,
    node: &Node,
    slot: &Slot,
    makes: &str,
    accepts: impl Fn(&ColumnType) -> bool,
) -> bool {
    let fits = slot.data_type.as_ref().is_none_or(accepts);
    if !fits {
        wrong_type(reader, node, slot, makes);
    }
    fits
}

/// Whether a type is some kind of text, or written as one.
pub(crate) fn is_text(data_type: &ColumnType) -> bool {
    matches!(
        data_type,
        ColumnType::Text(_) | ColumnType::Character(_) | ColumnType::Enum(_) | ColumnType::Other(_)
    )
}

/// Whether a type is some kind of number.
pub(crate) fn is_number(data_type: &ColumnType) -> bool {
    matches!(
        data_type,
        ColumnType::Int(_) | ColumnType::Float(_) | ColumnType::Numeric(_)
    )
}
