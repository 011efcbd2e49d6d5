//! No index is invalid: a failed `create index concurrently` leaves one that costs and does not serve.

use super::{Rule, Scope, with_hint};
use crate::catalog::{Index, RelationKind};
use crate::report::Check;

const RULE: Rule = Rule {
    key: "indexes/valid",
    name: "valid indexes",
    expected: "every index",
    subject: "tables",
};

pub(super) fn check(scope: &Scope<'_>) -> Option<Check> {
    scope.of_tables(&RULE, || judge(scope))
}

fn judge(scope: &Scope<'_>) -> Check {
    let indexes: Vec<&Index> = scope
        .catalog
        .indexes
        .iter()
        .filter(|index| scope.owns(&index.name))
        .collect();
    let invalid: Vec<&&Index> = indexes
        .iter()
        .filter(|index| !index.valid || !index.ready)
        .collect();
    let details: Vec<String> = invalid
        .iter()
        .map(|index| {
            let reason = if is_of_partitions(scope, index) {
                "invalid until every partition has an index attached to it"
            } else {
                "invalid, its build did not end"
            };
            format!("{} on {}: {reason}", index.name, index.relation)
        })
        .collect();
    let found = format!("{}/{}", indexes.len() - invalid.len(), indexes.len());
    let check = scope.judged(&RULE, 1, found, details);
    with_hint(check, || {
        let is_broken = |index: &&&&Index| !is_of_partitions(scope, index);
        let index = invalid.iter().find(is_broken).or(invalid.first());
        let Some(index) = index else {
            return String::new();
        };
        if is_of_partitions(scope, index) {
            let name = &index.name;
            format!(
                "for each partition of {} without one: `create index … on <partition> …`, then `alter index {name} attach partition <its index>`",
                index.relation
            )
        } else {
            format!(
                "run `reindex index concurrently {}` once no build is running, and look at the rows if it is unique",
                index.name
            )
        }
    })
}

/// Whether it is the index of a partitioned table, which has no rows of its own and becomes valid with those of all its
/// partitions. Reindexing it does nothing for that.
fn is_of_partitions(scope: &Scope<'_>, index: &Index) -> bool {
    let mut relations = scope.catalog.relations.iter();
    relations.any(|relation| {
        relation.name == index.relation && relation.kind == RelationKind::PartitionedTable
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::deployed;
    use super::*;

    #[test]
    fn an_invalid_index_is_named() {
        let mut sample = deployed();
        assert_eq!(sample.passes("indexes/valid").found, "2/2");
        sample.catalog.indexes[1].valid = false;
        let check = sample.fails("indexes/valid");
        assert_eq!(check.found, "1/2");
        assert!(check.details[0].starts_with("shop.orders_customer_idx on shop.orders"));
        assert!(
            check
                .hint
                .unwrap()
                .contains("reindex index concurrently shop.orders_customer_idx")
        );
    }

    #[test]
    fn an_index_of_a_partitioned_table_waits_for_those_of_its_partitions() {
        let mut sample = deployed();
        sample.catalog.indexes[1].valid = false;
        let table = sample.catalog.indexes[1].relation.clone();
        let mut relations = sample.catalog.relations.iter_mut();
        let relation = relations.find(|relation| relation.name == table).unwrap();
        relation.kind = RelationKind::PartitionedTable;
        let check = sample.fails("indexes/valid");
        assert!(check.details[0].contains("every partition"), "{check:?}");
        let hint = check.hint.unwrap();
        assert!(
            hint.contains("attach partition") && !hint.contains("reindex"),
            "{hint}"
        );
    }

    #[test]
    fn without_tables_there_is_nothing_to_trust() {
        let mut sample = deployed();
        sample
            .catalog
            .relations
            .retain(|relation| relation.kind == RelationKind::View);
        assert_eq!(sample.fails("indexes/valid").found, "no tables to check");
    }
}
