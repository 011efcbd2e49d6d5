//! `{ ref = "agency.campaigns", via = "agency.team_allocations", where = "…" }`: a row of another table in the same
//! tenant and pod, whose key is computed, never looked up.

pub use super::among::Among;
use super::among::{dependencies, equality, linked, under};
use super::{Generator, copy};
use crate::files::suggest;
use crate::files::toml::{Data, Node};
use crate::seed::expression::{Expression, Path};
use crate::seed::spec::{Fields, Reader, Slot};

/// A row of another table.
#[derive(Clone, Debug)]
pub struct Reference {
    /// Tells references apart that stand in one column.
    pub(crate) id: usize,
    /// The table.
    pub target: usize,
    /// The column whose value is taken; without one, the row's number.
    pub(crate) column: Option<usize>,
    /// How one is picked.
    pub(crate) choice: Choice,
    /// Among which.
    pub(crate) among: Among,
    /// Those for which it holds.
    pub(crate) condition: Option<Expression>,
    /// How likely each is.
    pub(crate) weight: Option<Expression>,
    /// What condition and weight depend on in the row itself, if that is little.
    pub(crate) depends_on: Option<Vec<Path>>,
    /// Under `via`, names of the linking row and of the row itself that the condition wants equal: an index over the
    /// linking rows.
    pub(crate) link_on: Option<(Path, Path)>,
    /// Whether rows of one parent and day pick different ones.
    pub(crate) distinct: bool,
}

/// How one of the rows is picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Each alike.
    Uniform,
    /// The first more than the second, with this exponent in eighths.
    Zipf(u32),
    /// The one of the same number.
    Same,
    /// One after the other.
    Turns,
    /// A row before this one, under the same parent.
    Earlier,
    /// The row that this one is made for.
    Parent,
    /// The first that will do.
    First,
    /// One side of a pair that no other row has.
    Pairs(Place),
}

/// A column's place in a pair of references that together are unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The table of the other one.
    pub(crate) other: usize,
    /// Whether it comes first.
    pub(crate) is_first: bool,
}

pub(super) fn parse(
    reader: &mut Reader<'_>,
    fields: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    if matches!(&value.data, Data::Text(text) if text == "previous") {
        return previous(reader, value, slot);
    }
    let exponent = match fields.take("s") {
        None => 8,
        Some(node) => (reader.number(node)?.clamp(0, 40_000) * 8 / crate::seed::value::UNIT) as u32,
    };
    let choice = fields
        .take("pick")
        .map_or(Some(Choice::Uniform), |node| choice(reader, node, exponent));
    let distinct = fields
        .take("distinct")
        .and_then(|node| reader.boolean(node))
        .unwrap_or(false);
    let (of, via, condition, weight, named) = (
        fields.take("of"),
        fields.take("via"),
        fields.take("where"),
        fields.take("weight"),
        fields.take("column"),
    );
    let target = reader.table(value)?;
    let among = match (of, via) {
        (None, None) => Some(Among::All),
        (Some(node), None) => under(reader, node, target),
        (None, Some(node)) => linked(reader, node, target),
        (Some(node), Some(_)) => {
            reader.mistake(node.span.clone(), "`of` and `via` exclude each other", None);
            None
        }
    };
    let outer = reader.scope;
    reader.scope.it = Some(target);
    reader.scope.via = match among {
        Some(Among::Via { table, .. }) => Some(table),
        _ => None,
    };
    let mut part = |node: Option<&Node>| match node {
        Some(node) => reader.expression(node).map(Some),
        None => Some(None),
    };
    let (condition, weight) = (part(condition), part(weight));
    reader.scope = outer;
    let column = match (named, slot.references) {
        (Some(node), _) => {
            let name = reader.text(node)?;
            let found = reader.names.column(target, name);
            if found.is_none() {
                let hint = suggest::hint(
                    name,
                    reader.names.tables[target]
                        .columns
                        .iter()
                        .map(|column| column.name.as_str()),
                );
                let label = reader.names.tables[target].label.clone();
                reader.mistake(
                    node.span.clone(),
                    format!("{label} has no column `{name}`"),
                    hint,
                );
            }
            Some(found?)
        }
        (None, Some((table, column))) if table == target => Some(column),
        (None, Some((table, _))) => {
            let (wanted, found) = (
                &reader.names.tables[table].label,
                &reader.names.tables[target].label,
            );
            let message = format!("{} refers to {wanted}, not to {found}", slot.label);
            let hint = format!("write ref = \"{wanted}\"");
            reader.mistake(value.span.clone(), message, Some(hint));
            return None;
        }
        (None, None) => reader
            .names
            .column(target, "id")
            .filter(|_| slot.data_type.is_some()),
    };
    reader.references += 1;
    let (condition, weight) = (condition?, weight?);
    let choice = choice?;
    if choice == Choice::Earlier && target != slot.table {
        reader.mistake(
            value.span.clone(),
            "`earlier` picks a row of the same table",
            None,
        );
        return None;
    }
    if choice == Choice::Parent && reader.names.tables[slot.table].parent != Some(target) {
        let (own, other) = (
            reader.names.tables[slot.table].label.clone(),
            reader.names.tables[target].label.clone(),
        );
        reader.mistake(
            value.span.clone(),
            format!("{own} is not made for {other}"),
            None,
        );
        return None;
    }
    Some(Generator::Reference(Box::new(Reference {
        id: reader.references,
        target,
        column,
        choice,
        among: among?,
        link_on: condition.as_ref().and_then(equality),
        depends_on: dependencies(condition.iter().chain(&weight)),
        condition,
        weight,
        distinct,
    })))
}

/// `{ ref = "previous" }`: the row before under the same parent, none for the first.
fn previous(reader: &mut Reader<'_>, value: &Node, slot: &Slot) -> Option<Generator> {
    let own = slot.references.filter(|(table, _)| *table == slot.table);
    let Some((table, column)) = own else {
        let hint =
            "`previous` is the row before in the same table; name the table that it refers to";
        reader.mistake(
            value.span.clone(),
            format!("{} does not refer to its own table", slot.label),
            Some(hint.to_owned()),
        );
        return None;
    };
    let column = &reader.names.tables[table].columns[column].name;
    let path = Node {
        data: Data::Text(format!("previous.{column}")),
        span: value.span.clone(),
    };
    copy::parse(reader, &mut Fields::of(&path), &path, slot)
}

fn choice(reader: &mut Reader<'_>, node: &Node, exponent: u32) -> Option<Choice> {
    Some(match reader.text(node)? {
        "uniform" => Choice::Uniform,
        "zipf" => Choice::Zipf(exponent),
        "same" => Choice::Same,
        "turns" => Choice::Turns,
        "earlier" => Choice::Earlier,
        "parent" => Choice::Parent,
        "first" => Choice::First,
        other => {
            let hint = suggest::hint(
                other,
                [
                    "uniform", "zipf", "same", "turns", "earlier", "parent", "first",
                ],
            );
            reader.mistake(
                node.span.clone(),
                format!("there is no way to pick called `{other}`"),
                hint,
            );
            return None;
        }
    })
}

impl Reference {
    /// A reference that nobody wrote.
    pub(crate) fn inferred(id: usize, target: usize, column: usize, choice: Choice) -> Self {
        Self {
            id,
            target,
            column: Some(column),
            choice,
            among: Among::All,
            condition: None,
            weight: None,
            depends_on: None,
            link_on: None,
            distinct: false,
        }
    }
}
