//! How many rows each table has in each tenant and pod.

use super::reader::Reader;
use crate::seed::dataset::{Dataset, Shape};
use crate::seed::generate::Worker;
use crate::seed::scale::IN_PART;

/// Fills in `pods` of every table, parents before children.
pub(super) fn lay_out(reader: &mut Reader<'_>, data: &mut Dataset) {
    let mut done = vec![false; data.tables.len()];
    for _ in 0..data.tables.len() {
        for at in 0..data.tables.len() {
            let ready = data.tables[at]
                .shape
                .parent()
                .is_none_or(|parent| done[parent]);
            if !done[at] && ready {
                let pods = pods_of(data, at);
                data.tables[at].pods = pods;
                done[at] = true;
                check(reader, data, at);
            }
        }
    }
    for (at, done) in done.into_iter().enumerate() {
        if !done {
            let span = data.tables[at].place.span.clone().unwrap_or_default();
            reader.mistake(
                span,
                format!(
                    "{} is made for itself, by way of other tables",
                    data.tables[at].label
                ),
                None,
            );
            data.tables[at].pods = vec![vec![0, 0]; data.tenants.len()];
        }
    }
}

/// Notes references to tables that have no rows and get none.
pub(super) fn check_targets(reader: &mut Reader<'_>, data: &Dataset) {
    for (at, table) in data.tables.iter().enumerate() {
        if matches!(table.shape, Shape::Existing(_)) || data.rows(at) == 0 {
            continue;
        }
        for column in table.columns.iter().filter(|column| column.not_null) {
            let Some(target) = column.generator.target() else {
                continue;
            };
            let is_filled = !matches!(data.tables[target].shape, Shape::Existing(_));
            if is_filled || data.rows(target) > 0 {
                continue;
            }
            let label = &data.tables[target].label;
            reader.mistake(
                column.place.span.clone().unwrap_or_default(),
                format!(
                    "{}.{} refers to {label}, which is empty and not filled by this file",
                    table.label, column.name
                ),
                Some(format!("add [table.\"{label}\"], or load its rows first")),
            );
        }
    }
}

fn pods_of(data: &Dataset, at: usize) -> Vec<Vec<u64>> {
    let table = &data.tables[at];
    let tenants = if table.by_tenant {
        data.tenants.len()
    } else {
        1
    };
    let pods = if table.fixed { 1 } else { data.scale.pods() };
    let mut worker = Worker::new(data);
    let mut all = Vec::with_capacity(tenants);
    for tenant in 0..tenants {
        let mut sum = 0;
        let mut bounds = vec![0];
        for pod in 0..pods {
            sum += match &table.shape {
                Shape::Rows(counts) => {
                    let count = counts.get(tenant).copied().unwrap_or(0);
                    if table.fixed {
                        count
                    } else {
                        data.scale.share(count, pod, table.least)
                    }
                }
                Shape::Calendar(calendar) => match &calendar.rows {
                    Some(rows) => {
                        let count = rows.get(tenant).copied().unwrap_or(0);
                        data.scale.share(count, pod, table.least)
                    }
                    None => worker.count_days(at, tenant as u32, pod),
                },
                Shape::Per { .. } => worker.count_children(at, tenant as u32, pod),
                Shape::Existing(existing) => existing
                    .rows
                    .get(tenant)
                    .map_or(0, |rows| rows.len() as u64),
            };
            bounds.push(sum);
        }
        all.push(bounds);
    }
    all
}

/// Whether a calendar has room for its rows: in the first pod, for which all whole ones stand, and in a last one that is
/// made in part, where few people may have no day at all.
fn check(reader: &mut Reader<'_>, data: &Dataset, at: usize) {
    let table = &data.tables[at];
    if !matches!(table.shape, Shape::Calendar(_)) {
        return;
    }
    let mut worker = Worker::new(data);
    for (tenant, pod) in data.kinds_of_pods(at) {
        let rows = u64::from(data.rows_in(at, tenant, pod));
        let room = worker.calendar_capacity(at, tenant, pod);
        if rows > room {
            let span = table.place.span.clone().unwrap_or_default();
            let of = if data.tenants.len() > 1 {
                format!(" of {}", data.tenants[tenant as usize].name)
            } else {
                String::new()
            };
            let hint = if pod == 0 {
                format!("raise per_day, add people, or lower rows to {room}")
            } else {
                IN_PART.to_owned()
            };
            reader.mistake(
                span,
                format!(
                    "the calendar of {}{of} holds {room} rows, {rows} asked",
                    table.label
                ),
                Some(hint),
            );
        }
    }
}
