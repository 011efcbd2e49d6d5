//! Tables, views and functions that nobody has explained.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::Name;
use crate::sql::tree::Action;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "missing-comment",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let (kinds, name): (&[&str], &Name) = match at.action() {
        Action::CreateTable(create) if !create.temporary && create.partition_of.is_none() => {
            (&["table"], &create.table)
        }
        Action::CreateView(create) if !create.temporary => (&["view"], &create.view),
        Action::CreateRoutine(create) if create.is_procedure => {
            (&["procedure", "routine"], &create.name)
        }
        Action::CreateRoutine(create) => (&["function", "routine"], &create.name),
        _ => return Vec::new(),
    };
    let said = at
        .statements
        .iter()
        .any(|statement| match &statement.action {
            Action::Comment { kind, target } => kinds.contains(&kind.as_str()) && target.is(name),
            // `drop table` later in the file: a helper of the migration itself.
            Action::DropTable { tables } => tables.iter().any(|table| table.is(name)),
            _ => false,
        });
    if said {
        return Vec::new();
    }
    let kind = kinds[0];
    vec![
        Problem::new(
            at.statement().span.clone(),
            format!("{kind} `{name}` has no comment"),
        )
        .note()
        .why("the comment is what a reader of the catalog, the generated documentation and the next colleague have to go by")
        .instead(format!(
            "add `comment on {kind} {} is '…';` to this file",
            name.sql()
        )),
    ]
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn helpers_of_the_migration_itself_need_none() {
        catches(
            &RULE,
            &[
                "create table s.t (a int); comment on table s.u is 'x';",
                "create view v with (security_invoker = true) as select 1;",
                "create function f() returns int language sql return 1;",
            ],
        );
        accepts(
            &RULE,
            &[
                "create table s.t (a int); comment on table s.t is 'x';",
                "create materialized view v as select 1; comment on materialized view v is 'x';",
                "create function f(a int) returns int language sql return a; comment on function f(int) is 'x';",
                "create temporary table t (a int);",
                "create table m_1 partition of m for values in (1);",
            ],
        );
    }
}
