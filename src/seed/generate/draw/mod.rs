//! The draws of generators: a cell from a generator and its surroundings.

mod array;
mod case;
mod choice;
mod code;
mod copy;
mod days;
mod digest;
mod email;
mod family;
mod json;
mod key;
mod phrase;
mod place;
mod reference;
mod share;
mod vector;

use crate::seed::generate::{Scene, Worker};
use crate::seed::grammar::Generator;
use crate::seed::value::Value;
use crate::seed::value::random::Draw;

impl Generator {
    /// A cell's value.
    pub(crate) fn draw(
        &self,
        worker: &mut Worker<'_>,
        scene: &mut Scene<'_>,
        draw: &mut Draw,
        column: usize,
    ) -> Value {
        match self {
            Self::Constant(value) => value.clone(),
            Self::Key(key) => key.draw(worker, scene.row),
            Self::Code(code) => code.draw(worker, scene.row),
            Self::Tenant => place::tenant(worker, scene.row),
            Self::Reference(reference) => reference.draw(worker, scene, draw, column),
            Self::Choice(choice) => choice.draw(worker, scene, draw, column),
            Self::Number(number) => number.draw(draw),
            Self::Date(date) => date.draw(draw),
            Self::After(after) => after.draw(worker, scene, draw),
            Self::Case(case) => case.draw(worker, scene, draw, column),
            Self::Copy(copy) => copy.draw(worker, scene, draw),
            Self::Value(expression) => worker.evaluate(scene, expression),
            Self::Phrase(text) => text.draw(worker, scene, draw, column),
            Self::Email(email) => email.draw(worker, scene),
            Self::Json(json) => json.draw(worker, scene, draw, column),
            Self::Vector(vector) => vector.draw(worker, scene, draw),
            Self::Array(array) => array.draw(worker, scene, draw),
            Self::Order(start) => Value::Int(i64::from(scene.row.spot.order) + start),
            Self::Calendar { week } => place::calendar(scene.row, *week),
            Self::Share(share) => share.draw(worker, scene.row, column),
            Self::Length(length) => length.draw(worker, scene),
            Self::Digest(sha) => sha.draw(worker, scene),
            Self::Id(id) => id.draw(worker, scene),
            Self::Family(family) => family.draw(worker, scene.row),
            Self::Nth(options) => {
                match options.get(scene.row.spot.order as usize % options.len()) {
                    Some(option) => option.draw(worker, scene, draw, column),
                    None => Value::Null,
                }
            }
            Self::Server => Value::Null,
        }
    }
}
