//! Mutants of the words: what a row is expected to come to must change with them, or the proof would not tell which
//! of the two forms is right.

use std::collections::BTreeSet;

use super::{Class, Mutation, Survivor};
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
        let is_taken = |column: Option<&str>, value: &str| {
            let mut taken = taken.iter().filter(|(_, one)| one == value);
            taken.any(|((table, at), _)| {
                let table = &context.world.tables[*table];
                column.is_none_or(|column| column == table.columns[*at].name)
            })
        };
        let value = variant.value.as_ref();
        let value = value.map(|(column, value)| (column.as_deref(), literal(value)));
        let value = value.filter(|(column, value)| !is_taken(*column, value));
        let (class, evidence) = match value {
            Some((column, value)) => {
                count.equivalent += 1;
                let of = column.map_or_else(String::new, |column| format!(" as its {column}"));
                let evidence = format!("the server takes {value} in no row{of}");
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
