//! `{ number = [120, 2400], shape = "lognormal", step = 10 }`: a number between bounds.

use super::{Generator, is_number, takes};
use crate::files::suggest;
use crate::files::toml::Node;
use crate::seed::spec::{Fields, Reader, Slot, range_of};
use crate::seed::value::numbers::{exp, normal};
use crate::seed::value::random::Draw;
use crate::seed::value::{UNIT, Value, round_to};

/// A number between bounds, in ten-thousandths.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    low: i64,
    high: i64,
    step: i64,
    shape: Shape,
}

/// Where between the bounds most numbers lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// Everywhere alike.
    Even,
    /// Around the middle; the bounds are three deviations away.
    Normal,
    /// Near the lower bound, with a long tail.
    Lognormal,
}

pub(super) fn parse(
    reader: &mut Reader<'_>,
    fields: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    let step = fields.take("step").and_then(|node| {
        let step = reader.number(node)?;
        if step <= 0 {
            reader.mistake(node.span.clone(), "a step is greater than 0", None);
        }
        (step > 0).then_some(step)
    });
    let shape = match fields.take("shape") {
        None => Shape::Even,
        Some(node) => match reader.text(node)? {
            "even" => Shape::Even,
            "normal" => Shape::Normal,
            "lognormal" => Shape::Lognormal,
            other => {
                let hint = suggest::hint(other, ["even", "normal", "lognormal"]);
                reader.mistake(
                    node.span.clone(),
                    format!("there is no shape `{other}`"),
                    hint,
                );
                return None;
            }
        },
    };
    let (low, high) = reader.bounds(value, Reader::number)?;
    if !takes(reader, value, slot, "a number", is_number) {
        return None;
    }
    if let Some((least, most)) = slot.data_type.as_ref().and_then(range_of)
        && (low < least || high > most)
    {
        let data_type = slot
            .data_type
            .as_ref()
            .map_or_else(String::new, ToString::to_string);
        reader.mistake(
            value.span.clone(),
            format!(
                "{} is {data_type}, which does not hold all of these numbers",
                slot.label
            ),
            None,
        );
        return None;
    }
    if shape == Shape::Lognormal && low <= 0 {
        reader.mistake(
            value.span.clone(),
            "a lognormal number is greater than 0",
            Some("raise the lower bound".to_owned()),
        );
        return None;
    }
    // Whole bounds mean whole numbers, unless a step says otherwise.
    let step = step.unwrap_or(if low % UNIT == 0 && high % UNIT == 0 {
        UNIT
    } else {
        100
    });
    Some(Generator::Number(Number {
        low,
        high,
        step,
        shape,
    }))
}

impl Number {
    /// The least and the greatest number, in ten-thousandths.
    pub(crate) const fn bounds(&self) -> (i64, i64) {
        (self.low, self.high)
    }

    pub(crate) fn draw(&self, draw: &mut Draw) -> Value {
        let number = match self.shape {
            Shape::Even => {
                let steps = (self.high - self.low) / self.step;
                self.low + self.step * draw.between(0, steps)
            }
            Shape::Normal => {
                let middle = (self.low + self.high) as f64 / 2.0;
                let deviation = (self.high - self.low) as f64 / 6.0;
                round_to((middle + normal(draw) * deviation) as i64, self.step)
            }
            Shape::Lognormal => {
                // Both bounds are two and a half deviations of the exponent away from its middle.
                let ratio = (self.high as f64 / self.low as f64).sqrt();
                let spread = logarithm(ratio) / 2.5;
                let number = self.low as f64 * ratio * exp(normal(draw) * spread);
                round_to(number as i64, self.step)
            }
        };
        let number = number.clamp(self.low, self.high);
        if self.step % UNIT == 0 && number % UNIT == 0 {
            Value::Int(number / UNIT)
        } else {
            Value::Number(number)
        }
    }
}

/// The natural logarithm, by Newton's method on [`exp`], so that every machine agrees.
fn logarithm(value: f64) -> f64 {
    let mut guess = 0.0;
    for _ in 0..24 {
        let power = exp(guess);
        guess += 2.0 * (value - power) / (value + power);
    }
    guess
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_keeps_its_bounds_and_steps() {
        for shape in [Shape::Even, Shape::Normal, Shape::Lognormal] {
            let number = Number {
                low: 120 * UNIT,
                high: 2400 * UNIT,
                step: 10 * UNIT,
                shape,
            };
            let mut draw = Draw::new(1, 1);
            for _ in 0..2000 {
                let value = number.draw(&mut draw);
                let Value::Int(value) = value else {
                    panic!("{value:?}")
                };
                assert!((120..=2400).contains(&value) && value % 10 == 0, "{value}");
            }
        }
    }

    #[test]
    fn the_logarithm_is_one() {
        assert!((logarithm(5.0) - 5.0_f64.ln()).abs() < 1e-12);
    }
}
