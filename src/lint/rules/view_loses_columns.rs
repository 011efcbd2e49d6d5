//! A view that comes back with fewer columns, or in another order.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::Action;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "view-loses-columns",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Action::CreateView(create) = at.action() else {
        return Vec::new();
    };
    // The view as it was before the file, which may drop it first.
    let was = at
        .schema
        .view_before(&create.view)
        .and_then(|view| view.columns.as_ref());
    let Some((was, now)) = was.zip(create.columns.as_ref()) else {
        return Vec::new();
    };
    if create.replaces && !now.starts_with(was) {
        return vec![
            Problem::new(
                at.statement().span.clone(),
                format!("`{}` cannot be replaced: its first columns must stay as they are", create.view),
            )
            .why(format!("the server refuses it with SQLSTATE 42P16; it has ({}) and would have ({})", was.join(", "), now.join(", ")))
            .instead("add new columns at the end; to lose one, deploy programs that no longer read it, then drop the view and create it again"),
        ];
    }
    let lost: Vec<&str> = was
        .iter()
        .filter(|column| !now.contains(column))
        .map(String::as_str)
        .collect();
    if lost.is_empty() {
        return Vec::new();
    }
    vec![
        Problem::new(
            at.statement().span.clone(),
            format!(
                "`{}` loses {}: whoever still reads that fails",
                create.view,
                lost.join(", ")
            ),
        )
        .why("programs that are running meanwhile were written before")
        .instead("keep the column until no program reads it, then allow this with that reason"),
    ]
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn columns_may_come_and_not_go() {
        let was = "create view v as select a, t.b, c + 1 as d from t;\n-- V002__x.sql\n";
        catches(
            &RULE,
            &[
                &format!("{was}create or replace view v as select a, t.b from t;"),
                &format!("{was}create or replace view v as select a, c + 1 as d, b from t;"),
                &format!("{was}drop view v; create view v as select a, b from t;"),
            ],
        );
        accepts(
            &RULE,
            &[
                &format!("{was}create or replace view v as select a, b, 7 as d, e from t;"),
                &format!("{was}drop view v; create view v as select d, e, b, a from t;"),
                &format!("{was}create or replace view v as select * from t;"),
                "create view v as select a from t; drop view v; create view v as select b from t;",
            ],
        );
    }
}
