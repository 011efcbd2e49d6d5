//! `timestamp` ↔ `timestamptz`: what old values mean, and whether the table is rewritten, is the session's choice.

use super::change_column_type::depends_on_time_zone;
use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::{Action, ChangeKind};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "timestamp-depends-on-time-zone",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Some((table, changes)) = at.changes_of_old() else {
        return Vec::new();
    };
    let zone = at
        .before()
        .iter()
        .rev()
        .find_map(|statement| match &statement.action {
            Action::Set { setting, value } if setting == "timezone" => Some(value.as_str()),
            _ => None,
        });
    let is_utc = zone.is_some_and(|zone| {
        ["utc", "gmt", "etc/utc"].contains(&zone.trim_matches('\'').to_ascii_lowercase().as_str())
    });
    changes
        .iter()
        .filter_map(|change| {
            let ChangeKind::SetType { column, kind, using, .. } = &change.kind else {
                return None;
            };
            let from = &at.schema.table(table)?.column(column)?.kind;
            (depends_on_time_zone(from, kind) && (!is_utc || *using)).then(|| {
                Problem::new(
                    change.span.clone(),
                    format!("what the values of `{column}` mean as `{kind}` depends on the session's time zone"),
                )
                .why("measured: with TimeZone = UTC the catalog changes and no row; with any other the table is rewritten under AccessExclusive and every value is shifted")
                .instead("write `set local timezone = 'UTC';` before it when the values are in UTC; otherwise treat it as another column")
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    const TABLE: &str =
        "create table t (a timestamp, b timestamp with time zone, c date);\n-- V002__x.sql\n";

    #[test]
    fn only_utc_that_is_written_down_is_believed() {
        for change in [
            "alter table t alter a type timestamptz;",
            "alter table t alter b type timestamp;",
            "set local timezone = 'Europe/Vienna'; alter table t alter a type timestamptz;",
            "set local timezone = 'UTC'; alter table t alter a type timestamptz using a at time zone 'UTC';",
        ] {
            catches(&RULE, &[&format!("{TABLE}{change}")]);
        }
        for change in [
            "set local timezone = 'UTC'; alter table t alter a type timestamptz;",
            "set local time zone 'UTC'; alter table t alter a type timestamptz;",
            "alter table t alter c type timestamptz;",
        ] {
            accepts(&RULE, &[&format!("{TABLE}{change}")]);
        }
    }
}
