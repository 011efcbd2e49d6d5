//! `{ vector = 1536, of = "content" }`: the vector of a text, of length 1, so that a search finds the text that says what is
//! asked; `{ vector = 1536, topic = "document.topic", spread = 0.4 }`: one near that of its topic, so that rows of one topic
//! are each other's nearest neighbours.

use std::sync::Arc;

use super::{Generator, takes};
use crate::files::toml::{Data, Node};
use crate::seed::column_type::ColumnType;
use crate::seed::expression::Path;
use crate::seed::spec::{Fields, Reader, Slot};
use crate::seed::value::UNIT;
use crate::seed::value::embedding::MOST;
use crate::seed::value::random::{Draw, key_of};

/// A vector.
#[derive(Clone, Debug)]
pub struct Vector {
    pub(in crate::seed) size: usize,
    pub(in crate::seed) place: Where,
}

/// Where a vector points.
#[derive(Clone, Debug)]
pub(in crate::seed) enum Where {
    /// Anywhere.
    Anywhere,
    /// Where the texts of these columns do.
    Of(Vec<Path>),
    /// Near the vector of a topic.
    Near { topic: Path, spread: f32 },
}

impl Vector {
    pub(in crate::seed) fn paths(&self, visit: &mut dyn FnMut(&Path)) {
        match &self.place {
            Where::Anywhere => {}
            Where::Of(columns) => columns.iter().for_each(visit),
            Where::Near { topic, .. } => visit(topic),
        }
    }
}

pub(super) fn parse(
    reader: &mut Reader<'_>,
    fields: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    let size = reader.count(value, 1..=MOST as i64)?;
    let (of, topic) = (fields.take("of"), fields.take("topic"));
    let spread = match topic {
        Some(_) => fields
            .take("spread")
            .map_or(Some(UNIT / 2), |node| reader.number(node))?,
        None => 0,
    };
    let place = match (of, topic) {
        (Some(of), Some(_)) => {
            reader.mistake(
                of.span.clone(),
                "a vector follows from a text or from a topic",
                Some("leave `of` or `topic` away".to_owned()),
            );
            return None;
        }
        (Some(of), None) => {
            let columns = match &of.data {
                Data::Array(columns) => columns.iter().collect(),
                _ => vec![of],
            };
            let paths: Option<Vec<Path>> =
                columns.into_iter().map(|node| reader.path(node)).collect();
            Where::Of(paths?)
        }
        (None, Some(topic)) => Where::Near {
            topic: reader.path(topic)?,
            spread: spread as f32 / UNIT as f32,
        },
        (None, None) => Where::Anywhere,
    };
    if let Some(ColumnType::Vector(Some(wanted))) = slot.data_type
        && i64::from(wanted) != size
    {
        reader.mistake(
            value.span.clone(),
            format!("{} is vector({wanted}), not vector({size})", slot.label),
            Some(format!("write vector = {wanted}")),
        );
        return None;
    }
    takes(reader, value, slot, "a vector", |data_type| {
        matches!(data_type, ColumnType::Vector(_))
    })
    .then(|| {
        Generator::Vector(Box::new(Vector {
            size: size as usize,
            place,
        }))
    })
}

/// The vector of a topic, of length 1.
#[must_use]
pub fn centre(topic: &str, size: usize) -> Arc<[f32]> {
    let mut numbers = noise(Draw::new(key_of(topic), 0), size);
    normalise(&mut numbers);
    numbers.into()
}

/// Even numbers between -1 and 1.
pub(in crate::seed) fn noise(mut draw: Draw, size: usize) -> Vec<f32> {
    let mut numbers = Vec::with_capacity(size + 3);
    while numbers.len() < size {
        let bits = draw.bits();
        numbers.extend((0..4).map(|lane| ((bits >> (16 * lane)) & 0xffff) as f32 / 32_768.0 - 1.0));
    }
    numbers.truncate(size);
    numbers
}

pub(in crate::seed) fn normalise(numbers: &mut [f32]) {
    let length = numbers
        .iter()
        .map(|number| number * number)
        .sum::<f32>()
        .sqrt();
    if length > 0.0 {
        numbers.iter_mut().for_each(|number| *number /= length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_far_apart_and_of_length_one() {
        let dot = |one: &[f32], other: &[f32]| {
            one.iter()
                .zip(other)
                .map(|(one, other)| one * other)
                .sum::<f32>()
        };
        let (one, other) = (centre("pricing", 1536), centre("casting", 1536));
        assert!((dot(&one, &one) - 1.0).abs() < 1e-4);
        assert!(dot(&one, &other).abs() < 0.1);
    }
}
