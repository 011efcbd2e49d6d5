//! The draws of `grammar::array`.

use crate::seed::generate::{InScope, Worker};
use crate::seed::grammar::array::Array;
use crate::seed::value::Value;
use crate::seed::value::random::{Draw, permute};

impl Array {
    pub(in crate::seed) fn draw(
        &self,
        worker: &mut Worker<'_>,
        scope: &mut InScope<'_>,
        draw: &mut Draw,
    ) -> Value {
        let data = worker.data;
        let items = match &self.group {
            None => &data.words.lists[self.list].items[..],
            Some(path) => {
                let value = worker.path(scope, path);
                data.words
                    .group(self.list, data.text(&value).unwrap_or_default())
                    .unwrap_or_default()
            }
        };
        let count = (draw.between(i64::from(self.count.0), i64::from(self.count.1)) as usize)
            .min(items.len());
        let key = draw.bits();
        let chosen = (0..count as u64).map(|at| {
            let item = items[permute(key, items.len() as u64, at) as usize];
            std::sync::Arc::from(data.words.text(item))
        });
        Value::List(chosen.collect())
    }
}
