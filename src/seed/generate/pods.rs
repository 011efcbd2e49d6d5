//! How many rows stand where in a pod: for `per`, the children before each parent; for a calendar, the days.

use std::sync::Arc;

use super::{InScope, Row, Spot, Worker};
use crate::seed::dataset::{Address, Shape};
use crate::seed::value::UNIT;
use crate::seed::value::random::{Draw, join};

/// The children of a pod, by parent.
#[derive(Clone, Debug)]
pub(crate) struct PodRows {
    pub(crate) tenant: u32,
    pub(crate) pod: u32,
    /// For each parent, the index of its first row, and the total at the end. For a calendar, the weight of the days
    /// before, from which rows follow.
    pub(crate) before: Vec<u64>,
}

/// Pods remembered for each table: of a sequential run, this one and the one before.
const KEPT_PODS: usize = 2;

/// The key of the draws of a column that rows of the same parent and day share.
pub(crate) const fn shared_key(column: u64) -> u64 {
    join(column, 6)
}

impl Worker<'_> {
    /// The children of a pod.
    pub(crate) fn pod(&mut self, table: usize, tenant: u32, pod: u32) -> Arc<PodRows> {
        let kept = &self.pods[table];
        if let Some(found) = kept
            .iter()
            .find(|kept| kept.tenant == tenant && kept.pod == pod)
        {
            return Arc::clone(found);
        }
        let before = match &self.data.tables[table].shape {
            Shape::Per { .. } => self.children(table, tenant, pod),
            Shape::Calendar(_) => self.weights(table, tenant, pod),
            Shape::Rows(_) | Shape::Existing(_) => Vec::new(),
        };
        let made = Arc::new(PodRows {
            tenant,
            pod,
            before,
        });
        let kept = &mut self.pods[table];
        if kept.len() >= KEPT_PODS {
            kept.remove(0);
        }
        kept.push(Arc::clone(&made));
        made
    }

    fn children(&mut self, table: usize, tenant: u32, pod: u32) -> Vec<u64> {
        let data = self.data;
        let Shape::Per {
            parent,
            least,
            most,
            number,
            condition,
        } = &data.tables[table].shape
        else {
            return Vec::new();
        };
        let (parent_tenant, parent_pod) = data.pod_in(*parent, tenant, pod);
        let parents = data.rows_in(*parent, parent_tenant, parent_pod);
        let mut before = Vec::with_capacity(parents as usize + 1);
        let mut sum = 0;
        before.push(0);
        for index in 0..parents {
            let address = Address {
                tenant: parent_tenant,
                pod: parent_pod,
                index,
            };
            let mut it = self.row_at(*parent, address);
            let mut nobody = Row::default();
            let mut scope = InScope {
                row: &mut nobody,
                it: Some(&mut it),
                via: None,
            };
            let wanted = condition
                .as_ref()
                .is_none_or(|condition| self.holds(&mut scope, condition));
            if wanted && let Some(number) = number {
                let number = self.evaluate(&mut scope, number).number().unwrap_or(0);
                sum += (number / UNIT).clamp(i64::from(*least), i64::from(*most)) as u64;
            } else if wanted {
                let mut draw = Draw::new(
                    join(data.tables[table].key, 2),
                    data.row_key(*parent, address),
                );
                sum += draw.between(i64::from(*least), i64::from(*most)) as u64;
            }
            self.put_back(it);
            before.push(sum);
        }
        before
    }

    /// The rows that a table has in a pod, before its `pods` are known.
    pub(crate) fn count_children(&mut self, table: usize, tenant: u32, pod: u32) -> u64 {
        self.children(table, tenant, pod)
            .last()
            .copied()
            .unwrap_or(0)
    }

    /// Where a row stands under its parent.
    pub(crate) fn spot(&mut self, table: usize, address: Address) -> Spot {
        match &self.data.tables[table].shape {
            Shape::Rows(_) | Shape::Existing(_) => Spot {
                order: address.index,
                siblings: self.data.rows_in(table, address.tenant, address.pod),
                ..Spot::default()
            },
            Shape::Per { .. } => {
                let pod = self.pod(table, address.tenant, address.pod);
                let index = u64::from(address.index);
                let parent = pod.before.partition_point(|before| *before <= index) - 1;
                Spot {
                    parent: parent as u32,
                    order: (index - pod.before[parent]) as u32,
                    siblings: (pod.before[parent + 1] - pod.before[parent]) as u32,
                    day: 0,
                }
            }
            Shape::Calendar(_) => self.calendar_spot(table, address),
        }
    }

    /// The rows under a parent in a table made `per` it, or in a calendar of it: the first index and the one after
    /// the last.
    pub(crate) fn under(&mut self, table: usize, tenant: u32, pod: u32, parent: u32) -> (u32, u32) {
        let known = self.pod(table, tenant, pod);
        let at = parent as usize;
        match &self.data.tables[table].shape {
            Shape::Per { .. } => (known.before[at] as u32, known.before[at + 1] as u32),
            Shape::Calendar(_) => {
                let rows = u64::from(self.data.rows_in(table, tenant, pod));
                (
                    known.row_at(at, rows) as u32,
                    known.row_at(at + 1, rows) as u32,
                )
            }
            Shape::Rows(_) | Shape::Existing(_) => (0, 0),
        }
    }
}
