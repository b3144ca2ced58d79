//! Work on many items at once.

use rayon::{
    ThreadPoolBuilder,
    iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator},
};

/// Applies a function to every item on at most so many threads; results are in the order of the items.
///
/// Where the threads cannot be started, this one does all: it takes longer and ends in the same.
pub fn map<T: Sync, R: Send>(items: &[T], threads: usize, apply: impl Fn(&T) -> R + Sync + Send) -> Vec<R> {
    let threads = threads.clamp(1, items.len().max(1));
    match ThreadPoolBuilder::new().num_threads(threads).build() {
        // One item at a time: a year of a large file may take as long as all others together.
        Ok(pool) if threads > 1 => pool.install(|| items.par_iter().with_max_len(1).map(apply).collect()),
        _ => items.iter().map(apply).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_items() {
        let items: Vec<u32> = (0..1000).collect();
        for threads in [0, 1, 2, 7, 2000] {
            let doubled: Vec<u32> = items.iter().map(|item| item * 2).collect();
            assert_eq!(map(&items, threads, |item| item * 2), doubled, "on {threads} threads");
        }
        assert_eq!(map(&[], 4, |item: &u32| *item), Vec::<u32>::new());
    }
}
