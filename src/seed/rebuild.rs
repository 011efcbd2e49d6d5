//! What is taken away before loading and put back after it, all in the load's own transaction: foreign keys, secondary
//! indexes, triggers, forced row-level security. Put back from the server's own words, comments included.

use crate::catalog::{Catalog, TriggerEnabled};
use crate::error::{Error, Result};
use crate::seed::dataset::Dataset;
use crate::seed::plan::{Mode, Plan, TablePlan};
use crate::sql::{identifier, literal, qualified};

/// What rests while a table is loaded, by the word for it.
fn resting(planned: &TablePlan) -> [(&'static str, &[(String, TriggerEnabled)]); 2] {
    [("trigger", &planned.triggers), ("rule", &planned.rules)]
}

/// Statements before the first row.
#[must_use]
pub fn before(data: &Dataset, plan: &Plan) -> String {
    let mut sql = String::new();
    for planned in &plan.tables {
        let name = &data.tables[planned.table].name;
        for (what, resting) in resting(planned) {
            for (resting, _) in resting {
                sql.push_str(&format!(
                    "alter table {name} disable {what} {};\n",
                    identifier(resting)
                ));
            }
        }
        if planned.lift_force {
            sql.push_str(&format!(
                "alter table {name} no force row level security;\n"
            ));
        }
        for key in &planned.foreign_keys {
            sql.push_str(&format!(
                "alter table {name} drop constraint {};\n",
                identifier(&key.name)
            ));
        }
        for index in &planned.indexes {
            sql.push_str(&format!("drop index {};\n", index.name));
        }
    }
    sql
}

/// Megabytes for building indexes. A graph of vectors that has no room in memory takes many times as long, so that it gets
/// what it needs, up to a gigabyte.
#[must_use]
pub fn maintenance_memory(plan: &Plan) -> u64 {
    let graph = |planned: &TablePlan| {
        let has_graph = planned.indexes.iter().any(|index| index.method == "hnsw");
        if has_graph {
            planned.bytes / 800_000
        } else {
            0
        }
    };
    plan.tables
        .iter()
        .map(graph)
        .max()
        .unwrap_or(0)
        .clamp(256, 1024)
}

/// Statements after the last row of a table: its indexes, the costly ones last.
#[must_use]
pub fn indexes(planned: &TablePlan) -> String {
    let mut indexes: Vec<_> = planned.indexes.iter().collect();
    indexes.sort_by_key(|index| matches!(index.method.as_str(), "hnsw" | "ivfflat"));
    let mut sql = String::new();
    for index in indexes {
        // The server counts pages to decide on helpers, and long vectors are not in the table's own.
        let helped = index.method == "hnsw";
        if helped {
            sql.push_str("set local min_parallel_table_scan_size = 0;\n");
        }
        sql.push_str(&format!("{};\n", index.definition));
        if helped {
            sql.push_str("set local min_parallel_table_scan_size to default;\n");
        }
        if let Some(comment) = &index.comment {
            sql.push_str(&format!(
                "comment on index {} is {};\n",
                qualified(&index.name.schema, &index.name.name),
                literal(comment)
            ));
        }
    }
    sql
}

/// Statements after the last row of all: foreign keys, triggers, forced row-level security.
#[must_use]
pub fn after(data: &Dataset, plan: &Plan) -> String {
    let mut sql = String::new();
    for planned in plan
        .tables
        .iter()
        .filter(|planned| planned.mode == Mode::Rebuild)
    {
        let name = &data.tables[planned.table].name;
        for key in &planned.foreign_keys {
            sql.push_str(&format!(
                "alter table {name} add constraint {} {};\n",
                identifier(&key.name),
                key.definition
            ));
            if let Some(comment) = &key.comment {
                sql.push_str(&format!(
                    "comment on constraint {} on {name} is {};\n",
                    identifier(&key.name),
                    literal(comment)
                ));
            }
        }
    }
    for planned in &plan.tables {
        let name = &data.tables[planned.table].name;
        for (what, resting) in resting(planned) {
            for (resting, enabled) in resting {
                let how = if *enabled == TriggerEnabled::Always {
                    "enable always"
                } else {
                    "enable"
                };
                sql.push_str(&format!(
                    "alter table {name} {how} {what} {};\n",
                    identifier(resting)
                ));
            }
        }
        if planned.lift_force {
            sql.push_str(&format!("alter table {name} force row level security;\n"));
        }
    }
    sql
}

/// Whether the schema is as it was.
///
/// # Errors
/// When it is not: what was put back differs from what was taken away.
pub fn compare(before: &Catalog, after: &Catalog) -> Result<()> {
    let mut parts = Vec::new();
    if before.constraints != after.constraints {
        parts.push("constraints");
    }
    if before.indexes != after.indexes {
        parts.push("indexes");
    }
    if before.triggers != after.triggers {
        parts.push("triggers");
    }
    if before.relations != after.relations
        || before.columns != after.columns
        || before.policies != after.policies
        || before.grants != after.grants
    {
        parts.push("tables");
    }
    if parts.is_empty() {
        return Ok(());
    }
    Err(Error::database("the schema would not be as it was before")
        .because(format!("differences in: {}", parts.join(", ")))
        .hint("everything was rolled back; please report this"))
}
