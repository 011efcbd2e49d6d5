//! Every foreign key is indexed at its own end: without that, each delete at the other end scans the table.

use super::{Rule, Scope, with_hint};
use crate::catalog::{Constraint, ConstraintKind, Index};
use crate::report::Check;
use crate::sql;

const RULE: Rule = Rule {
    key: "foreign_keys/indexed",
    name: "indexed foreign keys",
    expected: "every foreign key",
    subject: "tables",
};

pub(super) fn check(scope: &Scope<'_>) -> Option<Check> {
    scope.of_tables(&RULE, || judge(scope))
}

fn judge(scope: &Scope<'_>) -> Check {
    let keys: Vec<&Constraint> = scope
        .catalog
        .constraints
        .iter()
        .filter(|it| it.kind == ConstraintKind::ForeignKey)
        .filter(|it| scope.owns(&it.relation) && !it.inherited)
        .collect();
    let bare: Vec<&&Constraint> = keys
        .iter()
        .filter(|key| !scope.catalog.indexes.iter().any(|index| serves(index, key)))
        .collect();
    let columns = |key: &Constraint| {
        let names: Vec<String> = key
            .columns
            .iter()
            .map(|name| sql::identifier(name))
            .collect();
        names.join(", ")
    };
    let details: Vec<String> = bare
        .iter()
        .map(|key| {
            format!(
                "{} on {}: no index begins with ({})",
                sql::identifier(&key.name),
                key.relation,
                columns(key)
            )
        })
        .collect();
    let found = if keys.is_empty() {
        "none".to_owned()
    } else {
        format!("{}/{}", keys.len() - bare.len(), keys.len())
    };
    let check = scope.judged(&RULE, 1, found, details);
    with_hint(check, || {
        let statement = bare
            .first()
            .map(|key| format!("create index on {} ({})", key.relation, columns(key)));
        format!("add a migration with `{}`", statement.unwrap_or_default())
    })
}

/// Whether an index finds the rows of a key: its columns lead, in any order, and no row with a key is left out.
fn serves(index: &Index, key: &Constraint) -> bool {
    let finds_equals =
        index.method == "btree" || (index.method == "hash" && key.columns.len() == 1);
    let leading = index.keys.get(..key.columns.len());
    index.relation == key.relation
        && index.valid
        && finds_equals
        && leading.is_some_and(|leading| {
            key.columns
                .iter()
                .all(|column| leading.iter().any(|lead| lead.as_ref() == Some(column)))
        })
        && index.predicate.as_ref().is_none_or(|predicate| {
            // A row with a null in its key refers to nothing.
            key.columns
                .iter()
                .any(|column| *predicate == format!("({} IS NOT NULL)", sql::identifier(column)))
        })
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Sample, deployed};

    const KEY: &str = "foreign_keys/indexed";

    fn with_index(change: impl FnOnce(&mut crate::catalog::Index)) -> Sample {
        let mut sample = deployed();
        change(&mut sample.catalog.indexes[1]);
        sample
    }

    #[test]
    fn a_foreign_key_without_an_index_is_named_with_the_statement_that_mends_it() {
        let mut sample = deployed();
        assert_eq!(sample.passes(KEY).found, "1/1");
        sample.catalog.indexes.truncate(1);
        let check = sample.fails(KEY);
        assert_eq!(
            check.details,
            [
                "orders_customer_id_fkey on shop.orders: no index begins with (tenant_id, customer_id)"
            ]
        );
        assert!(
            check
                .hint
                .unwrap()
                .contains("create index on shop.orders (tenant_id, customer_id)")
        );
    }

    #[test]
    fn tables_that_refer_to_nothing_need_no_index() {
        let mut sample = deployed();
        sample.catalog.constraints.truncate(1);
        assert_eq!(sample.passes(KEY).found, "none");
    }

    #[test]
    fn only_an_index_that_begins_with_the_whole_key_serves() {
        let column = |name: &str| Some(name.to_owned());
        with_index(|index| index.keys = vec![column("customer_id"), column("tenant_id"), None])
            .passes(KEY);
        with_index(|index| index.keys = vec![None, column("tenant_id"), column("customer_id")])
            .fails(KEY);
        with_index(|index| index.keys = vec![column("tenant_id")]).fails(KEY);
        with_index(|index| index.method = "gin".to_owned()).fails(KEY);
        with_index(|index| index.valid = false).fails(KEY);
    }

    #[test]
    fn a_partial_index_serves_only_when_it_leaves_out_nulls_alone() {
        with_index(|index| index.predicate = Some("(customer_id IS NOT NULL)".to_owned()))
            .passes(KEY);
        with_index(|index| index.predicate = Some("(open IS NOT NULL)".to_owned())).fails(KEY);
    }
}
