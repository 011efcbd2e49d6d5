//! `{ case = [ { when = "…", is = … }, { else = … } ] }`: the first whose condition holds.

use super::Generator;
use crate::files::toml::Node;
use crate::seed::expression::{Expression, Path};
use crate::seed::spec::{Fields, Reader, Slot};

/// Conditions with their generators.
#[derive(Clone, Debug)]
pub struct Case {
    pub(crate) branches: Vec<(Option<Expression>, Generator)>,
}

pub(super) fn parse(
    reader: &mut Reader<'_>,
    _: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    let mut branches = Vec::new();
    let mut is_fine = true;
    for item in reader.array(value)? {
        let mut fields = Fields::of(item);
        let condition = fields.take("when").map(|node| reader.expression(node));
        let otherwise = fields.take("else");
        let result = match (fields.take("is"), otherwise) {
            // `{ else = true, is = … }` and `{ else = … }` mean the same.
            (Some(node), _) | (None, Some(node)) => super::parse(reader, node, slot),
            (None, None) => {
                let hint = "a branch is { when = \"…\", is = … } or { else = … }".to_owned();
                reader.mistake(item.span.clone(), "this branch has no value", Some(hint));
                None
            }
        };
        reader.finish(fields, "a branch of `case`");
        match (condition, result) {
            (Some(Some(condition)), Some(result)) => branches.push((Some(condition), result)),
            (None, Some(result)) => branches.push((None, result)),
            _ => is_fine = false,
        }
    }
    let has_end = branches
        .last()
        .is_some_and(|(condition, _)| condition.is_none());
    if is_fine && !has_end && slot.not_null {
        reader.mistake(
            value.span.clone(),
            format!("{} is not null, and no branch may hold", slot.label),
            Some("add { else = … } at the end".to_owned()),
        );
        return None;
    }
    is_fine.then(|| Generator::Case(Box::new(Case { branches })))
}

impl Case {
    /// What it may come to.
    pub(crate) fn results(&self) -> impl Iterator<Item = &Generator> {
        self.branches.iter().map(|(_, result)| result)
    }

    pub(super) fn paths(&self, visit: &mut dyn FnMut(&Path)) {
        for (condition, result) in &self.branches {
            if let Some(condition) = condition {
                condition.paths(visit);
            }
            result.paths(visit);
        }
    }
}
