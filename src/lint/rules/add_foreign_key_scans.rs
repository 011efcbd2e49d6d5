//! `add foreign key` that is validated at once.

use crate::lint::locks::parent_of;
use crate::lint::rule::{At, Problem, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "add-foreign-key-scans",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Some((table, changes)) = at.changes_of_old() else {
        return Vec::new();
    };
    changes
        .iter()
        .filter_map(|change| {
            let constraint = at.validated(table, change)?;
            let parent = parent_of(constraint)?;
            Some(
                Problem::new(
                    change.span.clone(),
                    format!("adding a foreign key scans `{table}` and `{parent}` while nobody can write either"),
                )
                .why("measured: ShareRowExclusive on both tables, held for a scan of both")
                .instead("add it `not valid`, and `validate constraint` in a later migration")
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn it_matters_only_where_there_may_be_rows() {
        catches(
            &RULE,
            &[
                "alter table t add foreign key (a) references p;",
                "create table t (a int, constraint k foreign key (a) references p not enforced);\n\
                 -- V002__enforce.sql\nalter table t alter constraint k enforced;",
            ],
        );
        accepts(
            &RULE,
            &[
                "alter table t add foreign key (a) references p not valid;",
                "alter table t add foreign key (a) references p not enforced;",
                "create table t (a int); alter table t add foreign key (a) references p;",
            ],
        );
    }
}
