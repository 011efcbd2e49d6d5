//! `drop … cascade`: what else goes is not written down.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::{Action, ChangeKind};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "drop-cascade",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let name = |names: &[crate::sql::Name]| {
        let old = names.iter().find(|name| at.is_old(name));
        old.map(|name| format!("`{name}`"))
    };
    let what = match at.action() {
        Action::Drop {
            kind: "owned",
            names,
        } => names.first().map(|role| format!("everything of `{role}`")),
        Action::Drop { names, .. } | Action::DropTable { tables: names } => name(names),
        Action::DropView { views: names } | Action::DropRoutine { routines: names } => name(names),
        Action::DropSchema { schemas } => schemas
            .first()
            .map(|schema| format!("the schema `{schema}`")),
        Action::ChangeAttribute {
            name,
            dropped: true,
        } => at.is_old(name).then(|| format!("an attribute of `{name}`")),
        Action::AlterTable { table, changes } if at.is_old(table) => {
            let drops = |kind: &ChangeKind| matches!(kind, ChangeKind::DropColumn { .. });
            changes
                .iter()
                .any(|change| drops(&change.kind))
                .then(|| format!("a column of `{table}`"))
        }
        _ => None,
    };
    let is_owned = matches!(at.action(), Action::Drop { kind: "owned", .. });
    let Some(what) = what.filter(|_| is_owned || at.ends_with("cascade")) else {
        return Vec::new();
    };
    let mut problem = Problem::new(
        at.statement().span.clone(),
        format!("dropping {what} this way also drops what the statement does not name"),
    )
    .why("columns of a type, generated columns and indexes of a function, defaults of a sequence, views of a table: what goes is decided by what is there on the day");
    if let Action::Drop { names, .. } = at.action() {
        for name in names {
            for (table, column) in at.schema.columns_of(name) {
                problem = problem.why(format!("`{}.{column}` goes with its values", table.name));
            }
        }
    }
    vec![problem.instead("drop each thing by its name, in order, without `cascade`: what is forgotten then fails instead of vanishing")]
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn whatever_is_dropped_with_cascade_is_found() {
        catches(
            &RULE,
            &[
                "drop type m cascade;",
                "drop domain d cascade;",
                "drop sequence q cascade;",
                "drop function f(int) cascade;",
                "drop schema s cascade;",
                "drop view v cascade;",
                "drop table t cascade;",
                "drop owned by r;",
                "alter type c drop attribute x cascade;",
                "alter table t drop column a cascade;",
            ],
        );
        accepts(
            &RULE,
            &[
                "drop type m;",
                "drop schema s;",
                "alter table t drop constraint c cascade;",
                "alter table t add foreign key (a) references p on delete cascade;",
                "create type m as enum ('a'); drop type m cascade;",
            ],
        );
    }
}
