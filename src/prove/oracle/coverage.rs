//! Which atoms of the words have been seen to decide: true, and false, while everything beside them left it to them.

use super::evaluate::{Given, Truth, evaluate};
use crate::policy::Expression;

/// Evaluations that are looked at: what they have not shown more of them would not either.
const MOST: usize = 100_000;

/// The atoms of one macro's words, in their order.
#[derive(Clone, Debug, Default)]
pub(in crate::prove) struct Coverage {
    atoms: Vec<Decided>,
    evaluations: usize,
}

/// Whether an atom has decided by being true, and by being false.
#[derive(Clone, Copy, Debug, Default)]
struct Decided {
    by_truth: bool,
    by_falsehood: bool,
}

/// Where in the words an expression is, and whether the outcome is left to it.
#[derive(Clone, Copy)]
struct Place {
    decides: bool,
    is_negated: bool,
    /// Its first atom.
    at: usize,
}

impl Coverage {
    pub(in crate::prove) fn of(words: &Expression) -> Self {
        Self {
            atoms: vec![Decided::default(); count(words)],
            evaluations: 0,
        }
    }

    /// Atoms, and those that never decided, with what was not seen of each.
    pub(in crate::prove) fn left(
        &self,
        words: &Expression,
    ) -> (usize, Vec<(String, &'static str)>) {
        let mut atoms = Vec::new();
        collect(words, &mut atoms);
        let left = atoms.iter().zip(&self.atoms).filter_map(|(one, decided)| {
            let missing = match (decided.by_truth, decided.by_falsehood) {
                (true, true) => return None,
                (false, true) => "by being true",
                (true, false) => "by being false",
                (false, false) => "at all",
            };
            Some((one.to_string(), missing))
        });
        (self.atoms.len(), left.collect())
    }

    /// Looks at one evaluation.
    pub(in crate::prove) fn observe<'a>(&mut self, words: &'a Expression, given: &mut Given<'a>) {
        let is_done = |decided: &Decided| decided.by_truth && decided.by_falsehood;
        if self.evaluations >= MOST || self.atoms.iter().all(is_done) {
            return;
        }
        self.evaluations += 1;
        let root = Place {
            decides: true,
            is_negated: false,
            at: 0,
        };
        self.visit(words, given, root);
    }

    /// The place behind an expression, whose atoms begin at a place.
    fn visit<'a>(
        &mut self,
        expression: &'a Expression,
        given: &mut Given<'a>,
        mut place: Place,
    ) -> usize {
        match expression {
            Expression::And(parts) | Expression::Or(parts) => {
                // The others leave it to one: all true under `and`, none true under `or`; below `not` the other way round.
                let is_and = matches!(expression, Expression::And(_));
                let leaves = |truth: &Truth| match (is_and, place.is_negated) {
                    (true, false) => *truth == Some(true),
                    (false, false) => *truth != Some(true),
                    (true, true) => *truth != Some(false),
                    (false, true) => *truth == Some(false),
                };
                let truths: Vec<Truth> = parts.iter().map(|one| evaluate(one, given)).collect();
                for (at, part) in parts.iter().enumerate() {
                    let others = truths.iter().enumerate().filter(|(other, _)| *other != at);
                    let is_left = others.clone().all(|(_, truth)| leaves(truth));
                    let decides = place.decides && is_left;
                    place.at = self.visit(part, given, Place { decides, ..place });
                }
                place.at
            }
            Expression::Not(inner) => {
                let is_negated = !place.is_negated;
                self.visit(
                    inner,
                    given,
                    Place {
                        is_negated,
                        ..place
                    },
                )
            }
            Expression::Exists {
                table,
                name,
                condition,
            } => {
                self.see(place, evaluate(expression, given));
                let world = given.world;
                let mut behind = place.at + 1 + count(condition);
                let inside = Place {
                    decides: true,
                    is_negated: false,
                    at: place.at + 1,
                };
                if let Some(at) = world.find(table) {
                    for row in &world.tables[at].rows {
                        given.bound.push((name, at, row));
                        behind = self.visit(condition, given, inside);
                        given.bound.pop();
                    }
                }
                behind
            }
            Expression::Flag(_) | Expression::Null => place.at,
            atom => {
                self.see(place, evaluate(atom, given));
                place.at + 1
            }
        }
    }

    fn see(&mut self, place: Place, truth: Truth) {
        if let (Some(decided), true) = (self.atoms.get_mut(place.at), place.decides) {
            decided.by_truth |= truth == Some(true);
            decided.by_falsehood |= truth != Some(true);
        }
    }
}

fn collect<'e>(expression: &'e Expression, atoms: &mut Vec<&'e Expression>) {
    match expression {
        Expression::And(parts) | Expression::Or(parts) => {
            parts.iter().for_each(|one| collect(one, atoms));
        }
        Expression::Not(inner) => collect(inner, atoms),
        Expression::Exists { condition, .. } => {
            atoms.push(expression);
            collect(condition, atoms);
        }
        // What is always the same decides nothing.
        Expression::Flag(_) | Expression::Null => {}
        atom => atoms.push(atom),
    }
}

fn count(expression: &Expression) -> usize {
    let mut atoms = Vec::new();
    collect(expression, &mut atoms);
    atoms.len()
}
