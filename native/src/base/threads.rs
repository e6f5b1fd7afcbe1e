//! Parallel map: several threads share the work on the items of one list.

use std::panic::resume_unwind;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::base::error::Error;

/// Calls `each` with every item, on up to `threads` threads, the caller's among them. Returns the results in the order
/// of the items. If a thread cannot be started, the others do its work.
///
/// # Errors
/// Returns the error of the failed item with the lowest index. After a failure, items that no thread has begun are
/// dropped.
pub(crate) fn map<T: Send, R: Send>(
    items: Vec<T>,
    threads: usize,
    each: impl Fn(T) -> Result<R, Error> + Sync,
) -> Result<Vec<R>, Error> {
    let threads = threads.min(items.len());
    let left = Mutex::new(items.into_iter().enumerate());
    let done = Mutex::new(Vec::new());
    let next = || locked(&left).next(); // releases the lock before the item is worked on
    let work = || {
        while let Some((index, item)) = next() {
            let result = each(item);
            if result.is_err() {
                locked(&left).by_ref().for_each(drop);
            }
            locked(&done).push((index, result));
        }
    };
    thread::scope(|scope| {
        let others = (1..threads).filter_map(|_| thread::Builder::new().spawn_scoped(scope, work).ok());
        let others: Vec<_> = others.collect();
        work();
        // The scope itself waits for the closures only, and a thread might still be ending when `map` returns.
        for other in others {
            other.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|&(index, _)| index);
    done.into_iter().map(|(_, result)| result).collect()
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn results_are_in_the_order_of_the_items() {
        for threads in [0, 1, 2, 3, 100] {
            let squares = map((0..50u64).collect(), threads, |n| Ok(n * n)).unwrap();
            assert!(squares.into_iter().eq((0..50).map(|n| n * n)));
        }
        assert_eq!(map(Vec::<u8>::new(), 4, Ok), Ok(vec![]));
    }

    #[test]
    fn threads_work_at_the_same_time() {
        let all_there = Barrier::new(3);
        map(vec![(); 3], 3, |()| Ok(_ = all_there.wait())).unwrap();
    }

    #[test]
    fn after_a_failure_nothing_is_begun() {
        let begun = AtomicUsize::new(0);
        let each = |n: u64| {
            begun.fetch_add(1, Ordering::Relaxed);
            if n == 2 { Err(Error::Overflow) } else { Ok(n) }
        };
        assert_eq!(map((0..1000).collect(), 1, each), Err(Error::Overflow));
        assert_eq!(begun.into_inner(), 3);
    }

    #[test]
    #[should_panic(expected = "not here")]
    fn a_panic_in_a_thread_is_one_here() {
        let both_there = Barrier::new(2);
        let here = thread::current().id();
        _ = map(vec![(); 2], 2, |()| {
            both_there.wait();
            assert_eq!(thread::current().id(), here, "not here");
            Ok(())
        });
    }
}
