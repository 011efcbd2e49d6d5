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

impl Decided {
    fn is_done(&self) -> bool {
        self.by_truth && self.by_falsehood
    }
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
        if self.evaluations >= MOST || self.atoms.iter().all(Decided::is_done) {
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
        // What has decided both ways is not evaluated again.
        let behind = place.at + count(expression);
        if self.atoms[place.at..behind].iter().all(Decided::is_done) {
            return behind;
        }
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
                let mut truths = Vec::new();
                if place.decides {
                    truths.extend(parts.iter().map(|one| evaluate(one, given)));
                }
                for (at, part) in parts.iter().enumerate() {
                    let mut others = truths.iter().enumerate().filter(|(other, _)| *other != at);
                    let decides = place.decides && others.all(|(_, truth)| leaves(truth));
                    place.at = self.visit(part, given, Place { decides, ..place });
                }
            }
            Expression::Not(inner) => {
                let is_negated = !place.is_negated;
                let place = Place {
                    is_negated,
                    ..place
                };
                self.visit(inner, given, place);
            }
            Expression::Exists {
                table,
                name,
                condition,
            } => {
                self.see(place, expression, given);
                let world = given.world;
                let inside = Place {
                    decides: true,
                    is_negated: false,
                    at: place.at + 1,
                };
                if let Some(at) = world.find(table) {
                    for row in &world.tables[at].rows {
                        given.bound.push((name, at, row));
                        self.visit(condition, given, inside);
                        given.bound.pop();
                    }
                }
            }
            Expression::Flag(_) | Expression::Null => {}
            atom => self.see(place, atom, given),
        }
        behind
    }

    fn see<'a>(&mut self, place: Place, atom: &'a Expression, given: &mut Given<'a>) {
        let decided = &mut self.atoms[place.at];
        if place.decides && !decided.is_done() {
            let truth = evaluate(atom, given);
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
    match expression {
        Expression::And(parts) | Expression::Or(parts) => parts.iter().map(count).sum(),
        Expression::Not(inner) => count(inner),
        Expression::Exists { condition, .. } => 1 + count(condition),
        Expression::Flag(_) | Expression::Null => 0,
        _ => 1,
    }
}
