//! Partitions that come or are made: what is read to prove that rows belong there, and what is built for them.

use std::ops::Range;

use crate::lint::rule::{At, Problem, Rule};
use crate::lint::schema::Table;
use crate::sql::Name;
use crate::sql::tree::{Action, ChangeKind, Constraint, ConstraintKind};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "attach-partition-scans",
    check,
};

/// Where it stands, the partition, and the words of its bounds.
type Attached<'a> = (Range<usize>, &'a Name, &'a [String]);

fn check(at: &At<'_>) -> Vec<Problem> {
    let (parent, attached): (&Name, Vec<Attached<'_>>) = match at.action() {
        Action::CreateTable(create) => match &create.partition_of {
            Some(parent) => (parent, vec![(create.name_span.clone(), &create.table, &[])]),
            None => return Vec::new(),
        },
        Action::AlterTable { table, changes } => {
            let attached = changes.iter().filter_map(|change| match &change.kind {
                ChangeKind::AttachPartition { partition, bounds } => {
                    Some((change.span.clone(), partition, bounds.as_slice()))
                }
                _ => None,
            });
            (table, attached.collect())
        }
        _ => return Vec::new(),
    };
    let mut problems = Vec::new();
    for (span, partition, bounds) in attached {
        let problem = |message: String| Problem::new(span.clone(), message);
        let default = at.schema.default_partition(parent).map(|table| &table.name);
        if let Some(default) =
            default.filter(|default| at.is_old(default) && !default.is(partition))
        {
            problems.push(
                problem(format!("`{default}`, the default partition, is read in full while nobody can read or write it"))
                    .why("measured: AccessExclusive on the default partition, held for a scan that proves that none of its rows belongs to the new one")
                    .instead(format!("first give `{default}` a check constraint that excludes the new bounds (`not valid`, then validated in a later migration)")),
            );
        }
        let is_new = matches!(at.action(), Action::CreateTable(_)) || !at.is_old(partition);
        if is_new {
            continue;
        }
        let (known, of) = (at.schema.table(partition), at.schema.table(parent));
        let key = of.map_or(&[][..], |of| &of.partition_key);
        if !known.is_some_and(|known| proves(known, key, bounds)) {
            problems.push(
                problem(format!("attaching `{partition}` scans it while nobody can read or write it"))
                    .why("measured: AccessExclusive on the partition, held for a scan that proves its rows are inside the bounds; a check is believed where it says the bounds themselves and the column is `not null`")
                    .instead("give it a check constraint that says the bounds (`not valid`, then validated) before it is attached, and drop that afterwards"),
            );
        }
        let Some((known, of)) = known.zip(of) else {
            continue;
        };
        if let Some(missing) = of
            .indexes
            .iter()
            .find(|index| !known.indexes.contains(index))
        {
            let columns = missing.join(", ");
            problems.push(
                problem(format!("attaching `{partition}` builds its index on ({columns}) while nobody can read or write it"))
                    .why(format!("measured: `{parent}` has such an index, and a partition that lacks it gets it under AccessExclusive"))
                    .instead(format!("create the index on `{partition}` concurrently in an earlier migration")),
            );
        }
        let lacks = |key: &Constraint| {
            !known
                .foreign_keys()
                .any(|(own, _)| own.columns == key.columns)
        };
        if let Some((key, to)) = of.foreign_keys().find(|(key, _)| lacks(key)) {
            let columns = key.columns.join(", ");
            problems.push(
                problem(format!("attaching `{partition}` checks the foreign key ({columns}) to `{to}` for every row"))
                    .why(format!("measured: `{parent}` has that key, and a partition that lacks it is read in full"))
                    .instead(format!("add the key to `{partition}` `not valid` and validate it before it is attached")),
            );
        }
    }
    problems
}

