//! `drop table`.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::Action;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "drop-table",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Action::DropTable { tables } = at.action() else {
        return Vec::new();
    };
    if tables.iter().all(|table| !at.is_old(table)) {
        return Vec::new();
    }
    vec![
        Problem::new(at.statement().span.clone(), "dropping a table loses its rows and breaks whoever still reads it")
            .why("programs that are running while it is dropped were written before")
            .instead("deploy programs that no longer use the table first, keep a copy, then allow this with that reason"),
    ]
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn a_dropped_table_is_found_unless_the_same_file_made_it() {
        catches(&RULE, &["drop table t;"]);
        accepts(&RULE, &["create temporary table t (a int); drop table t;"]);
    }
}
