//! `drop index` without `concurrently`.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::Action;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "drop-index-blocks-reads",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Action::DropIndex {
        indexes,
        concurrently: false,
    } = at.action()
    else {
        return Vec::new();
    };
    indexes
        .iter()
        .filter(|index| {
            at.schema
                .table_of_index(index)
                .is_none_or(|table| at.is_old(table))
        })
        .map(|index| {
            let table = at.schema.table_of_index(index).map_or_else(
                || "its table".to_owned(),
                |table| format!("`{table}`"),
            );
            Problem::new(
                at.statement().span.clone(),
                format!("dropping index `{index}` keeps everybody out of {table}"),
            )
            .note()
            .why("measured: AccessExclusive on the table, readers included; it waits for the longest query and all wait behind it")
            .instead("write `drop index concurrently` in a migration that begins with `--! no-transaction`")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn concurrently_is_the_way_out() {
        catches(&RULE, &["drop index i;", "drop index if exists s.i, s.j;"]);
        accepts(&RULE, &["--! no-transaction\ndrop index concurrently i;"]);
    }
}
