//! Mutants of the words: what a row is expected to come to must change with them, or the proof would not tell which
//! of the two forms is right.

use std::collections::BTreeSet;

use super::{Class, Mutation, Survivor};
use crate::prove::fixture::scopes;
use crate::prove::probe::ProbeContext;
use crate::prove::world::At;
use crate::sql::literal;

/// Counts the mutants of the words of macros that cells use.
pub(super) fn append(
    context: &ProbeContext<'_>,
    taken: &BTreeSet<(At, String)>,
    mutation: &mut Mutation,
) {
    for (name, variant, is_noticed) in context.intent.variants() {
        let count = mutation.operators.entry(variant.operator).or_default();
        count.all += 1;
        if is_noticed {
            count.killed += 1;
            continue;
        }
        let value = variant.value.as_ref().filter(|(left, value)| {
            let scopes = scopes(context.intent, context.world).filter(|one| one.name == name);
            let mut columns = scopes.filter_map(|one| one.column_in(left)).peekable();
            let is_of_column = columns.peek().is_some();
            is_of_column && !columns.any(|at| taken.contains(&(at, literal(value))))
        });
        let (class, evidence) = match value {
            Some((left, value)) => {
                count.equivalent += 1;
                let evidence = format!("the server takes {} as {left} in no row", literal(value));
                (Class::Equivalent, evidence)
            }
            None => (Class::Survived, "no row is judged otherwise".to_owned()),
        };
        mutation.survivors.push(Survivor {
            class,
            what: format!("{} {name}", variant.operator),
            evidence,
            sql: variant.words.to_string(),
        });
    }
}
