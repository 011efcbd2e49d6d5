//! Moves data that are loaded in time, by whole weeks: every date and timestamp of the filled tables by the same distance,
//! so that what was Monday stays Monday and what follows from what stays so.

use crate::seed::column_type::ColumnType;
use crate::seed::dataset::Dataset;
use crate::seed::plan::Plan;
use crate::seed::rebuild;
use crate::sql::identifier;

/// Days, a multiple of 7, further than any story is long.
const FAR: i32 = 140_000;

/// Statements that move everything by so many days. Triggers rest meanwhile.
#[must_use]
pub fn statements(data: &Dataset, plan: &Plan, days: i32) -> String {
    // Keys and indexes stay: nothing that they hold together changes.
    let mut resting = plan.clone();
    // Where others' rows are too, nothing moves.
    resting.tables.retain(|planned| planned.beside.is_none());
    for planned in &mut resting.tables {
        planned.indexes.clear();
        planned.foreign_keys.clear();
    }
    let mut sql = String::from(
        "begin; set local timezone = 'UTC'; set local statement_timeout = 0; set local lock_timeout = '5s';\n",
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
        // A key with a date in it is judged row by row: a detour through a far century keeps old and new apart.
        let steps = if keyed {
            vec![days + FAR, -FAR]
        } else {
            vec![days]
        };
        for days in steps {
            let moved: Vec<String> = table
                .stored
                .iter()
                .map(|at| &table.columns[*at])
                .filter_map(|column| {
                    let name = identifier(&column.name);
                    match column.data_type {
                        Some(ColumnType::Date) => Some(format!("{name} = {name} + {days}")),
                        Some(ColumnType::Timestamp) => {
                            Some(format!("{name} = {name} + interval '{days} days'"))
                        }
                        _ => None,
                    }
                })
                .collect();
            if !moved.is_empty() {
                sql.push_str(&format!(
                    "update only {} set {};\n",
                    table.name,
                    moved.join(", ")
                ));
            }
        }
    }
    sql.push_str(&rebuild::after(data, &resting));
    sql
}
