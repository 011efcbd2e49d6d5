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

use crate::seed::generate::{InScope, Worker};
use crate::seed::grammar::Generator;
use crate::seed::value::Value;
use crate::seed::value::random::Draw;

impl Generator {
    /// A cell's value.
    pub(crate) fn draw(
        &self,
        worker: &mut Worker<'_>,
        scope: &mut InScope<'_>,
        draw: &mut Draw,
        column: usize,
    ) -> Value {
        match self {
            Self::Constant(value) => value.clone(),
            Self::Key(key) => key.draw(worker, scope.row),
            Self::Code(code) => code.draw(worker, scope.row),
            Self::Tenant => place::tenant(worker, scope.row),
            Self::Reference(reference) => reference.draw(worker, scope, draw, column),
            Self::Choice(choice) => choice.draw(worker, scope, draw, column),
            Self::Number(number) => number.draw(draw),
            Self::Date(date) => date.draw(draw),
            Self::After(after) => after.draw(worker, scope, draw),
            Self::Case(case) => case.draw(worker, scope, draw, column),
            Self::Copy(copy) => copy.draw(worker, scope, draw),
            Self::Value(expression) => worker.evaluate(scope, expression),
            Self::Phrase(text) => text.draw(worker, scope, draw, column),
            Self::Email(email) => email.draw(worker, scope),
            Self::Json(json) => json.draw(worker, scope, draw, column),
            Self::Vector(vector) => vector.draw(worker, scope, draw, column),
            Self::Array(array) => array.draw(worker, scope, draw),
            Self::Order(start) => Value::Int(i64::from(scope.row.spot.order) + start),
            Self::Calendar { week } => place::calendar(scope.row, *week),
            Self::Share(share) => share.draw(worker, scope.row, column),
            Self::Length(length) => length.draw(worker, scope),
            Self::Digest(sha) => sha.draw(worker, scope),
            Self::Id(id) => id.draw(worker, scope),
            Self::Family(family) => family.draw(worker, scope.row),
            Self::Nth(options) => {
                match options.get(scope.row.spot.order as usize % options.len()) {
                    Some(option) => option.draw(worker, scope, draw, column),
                    None => Value::Null,
                }
            }
            Self::Server => Value::Null,
        }
    }
}
