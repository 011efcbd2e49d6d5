//! The draws of `grammar::reference`.

use crate::seed::dataset::Dataset;
use crate::seed::generate::{InScope, Worker};
use crate::seed::grammar::reference::{Place, Reference};
use crate::seed::grammar::{Generator, Key};
use crate::seed::value::Value;
use crate::seed::value::random::Draw;

impl Place {
    pub(crate) fn other_rows(self, data: &Dataset, tenant: u32, pod: u32) -> u32 {
        let (tenant, pod) = data.pod_in(self.other, tenant, pod);
        data.rows_in(self.other, tenant, pod)
    }
}

impl Reference {
    pub(in crate::seed) fn draw(
        &self,
        worker: &mut Worker<'_>,
        scope: &mut InScope<'_>,
        draw: &mut Draw,
        column: usize,
    ) -> Value {
        let Some(index) = worker.choose(scope, self, draw, column) else {
            return Value::Null;
        };
        scope.row.targets[column] = index;
        let Some(wanted) = self.column else {
            return Value::Int(i64::from(index));
        };
        let data = worker.data;
        let table = &data.tables[self.target];
        let address = worker.beside(scope.row, self.target, index);
        // The usual case needs no row: a key follows from the address.
        if let Generator::Key(Key::Uuid) = table.columns[wanted].generator
            && table.first.is_empty()
        {
            let number = u64::from(address.pod) << 24 | u64::from(address.index) & 0x00ff_ffff;
            return Value::Uuid(crate::seed::value::uuid::derived(
                table.key,
                data.row_key(self.target, address),
                number,
            ));
        }
        if self.target == scope.row.table && address == scope.row.address {
            return worker.cell(scope.row, wanted);
        }
        let mut other = worker.row_at(self.target, address);
        let value = worker.cell(&mut other, wanted);
        worker.put_back(other);
        value
    }
}
