//! The word that the service is about to stop, for those who would otherwise hold it up.
//!
//! A stream to a viewer has no end of its own, and a server that shuts down in order waits for every answer to end. So
//! the word can be said before the judging ends (the last requests are still counted), and is said at the latest by the
//! stop itself. It is a future that needs no runtime: whoever waits leaves a waker, and takes it back when dropped.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Said once, heard by all.
#[derive(Debug, Default)]
pub(crate) struct Farewell {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    said: bool,
    next: u64,
    waiting: BTreeMap<u64, Waker>,
}

impl Farewell {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn say(&self) {
        let waiting = {
            let mut state = self.state();
            state.said = true;
            std::mem::take(&mut state.waiting)
        };
        // outside of the lock: a waker is foreign code
        waiting.into_values().for_each(Waker::wake);
    }

    pub(crate) fn is_said(&self) -> bool {
        self.state().said
    }

    pub(crate) fn heard(self: &Arc<Self>) -> Stopping {
        Stopping { farewell: Arc::clone(self), place: None }
    }
}

/// A future that ends when the service is about to stop: see [`Handle::stopping`](crate::Handle::stopping).
#[must_use = "a future does nothing unless it is polled"]
pub struct Stopping {
    farewell: Arc<Farewell>,
    place: Option<u64>,
}

impl fmt::Debug for Stopping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stopping").finish_non_exhaustive()
    }
}

impl Future for Stopping {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let farewell = Arc::clone(&self.farewell);
        // cloned before and dropped after the lock: a waker is foreign code
        let waker = context.waker().clone();
        let mut state = farewell.state();
        if state.said {
            return Poll::Ready(());
        }
        let place = *self.place.get_or_insert_with(|| {
            state.next += 1;
            state.next
        });
        let replaced = state.waiting.insert(place, waker);
        drop(state);
        drop(replaced);
        Poll::Pending
    }
}

impl Drop for Stopping {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            let waker = self.farewell.state().waiting.remove(&place);
            drop(waker);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn whoever_waits_is_woken_once_and_whoever_left_is_not() {
        let farewell = Arc::new(Farewell::default());
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        let mut context = Context::from_waker(&waker);
        let (mut stays, mut leaves) = (farewell.heard(), farewell.heard());
        for _ in 0..3 {
            assert_eq!(Pin::new(&mut stays).poll(&mut context), Poll::Pending);
            assert_eq!(Pin::new(&mut leaves).poll(&mut context), Poll::Pending);
        }
        drop(leaves);
        farewell.say();
        assert_eq!(woken.0.load(Ordering::Relaxed), 1);
        assert_eq!(Pin::new(&mut stays).poll(&mut context), Poll::Ready(()));
        assert_eq!(Pin::new(&mut farewell.heard()).poll(&mut context), Poll::Ready(()), "it stays said");
        assert!(farewell.is_said() && farewell.state().waiting.is_empty());
    }
}
