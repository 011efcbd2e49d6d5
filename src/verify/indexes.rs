//! No index is invalid: a failed `create index concurrently` leaves one that costs and does not serve.

use super::{Rule, Scope, with_hint};
use crate::catalog::Index;
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
            format!(
                "{} on {}: invalid, its build did not end",
                index.name, index.relation
            )
        })
        .collect();
    let found = format!("{}/{}", indexes.len() - invalid.len(), indexes.len());
    let check = scope.judged(&RULE, 1, found, details);
    with_hint(check, || {
        let name = invalid.first().map(|index| index.name.to_string());
        format!(
            "run `reindex index concurrently {}` once no build is running, and look at the rows if it is unique",
            name.unwrap_or_default()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::deployed;
    use crate::catalog::RelationKind;

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
    fn without_tables_there_is_nothing_to_trust() {
        let mut sample = deployed();
        sample
            .catalog
            .relations
            .retain(|relation| relation.kind == RelationKind::View);
        assert_eq!(sample.fails("indexes/valid").found, "no tables to check");
    }
}
