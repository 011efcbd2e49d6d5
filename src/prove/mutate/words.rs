//! Mutants of the words: what a row is expected to come to must change with them, or the proof would not tell which
//! of the two forms is right.

use std::collections::BTreeSet;

use super::{Class, Mutation, Survivor};
use crate::prove::probe::ProbeContext;
use crate::sql::literal;

/// Counts the mutants of the words of macros that cells use.
pub(super) fn append(
    context: &ProbeContext<'_>,
    taken: &BTreeSet<String>,
    mutation: &mut Mutation,
) {
    for (name, variant, is_noticed) in context.intent.variants() {
        let count = mutation.operators.entry(variant.operator).or_default();
        count.all += 1;
        if is_noticed {
            count.killed += 1;
            continue;
        }
        let value = variant.value.as_deref().map(literal);
        let value = value.filter(|value| !taken.contains(value));
        let (class, evidence) = match value {
            Some(value) => {
                count.equivalent += 1;
                (
                    Class::Equivalent,
                    format!("the server takes {value} in no row"),
                )
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
