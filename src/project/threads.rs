//! Work on many files, on several threads: opening and reading them is most of what a run with many migrations does.

/// Fewer are not worth a thread.
const MANY: usize = 100;

/// Does something with items in their order, part by part.
pub(super) fn in_parts<I: Sync, T: Send>(
    items: &[I],
    work: impl Fn(&[I]) -> Vec<T> + Sync,
) -> Vec<T> {
    let threads = match std::thread::available_parallelism() {
        Ok(threads) if items.len() >= MANY => threads.get().min(4),
        _ => 1,
    };
    if threads == 1 {
        return work(items);
    }
    std::thread::scope(|scope| {
        let parts: Vec<_> = items
            .chunks(items.len().div_ceil(threads))
            .map(|part| scope.spawn(|| work(part)))
            .collect();
        let done = parts.into_iter().flat_map(|part| {
            part.join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        done.collect()
    })
}
