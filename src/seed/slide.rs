//! Moves data that are loaded in time, by whole weeks: every date and timestamp of the filled tables by the same distance,
//! also inside of JSON, so that what was Monday stays Monday and what follows from what stays so.

use crate::catalog::{Catalog, Constraint, ConstraintKind};
use crate::database::Limits;
use crate::seed::column_type::ColumnType;
use crate::seed::dataset::Dataset;
use crate::seed::moments::{self, Moments};
use crate::seed::plan::{Mode, Plan};
use crate::seed::rebuild;
use crate::sql::{identifier, literal};

/// Days, a multiple of 7, further than any story is long.
const FAR: i32 = 140_000;

/// Statements that move everything by so many days, and those that then wake the triggers that rest meanwhile.
#[must_use]
pub fn statements(
    data: &Dataset,
    catalog: &Catalog,
    plan: &Plan,
    limits: &Limits,
    days: i32,
) -> (String, String) {
    // Indexes stay, and keys but those that follow a time into another table, which moves before or after.
    let mut resting = plan.clone();
    // Where others' rows are too, nothing moves.
    resting.tables.retain(|planned| planned.beside.is_none());
    for planned in &mut resting.tables {
        planned.indexes.clear();
        planned.foreign_keys = keys_with_times(data, catalog, planned.table);
        planned.mode = Mode::Rebuild;
    }
    let mut sql = format!(
        "begin; set local timezone = 'UTC'; {}\n",
        limits.settings("set local")
    );
    sql.push_str(&rebuild::before(data, &resting));
    for planned in &resting.tables {
        let table = &data.tables[planned.table];
        let keyed = data.uniques.iter().any(|unique| {
            unique.table == planned.table
                && unique.columns.iter().any(|at| {
                    matches!(
                        table.columns[*at].data_type,
                        Some(ColumnType::Date | ColumnType::Timestamp)
                    )
                })
        });
        // A key with a date in it is judged row by row: a detour through a far century keeps old and new apart, where
        // that is not out of all partitions' bounds.
        let steps = if keyed && !table.partitioned {
            vec![days + FAR, -FAR]
        } else {
            vec![days]
        };
        for days in steps {
            let moved: Vec<String> = table
                .stored
                .iter()
                .filter_map(|at| {
                    let name = identifier(&table.columns[*at].name);
                    let value = moved(data, planned.table, *at, &name, days)?;
                    Some(format!("{name} = {value}"))
                })
                .collect();
            if !moved.is_empty() {
                sql.push_str(&format!(
                    "update {} set {};\n",
                    table.alone(),
                    moved.join(", ")
                ));
            }
        }
    }
    (sql, rebuild::after(data, &resting))
}

/// Foreign keys of a table that hold a point in time.
fn keys_with_times(data: &Dataset, catalog: &Catalog, at: usize) -> Vec<Constraint> {
    let table = &data.tables[at];
    let is_time = |name: &String| {
        let column = table.columns.iter().find(|column| column.name == *name);
        column.is_some_and(|column| {
            matches!(
                column.data_type,
                Some(ColumnType::Date | ColumnType::Timestamp)
            )
        })
    };
    let keys = catalog.constraints.iter().filter(|constraint| {
        constraint.relation == table.name
            && constraint.kind == ConstraintKind::ForeignKey
            && !constraint.inherited
            && constraint.columns.iter().any(is_time)
    });
    keys.cloned().collect()
}

/// A column's value so many days later, if it is or holds a point in time.
fn moved(data: &Dataset, table: usize, column: usize, name: &str, days: i32) -> Option<String> {
    match data.tables[table].columns[column].data_type {
        Some(ColumnType::Date) => Some(format!("{name} + {days}")),
        Some(ColumnType::Timestamp) => Some(format!("{name} + interval '{days} days'")),
        Some(ColumnType::Jsonb) => {
            let moments = moments::inside(data, table, column)?;
            Some(moved_inside(&moments, name, days, 0))
        }
        Some(ColumnType::Json) => {
            let moments = moments::inside(data, table, column)?;
            let value = moved_inside(&moments, &format!("{name}::jsonb"), days, 0);
            Some(format!("({value})::json"))
        }
        _ => None,
    }
}

/// A `jsonb` expression with its points in time moved; what is none, or was changed into something else, stays.
fn moved_inside(moments: &Moments, value: &str, days: i32, depth: u32) -> String {
    match moments {
        Moments::Here => format!(
            "case when {value} #>> '{{}}' ~ '^\\d{{4}}-\\d\\d-\\d\\d$' then pg_catalog.to_jsonb(({value} #>> '{{}}')::date + {days}) \
             when {value} #>> '{{}}' ~ '^\\d{{4}}-\\d\\d-\\d\\dT' then pg_catalog.to_jsonb(({value} #>> '{{}}')::timestamptz + interval '{days} days') \
             else {value} end"
        ),
        Moments::Keys(keys) => {
            let mut object = value.to_owned();
            for (key, inner) in keys {
                let key = literal(key);
                let inner = moved_inside(inner, &format!("({value} -> {key})"), days, depth);
                object.push_str(&format!(
                    " || case when {value} ? {key} then pg_catalog.jsonb_build_object({key}, {inner}) else '{{}}' end"
                ));
            }
            format!(
                "case when pg_catalog.jsonb_typeof({value}) = 'object' then {object} else {value} end"
            )
        }
        Moments::Items(inner) => {
            let item = format!("item_{depth}");
            let inner = moved_inside(inner, &format!("{item}.value"), days, depth + 1);
            format!(
                "case when pg_catalog.jsonb_typeof({value}) = 'array' then coalesce((select pg_catalog.jsonb_agg({inner} order by {item}.place) \
                 from pg_catalog.jsonb_array_elements({value}) with ordinality as {item} (value, place)), '[]') else {value} end"
            )
        }
    }
}
