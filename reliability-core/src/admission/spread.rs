//! Random numbers for choices that need not be fair to anybody in particular: which half of the traffic sees a feature.
//!
//! A xorshift of 64 bits in the thread's own storage: three shifts, one multiplication, no clock and no system call. Each
//! thread begins at a place of its own, spread by the golden ratio. Not for secrets.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

thread_local! {
    static STATE: Cell<u64> = const { Cell::new(0) };
}

/// A random number of 32 bits.
#[inline]
pub(crate) fn random() -> u32 {
    STATE
        .try_with(|state| {
            let mut x = state.get();
            if x == 0 {
                x = first();
            }
            x ^= x >> 12;
            x ^= x << 25;
            x ^= x >> 27;
            state.set(x);
            (x.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) as u32
        })
        .unwrap_or(u32::MAX / 2)
}

/// Where a thread begins; never 0, which the generator could not leave.
#[cold]
fn first() -> u64 {
    static THREADS: AtomicU64 = AtomicU64::new(1);
    THREADS.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn shares_come_out_as_asked_and_threads_differ() {
        let below = (0..100_000).filter(|_| random() < u32::MAX / 4).count();
        assert!((24_000..26_000).contains(&below), "{below}");
        let here: Vec<_> = (0..4).map(|_| random()).collect();
        let there = std::thread::spawn(|| (0..4).map(|_| random()).collect::<Vec<_>>()).join();
        assert_ne!(Some(here), there.ok());
    }
}