/// Whether a validated check and `not null` say that every row is inside the bounds. What cannot be compared is not
/// proven.
fn proves(table: &Table, key: &[String], bounds: &[String]) -> bool {
    let [column] = key else {
        // Nobody knows by what the rows are divided: whoever wrote a check meant it for this.
        let mut checks = table.constraints.iter();
        return key.is_empty()
            && checks.any(|check| check.kind == ConstraintKind::Check && !check.not_valid);
    };
    let checks = table.checks_of(column).flat_map(|check| &check.conditions);
    let conditions: Vec<&[String]> = checks.map(Vec::as_slice).collect();
    let bounds: Vec<&str> = bounds.iter().map(String::as_str).collect();
    let holds = match bounds.as_slice() {
        ["for", "values", "from", "(", from @ .., ")"] => {
            let Some(at) = from.windows(3).position(|three| three == [")", "to", "("]) else {
                return false;
            };
            let (low, high) = (from[..at].concat(), from[at + 3..].concat());
            (low == "minvalue" || says(&conditions, column, &low, true))
                && (high == "maxvalue" || says(&conditions, column, &high, false))
        }
        ["for", "values", "in", "(", list @ .., ")"] => {
            let values: Vec<&str> = list.iter().copied().filter(|word| *word != ",").collect();
            conditions.iter().any(|condition| {
                let words: Vec<&str> = condition.iter().map(String::as_str).collect();
                match words.as_slice() {
                    [name, "=", value] => *name == column && values.contains(value),
                    [name, "in", "(", listed @ .., ")"] => {
                        let mut listed = listed.iter().filter(|word| **word != ",");
                        *name == column && listed.all(|value| values.contains(value))
                    }
                    _ => false,
                }
            })
        }
        _ => false,
    };
    holds && table.has_no_null(column, &[])
}

/// Whether a condition keeps the column at or above a value, or below it.
fn says(conditions: &[&[String]], column: &str, bound: &str, low: bool) -> bool {
    conditions.iter().any(|condition| {
        let is_it = condition
            .first()
            .is_some_and(|name| name.trim_matches('"') == column);
        if !is_it {
            return false;
        }
        let words: Vec<&str> = condition.iter().skip(1).map(String::as_str).collect();
        match words.as_slice() {
            [">=" | ">", value @ ..] if low => at_least(&value.concat(), bound),
            [">", "=", value @ ..] if low => at_least(&value.concat(), bound),
            ["<", value @ ..] if !low && value.first() != Some(&"=") => {
                at_least(bound, &value.concat())
            }
            ["<", "=", value @ ..] | ["<=", value @ ..] if !low => {
                let value = value.concat();
                value != bound && at_least(bound, &value)
            }
            _ => false,
        }
    })
}

/// Whether one value as written is another or comes behind it: numbers, or texts of one form, as dates are.
fn at_least(one: &str, other: &str) -> bool {
    match (one.parse::<f64>(), other.parse::<f64>()) {
        (Ok(one), Ok(other)) => one >= other,
        _ => one == other || one.len() == other.len() && one > other,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn a_check_that_is_not_validated_proves_nothing() {
        let attach = "alter table m attach partition p for values from (1) to (2);";
        catches(
            &RULE,
            &[
                attach,
                &format!(
                    "create table p (a int);\n-- V002__b.sql\nalter table p add check (a = 1) not valid;\n-- V003__c.sql\n{attach}"
                ),
            ],
        );
        accepts(&RULE, &[&format!("create table p (a int); {attach}")]);
    }

    #[test]
    fn the_check_must_say_the_bounds_and_nothing_may_be_left_to_build() {
        let attach = |table: &str, more: &str| {
            format!(
                "create table m (k int not null, v int) partition by range (k); {more}
                 create table p (k int not null, v int, {table});
-- V002__attach.sql
alter table m attach partition p for values from (0) to (10);"
            )
        };
        let bounds = "check (k >= 0 and k < 10)";
        accepts(
            &RULE,
            &[
                &attach(bounds, ""),
                &attach("check (k >= 2 and k <= 9 and v > 0)", ""),
                &attach(&format!("{bounds}); create index on p (v"), "create index on m (v);"),
                "create table m (k text not null) partition by list (k); create table p (k text not null, check (k in ('a')));
-- V002__attach.sql
alter table m attach partition p for values in ('a', 'b');",
            ],
        );
        catches(
            &RULE,
            &[
                &attach("check (k < 10)", ""),
                &attach("check (k >= 0 and k < 100)", ""),
                &attach("check (k >= 0 and k < 10 or v = 1)", ""),
                &attach(bounds, "create index on m (v);"),
                &attach(bounds, "create table d partition of m default;"),
                &attach(bounds, "create table o (v int primary key); alter table m add foreign key (v) references o;"),
                &attach(bounds, "").replace("p (k int not null", "p (k int"),
                "create table m (k int) partition by range (k); create table d partition of m default;
-- V002__more.sql
create table p partition of m for values from (0) to (10);",
            ],
        );
    }
}
